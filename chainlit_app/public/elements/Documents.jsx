// The documents that the visitor may see: to find, open and delete.
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { useState } from "react";

// As in Approval.jsx: what is exported has to stay the same function.
const views = (window.docsqlDocuments ??= { Documents });
views.given = { props, callAction };

export default views.Documents;

function Documents() {
  const { props, callAction } = views.given;
  const [search, setSearch] = useState("");
  const [asked, setAsked] = useState(""); // the document that is about to be deleted
  const [gone, setGone] = useState([]);
  const [problem, setProblem] = useState("");
  const wanted = search.toLowerCase();
  const shown = props.documents.filter(
    (one) => !gone.includes(one.id) && `${one.title} ${one.about}`.toLowerCase().includes(wanted),
  );
  const remove = async (id) => {
    setProblem("");
    const { response } = await callAction({ name: "delete_document", payload: { id } });
    setAsked("");
    if (response?.problem) setProblem(response.problem);
    else setGone((before) => [...before, id]);
  };
  return (
    <section className="docsql-documents" aria-label="Documents">
      <p>Add documents with the paper clip, or drop files onto the page.</p>
      <Input
        aria-label="Find a document"
        placeholder="Find a document"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      {props.problem || problem ? <p role="alert">{props.problem || problem}</p> : null}
      {shown.length ? null : <p>No documents.</p>}
      <ul>
        {shown.map((one) => (
          <li key={one.id}>
            <a href={`/documents/${one.id}/file`} target="_blank" rel="noreferrer">
              {one.title}
            </a>
            <small>{one.about}</small>
            {asked === one.id ? (
              <span>
                <Button size="sm" variant="destructive" onClick={() => remove(one.id)}>
                  Delete for good
                </Button>
                <Button size="sm" variant="outline" onClick={() => setAsked("")}>
                  Keep
                </Button>
              </span>
            ) : (
              <Button
                size="sm"
                variant="ghost"
                aria-label={`Delete ${one.title}`}
                onClick={() => setAsked(one.id)}
              >
                Delete
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
