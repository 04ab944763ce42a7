// A cited passage among its neighbours, as they stand in the document.
import { Markdown } from "@/components/markdown";

// What is cited is seen at once, whatever stands before it: the sentence, or else the whole passage, which
// may be longer than the panel.
const show = (section) => {
  const sentence = section?.querySelector(".font-bold");
  const isLong = section?.offsetHeight > window.innerHeight / 2;
  (sentence ?? section)?.scrollIntoView({ block: isLong && !sentence ? "start" : "center" });
};

export default function Passage() {
  return (
    <article className="docsql-passage">
      {props.file ? (
        <header>
          <a href={props.file} target="_blank" rel="noreferrer">
            {window.docsqlText("passage.file")}
          </a>
        </header>
      ) : null}
      <Markdown renderMarkdown>{props.about}</Markdown>
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
