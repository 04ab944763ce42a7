// A statement that waits for a person: what would run, and what they say to it.
import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/textarea";
import { Check, Pencil, X } from "lucide-react";
import { useState } from "react";

const t = window.docsqlText;

// Chainlit evaluates this file again whenever the page changes. What it exports has to stay the same
// function, or React takes it for another component and replaces the field that somebody types in.
// So a card finds what is new in `card`, and its draft, should it be replaced all the same.
const cards = (window.docsqlCards ??= {});
// An edit that was refused waits in another card, which leads back to the statement that was edited.
const written = (window.docsqlWritten ??= {});
if (!cards[props.id] && !props.problem) written[props.thread_id] = props.sql;
const card = (cards[props.id] ??= {
  draft: { sql: props.sql, isEditing: Boolean(props.problem), said: "" },
  Approval,
});
card.given = { props, callAction };

export default card.Approval;

function Approval() {
  const { props, callAction } = card.given;
  const [draft, draw] = useState(card.draft);
  const { sql, isEditing } = draft;
  const said = props.said || draft.said;
  const before = written[props.thread_id];
  card.draw = draw;
  const change = (changed) => card.draw((card.draft = { ...card.draft, ...changed }));
  const setSql = (sql) => change({ sql });
  const setIsEditing = (isEditing) => change({ isEditing });

  const decide = async (clicked) => {
    const isSame = sql === props.sql && !props.problem; // an edit that changes nothing approves it
    const action = clicked === "edit" && isSame ? "approve" : clicked;
    change({ said: "sent", problem: "" });
    const payload = { id: props.id, thread_id: props.thread_id, action };
    if (action === "edit") payload.sql = sql;
    const answer = await docsqlCall(callAction, "decide", payload);
    // Where it could not be sent, they may try again.
    const told = answer.done ? (answer.refused ? "refused" : action) : "";
    change({ said: told, explanation: answer.explanation, problem: answer.problem });
  };

  return (
    <div className="docsql-approval" role="group" aria-label={t("approval.label")}>
      {said ? null : (
        <p role="note">
          <strong>{t("approval.waits")}.</strong> {t("approval.nothing_ran")}
        </p>
      )}
      {sql === props.sql ? (
        <p>{props.explanation}</p>
      ) : said === "refused" ? null : (
        <p>{draft.explanation || t("approval.changed")}</p>
      )}
      {isEditing && !said ? (
        <Textarea
          aria-label={t("approval.instead")}
          autoFocus={!props.problem}
          value={sql}
          rows={Math.min(16, 2 + sql.split("\n").length + Math.floor(sql.length / 70))}
          onChange={(event) => setSql(event.target.value)}
        />
      ) : (
        <pre>{sql}</pre>
      )}
      {!said && (draft.problem || props.problem) ? (
        <p role="alert">{draft.problem || props.problem}</p>
      ) : null}
      {sql === props.sql ? <small>{props.reach}</small> : null}
      {said ? (
        <p role="status">{t(`approval.said.${said}`)}</p>
      ) : isEditing ? (
        <div>
          <Button size="sm" disabled={!sql.trim()} onClick={() => decide("edit")}>
            <Check /> {t("approval.run")}
          </Button>
          {props.problem ? (
            before && before !== sql ? (
              <Button size="sm" variant="outline" onClick={() => setSql(before)}>
                {t("approval.back_to_written")}
              </Button>
            ) : null
          ) : (
            <Button
              size="sm"
              variant="outline"
              onClick={() => change({ sql: props.sql, isEditing: false })}
            >
              {t("approval.back")}
            </Button>
          )}
          <Button size="sm" variant="outline" onClick={() => decide("reject")}>
            <X /> {t("approval.reject")}
          </Button>
        </div>
      ) : (
        <div>
          <Button size="sm" onClick={() => decide("approve")}>
            <Check /> {t("approval.approve")}
          </Button>
          <Button size="sm" variant="outline" onClick={() => setIsEditing(true)}>
            <Pencil /> {t("approval.edit")}
          </Button>
          <Button size="sm" variant="outline" onClick={() => decide("reject")}>
            <X /> {t("approval.reject")}
          </Button>
        </div>
      )}
    </div>
  );
}
