// What stands below an answer: notices, results to sort, draw and save, sources, what wrote it.
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Textarea } from "@/components/ui/textarea";
import { Download, ThumbsDown, ThumbsUp } from "lucide-react";
import { useState } from "react";

const PAGE = 10;
const AS_ANSWERED = { at: null, isDown: false };
const t = window.docsqlText;
const digits = (number) => number.toLocaleString(window.docsqlLanguage);

export default function Evidence() {
  const { callAction } = props;
  return (
    <div className="docsql-evidence">
      {props.notices.map((notice, at) => (
        <p key={at} role="note" className={`docsql-notice docsql-${notice.kind}`}>
          {notice.title ? <strong>{notice.title}. </strong> : null}
          {notice.text}
        </p>
      ))}
      {props.results.map((result) => (
        <Result key={result.number} given={result} props={props} callAction={callAction} />
      ))}
      {props.sources.length ? <Sources sources={props.sources} /> : null}
      <p className="docsql-footer">{props.footer}</p>
      {props.answer ? <Rating props={props} callAction={callAction} /> : null}
    </div>
  );
}

// Its reader's word on the answer: kept as soon as it is given, with a comment where they write one.
// By answer, and not in a component's state, so that nobody loses a comment when React makes another
// component in its place.
const notes = (window.docsqlNotes ??= {});

function Rating({ props, callAction }) {
  const said = props.said ?? { rating: "", comment: "" };
  const note = (notes[props.answer] ??= {
    said, // as the service has it
    rating: said.rating, // as it was clicked last
    comment: null, // while it is written
    isWanted: false, // the field was opened by its own button, not by a thumb
    told: "",
    sending: Promise.resolve(),
  });
  const [, draw] = useState(0);
  const change = (changed) => {
    Object.assign(note, changed);
    draw((times) => times + 1);
  };
  // One after the other, since the service keeps what came last.
  const send = (word) =>
    (note.sending = note.sending.then(async () => {
      const { problem } = await docsqlCall(callAction, "rate", { answer_id: props.answer, ...word });
      change(problem ? { told: problem } : { said: word, told: t("feedback.noted") });
      return !problem;
    }));
  const rate = (rating) => {
    change({ rating, comment: note.comment ?? note.said.comment });
    send({ rating, comment: note.said.comment });
  };
  const close = async () => {
    const { rating, comment } = note;
    const isSaid = comment === note.said.comment || (await send({ rating, comment }));
    if (isSaid && comment === note.comment) change({ comment: null });
  };
  const thumb = (rating, name, Icon) => (
    <Button
      size="icon"
      variant={note.said.rating === rating ? "secondary" : "ghost"}
      aria-label={name}
      aria-pressed={note.said.rating === rating}
      title={name}
      onClick={() => rate(rating)}
    >
      <Icon />
    </Button>
  );
  return (
    <div className="docsql-rating" role="group" aria-label={t("feedback.label")}>
      {thumb("up", t("feedback.up"), ThumbsUp)}
      {thumb("down", t("feedback.down"), ThumbsDown)}
      {note.said.rating && note.comment === null ? (
        <Button
          size="sm"
          variant="ghost"
          onClick={() => change({ comment: note.said.comment, isWanted: true })}
        >
          {note.said.comment
            ? t("step.quoted", { text: note.said.comment })
            : t("feedback.add_comment")}
        </Button>
      ) : null}
      <small role="status">{note.told}</small>
      {note.comment === null ? null : (
        <>
          <Textarea
            aria-label={t("feedback.comment")}
            autoFocus={note.isWanted}
            onFocus={() => (note.isWanted = false)}
            placeholder={t("feedback.comment_hint")}
            maxLength={4000}
            rows={2}
            value={note.comment}
            onChange={(event) => change({ comment: event.target.value })}
          />
          <Button size="sm" onClick={close}>
            {t("feedback.done")}
          </Button>
        </>
      )}
    </div>
  );
}

function Sources({ sources }) {
  return (
    <section className="docsql-sources">
      <strong>{t("evidence.sources")}</strong>
      <ul>
        {sources.map((source) => (
          <li key={source.name}>
            <a className="element-link" href="#" data-name={source.name}>
              {source.name.slice(1, -1)}
            </a>{" "}
            <small>{source.about}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Result({ given, props, callAction }) {
  const [own, setOwn] = useState(null); // the rows of an edited statement
  const [kind, setKind] = useState(given.kind);
  const [isOpen, setIsOpen] = useState(given.is_open);
  const [order, setOrder] = useState(AS_ANSWERED);
  const [wanted, setWanted] = useState(""); // a word that its rows have
  const result = own ?? given;
  const isTable = own || kind === "table";
  const isSorted = isTable && order.at !== null;
  const isFound = isTable && wanted !== "";
  const setRows = (rows) => {
    setOwn(rows);
    setWanted("");
    setOrder(AS_ANSWERED);
  };
  const kinds = own ? [] : given.kinds;
  const show = (wanted) => {
    setKind(wanted);
    docsqlCall(callAction, "show_as", {
      message: props.message,
      number: given.number,
      kind: wanted,
    });
  };
  // As the files have them: all that were found, in the order of the table.
  const shownRows = () => {
    const places = placesOf(result);
    const kept = isFound ? found(result, wanted) : result.rows;
    const rows = inOrder(kept, isSorted ? order : AS_ANSWERED, result.numeric);
    return rows.map((row) => row.map((cell, at) => (cell === null ? "" : shown(cell, places[at]))));
  };
  const file = (format) => {
    const sorted = isSorted ? { sort: order.at + 1, descending: order.isDown } : {};
    const word = isFound ? { find: wanted } : {};
    const statement = own ? { database: own.database, sql: own.sql } : {};
    const path = own ? "/statements/rows" : `/answers/${props.answer}/results/${given.number}`;
    return `${path}?${new URLSearchParams({ ...statement, format, ...word, ...sorted })}`;
  };
  return (
    <div className="docsql-result">
      {props.answer ? (
        <span
          className="docsql-save"
          title={t(`result.file${isFound ? "_found" : ""}${isSorted ? "_sorted" : ""}`)}
        >
          <Download size={14} aria-hidden />
          <a href={file("csv")} download>
            CSV
          </a>
          <a href={file("xlsx")} download>
            Excel
          </a>
          <CopyRows rows={shownRows} columns={result.columns} />
        </span>
      ) : null}
      <details open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
        <summary>
          [{given.number}] {result.caption}
          {isFound ? ` · ${t("result.found", { count: digits(found(result, wanted).length) })}` : ""}
          {result.badge ? <span className="docsql-badge">✓ {result.badge}</span> : null}
          {!isOpen && result.rows.length > 1 ? <small>{t("result.open")}</small> : null}
        </summary>
        {isOpen ? (
          <>
            {kinds.length ? (
              <div className="docsql-tools">
                {["table", ...kinds].map((one) => (
                  <Button
                    key={one}
                    size="sm"
                    variant={one === kind ? "secondary" : "ghost"}
                    aria-pressed={one === kind}
                    onClick={() => show(one)}
                  >
                    {t(`chart.${one}`)}
                  </Button>
                ))}
              </div>
            ) : null}
            {isTable ? <Table {...{ result, order, setOrder, wanted, setWanted }} /> : null}
            {result.note ? <p className="docsql-note">{result.note}</p> : null}
            {result.marks.length ? (
              <ul className="docsql-marks">
                {result.marks.map((mark) => (
                  <li key={mark}>{mark}</li>
                ))}
              </ul>
            ) : null}
            <Statement result={given} callAction={callAction} setOwn={setRows} />
          </>
        ) : null}
      </details>
    </div>
  );
}

// Rows as text that a sheet or a mail takes as a table.
function CopyRows({ rows, columns }) {
  const [isCopied, setIsCopied] = useState(false);
  const oneLine = (cell) => String(cell).replace(/\s+/g, " ");
  const copy = async () => {
    const lines = [columns, ...rows()].map((row) => row.map(oneLine).join("\t"));
    setIsCopied(await docsqlCopy(lines.join("\n")));
  };
  return (
    <button type="button" aria-label={t("result.copy_rows")} onClick={copy}>
      {isCopied ? t("saved.copied") : t("result.copy")}
    </button>
  );
}

function inOrder(rows, { at, isDown }, numeric) {
  if (at === null) return rows;
  const value = (row) => (numeric[at] ? Number(row[at]) : String(row[at]));
  const compare = (a, b) => {
    if (a[at] === null || b[at] === null) return (a[at] === null) - (b[at] === null);
    const [one, other] = [value(a), value(b)];
    const less = numeric[at] ? one - other : one.localeCompare(other);
    return isDown ? -less : less;
  };
  return [...rows].sort(compare);
}

const found = (result, wanted) => {
  const [word, places] = [wanted.toLowerCase(), placesOf(result)];
  const holds = (cell, at) => shown(cell, places[at]).toLowerCase().includes(word);
  return result.rows.filter((row) => row.some(holds));
};

// How many decimal places a column of amounts has, at most two: 24.5 below 3.25 is 24.50. Undefined for
// any other column. `serving/http/sheets.py` finds cells by what is shown here.
const PLACES = 2;
const TINY = 1e-6;
function placesOf({ columns, rows }) {
  const sizes = columns.map(() => [0]);
  for (const row of rows) {
    row.forEach((cell, at) => {
      if (typeof cell !== "number" || Number.isInteger(cell)) return;
      sizes[at].push(Math.abs(cell) < TINY ? Infinity : String(cell).split(".")[1].length);
    });
  }
  const most = sizes.map((each) => each.reduce((one, other) => Math.max(one, other)));
  return most.map((count) => (count > 0 && count <= PLACES ? count : undefined));
}

// Years and numbers of orders are whole, and have no commas; an endless fraction is cut.
function shown(cell, places) {
  if (cell === null) return "null";
  if (places && typeof cell === "number") {
    const all = { minimumFractionDigits: places, maximumFractionDigits: places };
    return cell.toLocaleString(window.docsqlLanguage, all);
  }
  const isPlain = typeof cell !== "number" || Number.isInteger(cell) || Math.abs(cell) < TINY;
  if (isPlain) return String(cell);
  const isEndless = String(cell).split(".")[1].length > 6;
  const rounded = Math.abs(cell) < 1 ? { maximumSignificantDigits: 4 } : { maximumFractionDigits: 2 };
  return cell.toLocaleString(
    window.docsqlLanguage,
    isEndless ? rounded : { maximumFractionDigits: 6 },
  );
}

function Table({ result, order, setOrder, wanted, setWanted }) {
  const [page, setPage] = useState(0);
  const { columns, numeric } = result;
  const rows = found(result, wanted);
  const pages = Math.max(1, Math.ceil(rows.length / PAGE));
  const here = Math.min(page, pages - 1);
  const sort = (at) => {
    setOrder({ at, isDown: order.at === at && !order.isDown });
    setPage(0);
  };
  const places = placesOf(result);
  const all = digits(result.rows.length);
  const longest = t("result.rows", { from: all, to: all, all }); // the buttons beside it stay in place
  const sorted = inOrder(rows, order, numeric).slice(here * PAGE, (here + 1) * PAGE);
  // Not `disabled` at the first and the last page: that would take the focus away from who works by keys.
  const to = (wanted, name) => {
    const isThere = wanted < 0 || wanted >= pages || wanted === here;
    return (
      <Button
        size="sm"
        variant="outline"
        aria-disabled={isThere}
        onClick={() => isThere || setPage(wanted)}
      >
        {t(`result.${name}`)}
      </Button>
    );
  };
  return (
    <>
      {result.rows.length > PAGE ? (
        <Input
          aria-label={t("result.find")}
          placeholder={t("result.find")}
          value={wanted}
          onChange={(event) => {
            setWanted(event.target.value);
            setPage(0);
          }}
        />
      ) : null}
      <div className="docsql-scroll" role="region" aria-label={result.caption} tabIndex={0}>
        <table>
          <thead>
            <tr>
              {columns.map((column, at) => (
                <th
                  key={at}
                  scope="col"
                  className={numeric[at] ? "docsql-number" : ""}
                  aria-sort={order.at !== at ? "none" : order.isDown ? "descending" : "ascending"}
                  onClick={() => sort(at)} // the button's clicks come here, too
                >
                  <button type="button">
                    {column} {order.at !== at ? "" : order.isDown ? "▾" : "▴"}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.map((row, line) => (
              <tr key={line}>
                {row.map((cell, at) => (
                  <td key={at} className={numeric[at] ? "docsql-number" : ""}>
                    {cell === null ? <em>null</em> : shown(cell, places[at])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {result.rows.length > PAGE ? (
        <div className="docsql-pages">
          {to(0, "begin")}
          {to(here - 1, "back")}
          <span role="status" style={{ minWidth: `${longest.length}ch` }}>
            {t("result.rows", {
              from: digits(Math.min(rows.length, here * PAGE + 1)),
              to: digits(Math.min(rows.length, (here + 1) * PAGE)),
              all: digits(rows.length),
            })}
          </span>
          {to(here + 1, "next")}
          {to(pages - 1, "end")}
        </div>
      ) : null}
    </>
  );
}

function Statement({ result, callAction, setOwn }) {
  const [sql, setSql] = useState(null); // while it is edited
  const [said, setSaid] = useState("");
  const [ran, setRan] = useState(""); // what came of it, which stands above
  const [isCopied, setIsCopied] = useState(false);
  const run = async () => {
    setSaid(t("result.running"));
    const payload = { database: result.database, sql, number: result.number };
    const { problem, result: own } = await docsqlCall(callAction, "run_sql", payload);
    setSaid(problem ?? "");
    setRan(own?.caption ?? "");
    if (own) setOwn(sql.trim() === result.sql.trim() ? { ...own, marks: [] } : own);
  };
  const back = () => {
    setSql(null);
    setSaid("");
    setRan("");
    setOwn(null);
  };
  return (
    <details className="docsql-statement">
      <summary>SQL</summary>
      {sql === null ? (
        <pre>{result.sql}</pre>
      ) : (
        <Textarea
          aria-label={t("result.statement")}
          autoFocus
          value={sql}
          rows={Math.min(16, 2 + sql.split("\n").length)}
          onChange={(event) => setSql(event.target.value)}
        />
      )}
      {said ? <p role="alert">{said}</p> : null}
      <div className="docsql-tools">
        {sql === null ? (
          <>
            <Button
              size="sm"
              variant="outline"
              onClick={async () => setIsCopied(await docsqlCopy(result.sql))}
            >
              {isCopied ? t("saved.copied") : t("result.copy")}
            </Button>
            <Button
              size="sm"
              variant="outline"
              className="docsql-edit"
              onClick={() => setSql(result.sql)}
            >
              {t("result.edit")}
            </Button>
          </>
        ) : (
          <>
            <Button size="sm" disabled={!sql.trim()} onClick={run}>
              {t("result.run")}
            </Button>
            <Button size="sm" variant="outline" onClick={back}>
              {t("result.undo")}
            </Button>
            <small role="status">{ran && !said ? t("result.ran", { result: ran }) : ""}</small>
          </>
        )}
      </div>
    </details>
  );
}
