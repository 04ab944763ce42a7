"""The cases of a report, each with its trace, as HTML."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from serving.evaluation.patterns import as_words
from serving.evaluation.record import Expected
from serving.evaluation.verdict import Scored
from serving.wire.answer import Answer, Citation, Query

_ROWS = 20
_TEXT = 1_200


def as_html(one: Scored, expected: Expected | None) -> str:
    """A case that opens: what was asked, what is right, what was answered, and how it came about."""
    kind = one.verdict.split(",", maxsplit=1)[0]
    head = (
        f'<summary><span class="verdict {kind}">{escape(one.verdict)}</span> '
        f"<b>{escape(one.case.id)}</b> {escape(one.case.asked)}</summary>"
    )
    parts = [*_told(one, expected), *_trace(one)]
    return f'<details class="case" data-verdict="{kind}">{head}{"".join(parts)}</details>'


def _rows_as_html(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table of the first rows."""
    head = "".join(f"<th>{escape(str(column))}</th>" for column in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>"
        for row in rows[:_ROWS]
    )
    more = f"<p>… of {len(rows):,} rows</p>" if len(rows) > _ROWS else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _cell(cell: object) -> str:
    return "·" if cell is None else escape(str(cell))


def _told(one: Scored, expected: Expected | None) -> Iterator[str]:
    answer = one.record.answer
    yield _titled("Answer", _pre(answer.answer if answer else one.record.error))
    if one.judged:
        told = f"{one.judged.opinion or 'no verdict'}: {one.judged.reason}"
        yield _titled("The judge, a model, says", _pre(told))
    if one.why and not one.judged:
        yield _titled("Not as expected", _pre(one.why))
    wanted = [*_wanted(one)]
    tables = [_rows_as_html(t.columns, t.rows) for t in expected.tables] if expected else []
    if wanted or tables:
        yield _titled("Expected", _listed(wanted) + "".join(tables))


def _wanted(one: Scored) -> Iterator[str]:
    case = one.case
    if case.declined:
        yield "to be declined"
    yield from (f"says <code>{escape(as_words(pattern))}</code>" for pattern in case.says)
    yield from (f"<code>{escape(sql)}</code>" for sql in case.sql)
    if case.reference:
        yield f"what this says: {escape(case.reference)}"
    for spot in case.spans:
        page = f", page {spot.page}" if spot.page else ""
        text = f": “{escape(spot.text)}”" if spot.text else ""
        yield f"stands in {escape(spot.source)}{page}{text}"
    if case.routes:
        yield f"by way of {' or '.join(case.routes)}"


def _trace(one: Scored) -> Iterator[str]:
    answer = one.record.answer
    if answer is None:
        return
    scores = [f"{escape(name)} {value:.2f}" for name, value in one.scores.items()]
    yield _titled("Scores", ", ".join(scores) or "none")
    facts = [f"route {answer.route}", f"status {answer.status}", f"{one.record.seconds:.2f} s"]
    if one.confidence is not None:
        facts.append(f"confidence {one.confidence:.2f}")
    if answer.usage.model_calls:
        tokens = answer.usage.input_tokens + answer.usage.output_tokens
        facts += [f"{answer.usage.model_calls} model calls", f"{tokens:,} tokens"]
    yield _titled("Way", ", ".join(facts) + _steps(answer))
    yield from (_query(query) for query in answer.queries)
    yield from (_passage(cited, one.record.stands) for cited in answer.citations)
    found = [f"{escape(c.source)}{_page(c)} ({c.score:.3f})" for c in one.record.found]
    if found:
        yield _titled("Passages found", _listed(found, ordered=True))
    if answer.warnings:
        yield _titled("Warnings", _listed(map(escape, answer.warnings)))


def _steps(answer: Answer) -> str:
    steps = [f"{escape(n)} {s:.3f} s" for n, s in answer.timings.items() if n != "total"]
    return _listed(steps, ordered=True) if steps else ""


def _query(query: Query) -> str:
    head = f"[{query.number}] {escape(query.database)}"
    return _titled(head, f"{_pre(query.sql)}{_rows_as_html(query.columns, query.rows)}")


def _passage(cited: Citation, stands: dict[int, bool]) -> str:
    lost = "" if stands.get(cited.number, True) else " <b>does not stand in its document</b>"
    head = f"[{cited.number}] {escape(cited.source)}{_page(cited)}"
    return _titled(head, f"{lost}{_pre(cited.text[:_TEXT])}")


def _page(cited: Citation) -> str:
    return f", page {cited.page}" if cited.page else ""


def _titled(title: str, content: str) -> str:
    return f"<h4>{title}</h4><div>{content}</div>"


def _listed(items: Iterable[str], *, ordered: bool = False) -> str:
    tag = "ol" if ordered else "ul"
    return f"<{tag}>{''.join(f'<li>{item}</li>' for item in items)}</{tag}>"


def _pre(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"
