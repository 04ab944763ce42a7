"""Answers and reports for a person at a terminal."""

import re
from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from serving.cli.doctor import Finding
from serving.wire.answer import Answer, Citation, Query
from serving.wire.documents import FileOutcome
from tools.documents.particulars.beside import told_beside
from tools.language.quantity import quantity
from tools.language.telling import Telling

SHOWN_ROWS = 12
"""Rows of a result that fit a terminal; `--json` gives all of them."""
BESIDE = 20
"""Characters that each further column needs beside a row's id; with fewer, they go below."""
QUOTED = 280
"""Characters of a passage that are shown."""
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Characters that a terminal obeys: escapes, and those that turn the direction of what follows."""
SENTENCE = re.compile(r"[^.!?\n]{12,}[.!?]")
MARK = {
    "added": "green",
    "replaced": "green",
    "unchanged": "dim",
    "failed": "red",
    "skipped": "yellow",
}
_NOTHING_READ = ("failed", "skipped")

OFFERED = "You can ask, for example:"

Row = Sequence[str | int | float | bool | None]


def without_escapes(text: str) -> str:
    """Text that a terminal shows and does not obey: rows and passages may hold escape sequences."""
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def print_answer(console: Console, answer: Answer) -> None:
    """The answer first, then what it rests on, then who wrote it."""
    console.print(Markdown(without_escapes(answer.answer)))
    for query in answer.queries:
        console.print(Padding(_query(query), (1, 0, 0, 2)))
    for citation in answer.citations:
        console.print(Padding(_citation(citation, answer.answer), (1, 0, 0, 2)))
    for warning in answer.warnings:
        console.print(Text(f"! {without_escapes(warning)}", style="yellow"))
    if answer.suggestions:
        console.print(Text(f"\n{Telling.of(answer.answer).say(OFFERED)}"))
    for question in answer.suggestions:
        console.print(Text(f"  {without_escapes(question)}", style="cyan"), soft_wrap=True)
    seconds = answer.timings.get("total", 0.0)
    console.print(
        Text(f"\n{answer.status} · chat: {answer.models.get('chat', '')} · {seconds:.2f} s", "dim")
    )


def print_outcome(console: Console, outcome: FileOutcome) -> None:
    """One line per file, followed by what was left out of it."""
    line = Text(f"{outcome.outcome:>9}  ", style=MARK[outcome.outcome])
    line.append(without_escapes(_in_one_line(outcome.source)), style="default")
    is_read = outcome.outcome not in _NOTHING_READ
    if is_read and outcome.outcome != "unchanged":  # of which nothing was counted
        line.append(f"  {quantity(outcome.passages, 'passage')}", style="dim")
    elif not is_read:
        line.append(
            f"  {_in_one_line(outcome.reason.removeprefix(f'{outcome.source}: '))}", style="default"
        )
    console.print(line, soft_wrap=True)
    if is_read and outcome.reason:
        note = f"{'':>11}{without_escapes(outcome.reason)}"
        console.print(Text(note, style="yellow"), soft_wrap=True)


def _in_one_line(name: str) -> str:
    """A file's name as it is, with its line breaks written out."""
    return name.replace("\n", r"\n").replace("\r", r"\r")


def rows_table(columns: Sequence[str], rows: Sequence[Row]) -> Table:
    """A result as a table; NULL is shown as a middle dot."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for position, name in enumerate(columns):
        numeric = any(isinstance(row[position], int | float) for row in rows)
        table.add_column(
            Text(without_escapes(name)), justify="right" if numeric else "left", overflow="fold"
        )
    for row in rows:
        table.add_row(*(Text("·" if cell is None else without_escapes(str(cell))) for cell in row))
    return table


def print_listing(console: Console, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Rows whose first cell names them: it is there to be copied, so no line breaks it."""
    longest = max((len(str(row[0])) for row in rows), default=0)
    if longest + BESIDE * (len(columns) - 1) <= console.width:
        table = rows_table(columns, rows)
        table.columns[0].no_wrap, table.columns[0].min_width = True, longest
        console.print(table)
        return
    for id_, *others in rows:
        console.print(Text(without_escapes(str(id_)), style="bold"), soft_wrap=True)
        named = zip(columns[1:], others, strict=True)
        known = [f"{name}: {cell}" for name, cell in named if cell not in (None, "")]
        console.print(Padding(Text(without_escapes(" · ".join(known))), (0, 0, 0, 2)))


def _in_words(query: Query, row: Row) -> list[str | int | float | bool | None]:
    """A row with what its codes mean."""
    known = [query.meanings.get(column, {}) for column in query.columns]
    return [words.get(str(cell), cell) for words, cell in zip(known, row, strict=True)]


def _query(query: Query) -> RenderableType:
    shown = [_in_words(query, row) for row in query.rows[:SHOWN_ROWS]]
    parts: list[RenderableType] = [
        Text(f"[{query.number}] {query.database}", style="bold"),
        Syntax(without_escapes(query.sql), "sql", word_wrap=True, background_color="default"),
        rows_table(query.columns, shown),
    ]
    verified = [str(query.verified)] if query.verified else []
    sheets = (f"from {origin}" for origin in query.origins)
    figures = (f"{one.name} = {one.expression}" for one in query.metrics)
    codes = (
        f"{column}: {', '.join(f'{value} = {meaning}' for value, meaning in meanings.items())}"
        for column, meanings in query.meanings.items()
    )
    parts += [
        Text(without_escapes(told), style="dim") for told in (*sheets, *verified, *figures, *codes)
    ]
    if query.truncated or len(query.rows) > len(shown):
        total = query.total_rows or (None if query.truncated else len(query.rows))
        more = "more rows than were fetched" if total is None else f"{total:,} rows"
        parts.append(Text(f"… of {more}", style="dim"))
    return Group(*parts)


def _citation(citation: Citation, answer: str) -> RenderableType:
    beside = told_beside(citation.title, citation.company, citation.period, citation.kind)
    page = f"page {citation.page}" if citation.page else ""
    where = [citation.title, beside, citation.section, page]
    heading = without_escapes(" · ".join(part for part in where if part))
    text = Text(without_escapes(_excerpt(citation.text, answer)), style="dim")
    return Group(Text(f"[{citation.number}] {heading}", style="bold"), text)


def _excerpt(text: str, answer: str) -> str:
    """The quoted part of a passage, with the text around it."""
    quoted = (sentence for sentence in SENTENCE.findall(text) if sentence.strip() in answer)
    start = text.find(next(quoted, ""))
    start = max(0, min(start - QUOTED // 4, len(text) - QUOTED))
    start = text.rfind(" ", 0, start) + 1 if start else 0
    end = start + QUOTED
    before, after = "… " if start else "", " …" if end < len(text) else ""
    return f"{before}{text[start:end].strip()}{after}"


def print_findings(console: Console, findings: Sequence[Finding]) -> None:
    """One line per part, followed by its problem or warning."""
    for finding in findings:
        mark, color = ("warn", "yellow") if finding.warning else ("ok", "green")
        mark, color = (mark, color) if finding.is_well else ("BAD", "red")
        console.print(Text(f"{mark:5}", color), Text(f"{finding.part}: {finding.what}"), sep="")
        if told := finding.problem or finding.warning:
            console.print(Padding(Text(told, style=color), (0, 0, 0, 5)))


def banner(lines: Sequence[str]) -> Panel:
    """A few lines that must not be overlooked."""
    return Panel(Text("\n".join(lines)), expand=False, border_style="green")
