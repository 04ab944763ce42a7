// The documents that the visitor may see: to find, open and delete.
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Fragment, useState } from "react";

const t = window.docsqlText;

// As in Approval.jsx: what is exported has to stay the same function.
const views = (window.docsqlDocuments ??= { Documents });
views.given = { props, callAction };

export default views.Documents;

function Documents() {
  const { props, callAction } = views.given;
  const [search, setSearch] = useState("");
  const [asked, setAsked] = useState(""); // the document that is about to be deleted
  const [kept, setKept] = useState(""); // the one that was not deleted then, whose button has the focus again
  const [gone, setGone] = useState([]);
  const [problem, setProblem] = useState("");
  const [told, setTold] = useState("");
  const wanted = search.toLowerCase();
  const shown = props.documents.filter(
    (one) => !gone.includes(one.id) && `${one.title} ${one.about.join(" ")}`.toLowerCase().includes(wanted),
  );
  const remove = async ({ id, title }) => {
    setProblem("");
    setTold("");
    const said = await docsqlCall(callAction, "delete_document", { id });
    setAsked("");
    if (said.problem) setProblem(said.problem);
    else {
      setGone((before) => [...before, id]);
      setTold(t("documents.deleted", { title }));
    }
    document.querySelector(".docsql-list input")?.focus(); // the button that had it is gone
  };
  return (
    <section className="docsql-list" aria-label={t("documents.title")}>
      <p className="docsql-how-to-add">{t("documents.how_to_add")}</p>
      <Input
        aria-label={t("documents.find")}
        placeholder={t("documents.find")}
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      {props.problem || problem ? <p role="alert">{props.problem || problem}</p> : null}
      <p role="status">{told}</p>
      {shown.length || props.problem ? null : <p>{t(wanted ? "documents.none_found" : "documents.none")}</p>}
      <ul>
        {shown.map((one) => (
          <li key={one.id}>
            <a href={`/documents/${one.id}/file`} target="_blank" rel="noreferrer">
              {one.title}
            </a>
            <small>
              {one.badge ? <strong>{one.badge}{"\u00a0· "}</strong> : null}
              {one.about.map((part, at) => (
                <Fragment key={at}>
                  <bdi>{at < one.about.length - 1 ? `${part}\u00a0·` : part}</bdi>{" "}
                </Fragment>
              ))}
            </small>
            {asked === one.id ? (
              <span>
                <Button size="sm" variant="destructive" onClick={() => remove(one)}>
                  {t("documents.delete_for_good")}
                </Button>
                <Button
                  size="sm"
                  variant="outline"
                  autoFocus
                  onClick={() => {
                    setAsked("");
                    setKept(one.id);
                  }}
                >
                  {t("documents.keep")}
                </Button>
              </span>
            ) : (
              <Button
                size="sm"
                variant="ghost"
                autoFocus={kept === one.id}
                aria-label={t("documents.delete_one", { title: one.title })}
                onClick={() => setAsked(one.id)}
              >
                {t("documents.delete")}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
