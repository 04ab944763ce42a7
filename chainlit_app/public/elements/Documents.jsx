// The documents that the visitor may see: to find, open and delete.
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Fragment, useState } from "react";

const t = window.docsqlText;
const ALL = "all"; // in the place of a document's id

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
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [told, setTold] = useState("");
  const wanted = search.toLowerCase();
  const shown = props.documents.filter(
    (one) => !gone.includes(one.id) && `${one.title} ${one.about.join(" ")}`.toLowerCase().includes(wanted),
  );
  const own = props.documents.filter((one) => one.badge && !gone.includes(one.id));
  const remove = async (ids, done) => {
    setProblem("");
    setTold("");
    setIsBusy(true);
    const said = await docsqlCall(callAction, "delete_document", { ids });
    setIsBusy(false);
    setAsked("");
    setGone((before) => [...before, ...(said.gone ?? [])]);
    if (said.problem) setProblem(said.problem);
    else setTold(done);
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
      {own.length > 1 && !wanted ? (
        <p className="docsql-all">
          <Deletion
            {...{ asked, setAsked, kept, setKept, isBusy }}
            what={ALL}
            sure={t("documents.delete_all_sure", { count: own.length })}
            label={t("documents.delete_all", { count: own.length })}
            onSure={() => remove(own.map((one) => one.id), t("documents.deleted_all", { count: own.length }))}
          />
        </p>
      ) : null}
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
            <Deletion
              {...{ asked, setAsked, kept, setKept, isBusy }}
              what={one.id}
              sure={t("documents.delete_for_good")}
              name={t("documents.delete_one", { title: one.title })}
              label={t("documents.delete")}
              onSure={() => remove([one.id], t("documents.deleted", { title: one.title }))}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

// A button that asks before it deletes.
function Deletion({ what, label, name, sure, onSure, asked, setAsked, kept, setKept, isBusy }) {
  if (asked !== what) {
    return (
      <Button
        size="sm"
        variant="ghost"
        autoFocus={kept === what}
        aria-label={name}
        onClick={() => setAsked(what)}
      >
        {label}
      </Button>
    );
  }
  return (
    <span>
      <Button size="sm" variant="destructive" disabled={isBusy} onClick={onSure}>
        {sure}
      </Button>
      <Button
        size="sm"
        variant="outline"
        autoFocus
        onClick={() => {
          setAsked("");
          setKept(what);
        }}
      >
        {t("documents.keep")}
      </Button>
    </span>
  );
}
