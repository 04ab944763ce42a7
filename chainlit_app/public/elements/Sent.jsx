// The files that came with a message, in a conversation that is opened again.
import { FileText } from "lucide-react";

export default (
  <ul className="docsql-sent">
    {props.files.map(({ name, id }, at) => (
      <li key={at}>
        <FileText className="h-4 w-4" aria-hidden="true" />
        {id ? (
          <a href={`/documents/${id}/file`} target="_blank" rel="noreferrer">
            {name}
          </a>
        ) : (
          <span>{name}</span>
        )}
      </li>
    ))}
  </ul>
);
