"""What the page shows below an answer: notices, results, sources and models, as plain values."""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel

from chainlit_app import render
from chainlit_app.drawing import kinds_of, series_of
from chainlit_app.statement import on_lines
from chainlit_app.texts.table import in_digits, words_for
from serving.schema import Answer, Chart, Query, Rating, VerifiedBy

NUMERIC = frozenset({"integer", "decimal", "float"})
_LIKELY = 0.5


class Notice(BaseModel):
    """A remark on the answer; its kind decides how much it stands out."""

    kind: Literal["unverified", "declined", "waiting", "notice"]
    title: str
    text: str


class ShownResult(BaseModel):
    """A query's rows as they can be looked at, sorted and saved."""

    number: int
    database: str
    caption: str
    sql: str
    columns: list[str]
    numeric: list[bool]
    rows: list[list[str | int | float | bool | None]]
    note: str = ""
    marks: list[str] = []
    badge: str = ""
    kind: str = "table"
    kinds: list[str] = []
    is_open: bool = True


class Source(BaseModel):
    """A cited passage or query; a click on its name opens it."""

    name: str
    about: str


class Evidence(BaseModel):
    """The data for `public/views/Evidence.jsx`."""

    answer: str
    message: str
    notices: list[Notice]
    results: list[ShownResult]
    sources: list[Source]
    footer: str
    said: Rating | None = None


def evidence(answer: Answer, *, message: str, said: Rating | None = None) -> Evidence:
    """All of it, for the answer that is shown as that message; `said` is its reader's word."""
    charts = {chart.number: chart for chart in answer.charts}
    cited = set(render.cited_numbers(answer.answer))
    shown = [query for query in answer.queries if query.number in cited]
    results = [result(query, charts.get(query.number)) for query in shown]
    if render.has_table(answer):  # which is likely to have the first rows
        results = [_folded(each) for each in results]
    return Evidence(
        answer=answer.answer_id,
        message=message,
        notices=list(notices(answer)),
        results=results,
        sources=list(sources(answer)),
        footer=render.footer(answer),
        said=said,
    )


def result(query: Query, chart: Chart | None = None) -> ShownResult:
    """A query's rows, and how they can be seen."""
    kind = chart.kind if chart and chart.x else "table"
    return ShownResult(
        number=query.number,
        database=query.database,
        caption=f"{words_for('result.query_of', database=query.database)} · {render.size(query)}",
        sql=on_lines(query.sql),
        columns=query.columns,
        numeric=[kind in NUMERIC for kind in query.types] or [False] * len(query.columns),
        rows=query.rows,
        note=" ".join(filter(None, [_cut(query), _not_drawn(query, chart)])),
        marks=list(_marks(query)),
        badge=_badge(query),
        kind=kind,
        kinds=kinds_of(chart, query) if chart else [],
        is_open=len(query.rows) > 1,
    )


def _folded(shown: ShownResult) -> ShownResult:
    return shown.model_copy(update={"is_open": shown.kind != "table"})


def notices(answer: Answer) -> Iterator[Notice]:
    """What a person has to know before they rely on the answer."""
    warnings = list(answer.warnings)
    match answer.status:
        case "unverified":
            first = warnings.pop(0) if warnings else words_for("evidence.unverified")
            yield Notice(
                kind="unverified", title=words_for("evidence.unverified_title"), text=first
            )
        case "declined":
            said = words_for("evidence.declined_but" if answer.suggestions else "evidence.declined")
            yield Notice(kind="declined", title=words_for("evidence.declined_title"), text=said)
        case "needs_approval":
            title, said = words_for("evidence.waiting_title"), words_for("evidence.waiting")
            yield Notice(kind="waiting", title=title, text=said)
        case "answered":
            pass
    for warning in warnings:
        yield Notice(kind="notice", title="", text=warning)


def sources(answer: Answer) -> Iterator[Source]:
    """The cited passages and queries by number."""
    about = {
        each.number: f"{each.title}{render.place(each)} · {each.source} · {_score(each.score)}"
        for each in answer.citations
    }
    about |= {each.number: render.size(each) for each in answer.queries}
    for number, name in render.link_names(answer).items():
        yield Source(name=name, about=about[number])


def _score(score: float) -> str:
    return words_for("evidence.score", score=in_digits(score, 2))


def _cut(query: Query) -> str:
    if not query.truncated:
        return ""
    shown = in_digits(len(query.rows))
    if query.total_rows is None:
        return words_for("evidence.cut", shown=shown)
    return words_for("evidence.cut_of", shown=shown, total=in_digits(query.total_rows))


def _not_drawn(query: Query, chart: Chart | None) -> str:
    """Why a result is not drawn in the way that the question asked for."""
    if chart is None or chart.instead_of is None:
        return ""
    if chart.kind == "table":
        return words_for("chart.none")
    if chart.instead_of != "pie":
        return words_for("chart.instead")
    values = series_of(chart, query).values[0]
    if any(value is not None and value < 0 for value in values):
        return words_for("chart.no_pie_below_zero")
    return words_for("chart.no_pie", count=in_digits(len(values)))


def _badge(query: Query) -> str:
    """What is seen before a result is opened."""
    if query.verified:
        return words_for("evidence.badge_verified")
    return words_for("evidence.badge_confirmed") if query.confirmed else ""


def _marks(query: Query) -> Iterator[str]:
    """What speaks for the statement, or against it."""
    if query.verified:
        yield _verified(query.verified)
    if query.confirmed is True:
        yield words_for("evidence.confirmed")
    if query.confirmed is False:
        yield words_for("evidence.not_confirmed")
    if query.confidence is not None:
        word = "likely" if query.confidence >= _LIKELY else "doubtful"
        yield words_for(f"evidence.{word}", percent=f"{query.confidence:.0%}")
    for origin in query.origins:
        word = "from_sheet" if origin.sheet else "from_file"
        yield words_for(f"evidence.{word}", file=origin.source, sheet=origin.sheet)
    for metric in query.metrics:
        yield f"{metric.name} = {metric.expression}"
    for column, said in query.meanings.items():
        yield f"{column}: {_listed(said)}"


def _verified(use: VerifiedBy) -> str:
    who = "verified_by" if use.by else "verified"
    said = words_for(f"evidence.{who}", question=use.question, name=use.by)
    filled = [
        words_for("evidence.verified_filled", new=new, old=old) for old, new in use.filled.items()
    ]
    return ", ".join(filter(None, [said, use.at, *filled]))


def _listed(meanings: dict[str, str]) -> str:
    return ", ".join(
        words_for("evidence.meaning", value=value, meaning=meaning)
        for value, meaning in meanings.items()
    )
