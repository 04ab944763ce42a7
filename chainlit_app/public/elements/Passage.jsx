// A cited passage among its neighbours, as they stand in the document.
import { Markdown } from "@/components/markdown";

// What is cited is seen at once, whatever stands before it.
const show = (section) => section?.scrollIntoView({ block: "center" });

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
        <section
          key={passage.id}
          ref={passage.is_quoted ? show : undefined}
          aria-current={passage.is_quoted || undefined}
        >
          <Markdown renderMarkdown>{passage.markdown}</Markdown>
        </section>
      ))}
    </article>
  );
}
