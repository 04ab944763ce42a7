// A cited passage among its neighbours, as they stand in the document.
import { Markdown } from "@/components/markdown";

export default function Passage() {
  return (
    <article className="docsql-passage">
      <Markdown renderMarkdown>{props.about}</Markdown>
      {props.file ? (
        <a href={props.file} target="_blank" rel="noreferrer">
          {window.docsqlText("passage.file")}
        </a>
      ) : null}
      {props.passages.map((passage) => (
        <section key={passage.id} aria-current={passage.is_quoted || undefined}>
          <Markdown renderMarkdown>{passage.markdown}</Markdown>
        </section>
      ))}
    </article>
  );
}
