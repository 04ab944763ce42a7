// The questions that the visitor keeps: to ask, share and delete.
import { Button } from "@/components/ui/button";
import { useState } from "react";

const t = window.docsqlText;

// As in Approval.jsx: what is exported has to stay the same function.
const views = (window.docsqlSaved ??= { Saved });
views.given = { props, callAction };

export default views.Saved;

function Saved() {
  const { props, callAction } = views.given;
  const [gone, setGone] = useState([]);
  const [problem, setProblem] = useState("");
  const [copied, setCopied] = useState("");
  const [asked, setAsked] = useState(""); // the question that is about to be deleted
  const [kept, setKept] = useState(""); // the one that was not deleted then, whose button has the focus again
  const shown = props.questions.filter((one) => !gone.includes(one.id));
  const ask = async (question) => {
    setProblem((await docsqlCall(callAction, "ask", { question })).problem ?? "");
  };
  const copy = async (path) => {
    if (await docsqlCopy(window.location.origin + path)) setCopied(path);
  };
  const remove = async (id) => {
    const said = await docsqlCall(callAction, "delete_saved", { id });
    setAsked("");
    if (said.problem) setProblem(said.problem);
    else setGone((before) => [...before, id]);
  };
  return (
    <section className="docsql-list" aria-label={t("saved.title")}>
      <p>{t("saved.how")}</p>
      {props.problem || problem ? <p role="alert">{props.problem || problem}</p> : null}
      {shown.length ? null : <p>{t("saved.none")}</p>}
      <ul>
        {shown.map((one) => {
          const path = `/?saved=${one.id}`;
          return (
            <li key={one.id}>
              <strong>{one.question}</strong>
              <span className="docsql-row">
                <Button size="sm" variant="outline" onClick={() => ask(one.question)}>
                  {t("saved.ask")}
                </Button>
                <Button size="sm" variant="ghost" onClick={() => copy(path)}>
                  {copied === path ? t("saved.copied") : t("saved.copy")}
                </Button>
                {asked === one.id ? (
                  <span>
                    <Button size="sm" variant="destructive" onClick={() => remove(one.id)}>
                      {t("saved.delete_for_good")}
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
                      {t("saved.keep")}
                    </Button>
                  </span>
                ) : (
                  <Button
                    size="sm"
                    variant="ghost"
                    autoFocus={kept === one.id}
                    aria-label={t("saved.delete_one", { question: one.question })}
                    onClick={() => setAsked(one.id)}
                  >
                    {t("saved.delete")}
                  </Button>
                )}
                <a href={path} target="_blank" rel="noreferrer">
                  {t("saved.link")}
                </a>
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
