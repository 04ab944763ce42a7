"""Wire objects as Markdown; pure, so that what a person reads is tested as text."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chainlit_app.statement import on_lines
from chainlit_app.texts.table import counted, in_digits, role_name, words_for
from serving.schema import Answer, Citation, ContextPassage, Query

MAX_ROWS = 50
"""Rows of one result that a page shows; the API has the rest."""
MAX_CELL = 160
"""Characters of one cell; beyond them a table can no longer be read across."""
MAX_EXCERPT = 180
"""Characters of a passage in the list of what a search found; a click opens all of it."""

MAX_LINK = 40
"""Characters of a document's title in a citation."""

_EMBEDDED, _HERE = "embedded: no language model", " in this process"
_NO_WORD = re.compile(r"[^\w .,%-]|_")
_MARKUP = re.compile(r"([\\`*_!\[\]<>|~:&#$])")
_LINE_START = re.compile(r"^(\s*)([-+=]|\d+(?=[.)](?:\s|$)))", re.MULTILINE)
_CITED = re.compile(r"\[(\d+)\]")
_CITED_TOGETHER = re.compile(r"\[(\d+(?:\s*[,;]\s*\d+)+)\]")
_TABLE = re.compile(
    r"^\|.+\|[ \t]*\n\|[ \t:|-]+\|[ \t]*(?:\n\|.*\|[ \t]*)*(?:\n+|\Z)", re.MULTILINE
)
_SOME = re.compile(
    r", (?:the first of them|a few of them here|davon die ersten|davon hier einige)(:?\s*)\Z"
)
"""The embedded models' word on a table that has some rows alone."""
_JOINER = "\u2060"
"""A character of no width, at which no line breaks."""
# Chainlit makes notices of the page out of ":::security", and does so after escapes are resolved.
_ALERT = re.compile(r":(?=::)")
# What takes a backslash: the `!` of an image (in "Sold out![1]" it ends a sentence), and the colon
# before a name, which Chainlit reads as a directive and drops ("Model:X100" would lose "X100").
# `kept` is what does not: escaped characters, and code, where the backslash would be seen. An
# expression tells code only nearly, so that nothing about safety rests on it.
_ESCAPABLE = re.compile(
    r"""
    (?P<kept>
        \\.
        | ^[ \t>]* (?P<fence>`{3,}(?=[^`\n]*$)|~{3,}) .*? (?:^[ \t>]*(?P=fence)[`~]*[ \t]*$|\Z)
        | (?P<ticks>`++) (?:(?!\n[ \t]*\n).)+? (?<!`)(?P=ticks)(?!`)
        | `++
    )
    | !(?=\[(?!\d))
    | :(?=[A-Za-z:])
    """,
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, its line breaks included."""
    marked = _MARKUP.sub(r"\\\1", _without_alerts(text))
    return _LINE_START.sub(_escaped_start, marked)


def defused(markdown: str) -> str:
    """A model's Markdown, made safe to show: it loads no image and loses no word.

    A browser fetches an image at once, so that a passage which talks a model into writing one
    could carry the answer to a stranger's server.
    """
    marked = _ESCAPABLE.sub(_escaped_mark, _without_alerts(markdown))
    return _without_images(marked)  # in code as well: only a parser knows where that ends


@dataclass(slots=True)
class Tokens:
    """`defused` for text that comes in pieces, as far as safety needs it while it comes.

    An image's first two characters may come in two pieces, so that a last `!` waits for the next.
    """

    _held: str = ""

    def passed(self, piece: str) -> str:
        """The text that can be shown after `piece`."""
        text = self._held + piece
        self._held = "!" if text.endswith("!") else ""
        return _without_images(text.removesuffix(self._held))


def seconds(elapsed: float) -> str:
    """A time as people say it: `<1 ms`, `12 ms`, `1.2 s`."""
    if elapsed >= 1:
        return f"{in_digits(elapsed, 1)} s"
    return f"{elapsed * 1000:.0f} ms" if elapsed >= 0.001 else "<1 ms"


def shortened(text: str, most: int) -> str:
    """The first `most` characters, and a sign where there were more."""
    return text if len(text) <= most else f"{text[:most].rstrip()}…"


def remark(text: str) -> str:
    """Words about something, set apart as a quotation of one line."""
    return f"> {escaped(' '.join(text.split()))}"


def sql_block(sql: str) -> str:
    """A statement, a clause per line, as a code block that no backtick in it can end."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", sql)), default=0))
    return f"{fence}sql\n{on_lines(sql)}\n{fence}"


def table(query: Query) -> str:
    """A result's first rows as a Markdown table, and a line on what is not shown."""
    if not query.rows:
        return words_for("result.no_rows")
    numeric = [_is_numeric(row[place] for row in query.rows) for place in range(len(query.columns))]
    lines = [
        _line(escaped(column) for column in query.columns),
        _line("---:" if right else ":---" for right in numeric),
        *(_line(_cell(value) for value in row) for row in query.rows[:MAX_ROWS]),
    ]
    return "\n".join(lines) + _rest(query)


def size(query: Query) -> str:
    """How many rows a result has, as far as is known."""
    read = len(query.rows)
    if query.truncated and query.total_rows is not None:
        total = counted(query.total_rows, "row")
        return words_for("result.first_of", shown=in_digits(read), count=total)
    count = counted(read, "row")
    return words_for("result.first", count=count) if query.truncated else count


def opened_query(query: Query) -> str:
    """The panel of a cited query."""
    about = f"**{escaped(query.database)}** · {size(query)} · {seconds(query.elapsed_s)}"
    return "\n\n".join((about, sql_block(query.sql), table(query)))


def opened_passage(citation: Citation) -> str:
    """The panel of a cited passage: its place and its text."""
    return f"{about_passage(citation)}\n\n---\n\n{passage_text(citation.text)}"


def about_passage(citation: Citation) -> str:
    """The document of a passage, and its place in it."""
    lines = [f"**{escaped(citation.title)}**", *_labelled("source", citation.source)]
    for name in ("company", "period", "kind"):
        if value := getattr(citation, name):
            lines += _labelled(name, value)
    if citation.page is not None:
        lines += _labelled("page", str(citation.page))
    if citation.section:
        lines += _labelled("section", citation.section)
    lines += _labelled("collection", citation.collection)
    return "\n".join(lines)


def passage_text(text: str) -> str:
    """A passage as Markdown, with tables as tables.

    A passage is plain text whatever its document was: a row of a table is a line, its cells are
    joined with " | ", and an empty line stands before and after a table.
    """
    return "\n\n".join(_block(block) for block in text.split("\n\n"))


def without_repeats(passages: Sequence[ContextPassage]) -> list[str]:
    """Their texts, without what one repeats of the one before it; the quoted one stays whole."""
    texts = [each.text for each in passages]
    for at in range(1, len(passages)):
        before, after = texts[at - 1], texts[at]
        most = min(len(before), len(after))
        size = next((n for n in range(most, 0, -1) if before.endswith(after[:n])), 0)
        if passages[at].is_quoted:
            texts[at - 1] = before[: len(before) - size].rstrip()
        else:
            texts[at] = after[size:].lstrip()
    return texts


def rank_name(rank: int) -> str:
    """The temporary name of a found passage, before the answer numbers it."""
    return words_for("passage.rank", rank=rank)


def found(passages: Sequence[Citation]) -> str:
    """The passages of one search as a list, best first."""
    if not passages:
        return words_for("passage.found_none")
    return "\n".join(
        f"- {rank_name(rank)} **{escaped(passage.title)}**{escaped(place(passage))}  \n"
        f"  {escaped(_excerpt(passage.text))}"
        for rank, passage in enumerate(passages, start=1)
    )


def cited_numbers(text: str) -> list[int]:
    """The citations in a text, each once, ordered by number."""
    return sorted({int(number) for number in _CITED.findall(_separated(text))})


def answer_text(answer: Answer) -> str:
    """The text of an answer as the page shows it: each citation says what it is of.

    A table of rows that stand below it as well, where they can be sorted, is left out.
    """
    names = link_names(answer)
    return _CITED.sub(
        lambda cited: names.get(int(cited[1]), cited[0]),
        _separated(defused(_without_shown(answer))),
    )


def has_table(answer: Answer) -> bool:
    """Whether the text has a table that the page shows nowhere else."""
    return _TABLE.search(_without_shown(answer)) is not None


def link_names(answer: Answer) -> dict[int, str]:
    """What stands in the text for each number that is cited and can be opened.

    Chainlit links an element's name wherever it stands, so each begins with its number.
    """
    cited = set(cited_numbers(answer.answer))
    called = {each.number: _called(each) for each in answer.citations}
    called |= {
        each.number: words_for("result.query_of", database=_bare(each.database))
        for each in answer.queries
    }
    return {number: f"[{number} {called[number]}]" for number in sorted(cited & set(called))}


def footer(answer: Answer) -> str:
    """The models behind the answer and its duration, in one line of plain text."""
    roles: dict[str, list[str]] = {}
    for role, name in answer.models.items():
        if name != "none":
            roles.setdefault(_model_name(name), []).append(role_name(role))
    parts = [f"{name} ({', '.join(named)})" for name, named in roles.items()]
    if "total" in answer.timings:
        parts.append(seconds(answer.timings["total"]))
    return " · ".join(parts)


def _model_name(name: str) -> str:
    """A model's name; the service's own words in it are said in the reader's language."""
    if name == _EMBEDDED:
        return words_for("model.none")
    return words_for("model.here", name=name.removesuffix(_HERE)) if name.endswith(_HERE) else name


def _without_shown(answer: Answer) -> str:
    cited = set(cited_numbers(answer.answer))
    shown = [each for each in answer.queries if each.number in cited]

    def is_shown(table: str) -> bool:
        lines = [_cells(line) for line in table.splitlines() if line.strip()]
        return any(_begins_with(query, lines[0], lines[2:]) for query in shown)

    text = ""
    at = 0
    for found in _TABLE.finditer(answer.answer):
        text += answer.answer[at : found.start()]
        at = found.end()
        text = _SOME.sub(r"\1", text) if is_shown(found[0]) else text + found[0]
    return (text + answer.answer[at:]).strip()


def _cells(line: str) -> list[str]:
    return re.split(r"(?<!\\)\|", line.strip().strip("|"))


def _begins_with(query: Query, head: Sequence[str], lines: Sequence[Sequence[str]]) -> bool:
    """Whether a table's lines are the first rows of a query, however its cells are written."""
    told = [_letters(line[0]) for line in lines]
    rows = [_letters(str(row[0])) for row in query.rows[: len(lines)]]
    return len(head) == len(query.columns) and told == rows


def _letters(cell: str) -> str:
    return re.sub(r"\W", "", cell)


def _called(passage: Citation) -> str:
    title = shortened(_bare(passage.title or passage.source), MAX_LINK)
    page = passage.page
    return title if page is None else f"{title}, {words_for('passage.page_short', page=page)}"


def _bare(text: str) -> str:
    """Words that no parser reads anything into: a link's name is matched as it stands."""
    return " ".join(_NO_WORD.sub(" ", text).split()) or "source"


def _without_images(text: str) -> str:
    """The same text to the eye, in which no parser finds an image: each begins with `![`."""
    return text.replace("![", f"!{_JOINER}[")


def _without_alerts(text: str) -> str:
    return _ALERT.sub(f":{_JOINER}", text)


def _escaped_mark(found: re.Match[str]) -> str:
    return found["kept"] or (r"\:" if found[0] == ":" else "!\\")


def _escaped_start(start: re.Match[str]) -> str:
    indent, mark = start.groups()
    return f"{indent}{mark}\\" if mark.isdigit() else f"{indent}\\{mark}"


def _separated(text: str) -> str:
    """`[1, 2]` as `[1][2]`, because the page links exact names."""
    return _CITED_TOGETHER.sub(
        lambda together: "".join(f"[{number}]" for number in re.findall(r"\d+", together[1])), text
    )


def _block(text: str) -> str:
    rows = [line.split(" | ") for line in text.splitlines()]
    columns = {len(row) for row in rows}
    if len(rows) < 2 or len(columns) > 1 or columns == {1}:
        return escaped(text)
    head, *body = [_line(escaped(cell) for cell in row) for row in rows]
    return "\n".join([head, _line(":---" for _ in rows[0]), *body])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: object) -> str:
    match value:
        case None:
            return "*null*"
        case bool():
            return str(value).lower()
        case _:
            return escaped(shortened(" ".join(str(value).split()), MAX_CELL))


def _is_numeric(values: Iterable[object]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(_is_number(value) for value in known)


def _is_number(value: object) -> bool:
    match value:
        case bool():
            return False
        case int() | float():
            return True
        case _:  # an exact decimal travels as a string of its digits
            return re.fullmatch(r"-?\d+(\.\d+)?", str(value)) is not None


def _rest(query: Query) -> str:
    hidden = len(query.rows) - MAX_ROWS
    more = counted(hidden, "more_row")
    lines = [words_for("result.not_shown", count=more)] if hidden > 0 else []
    if query.truncated and query.total_rows is not None:
        lines.append(words_for("result.limited_of", total=in_digits(query.total_rows)))
    elif query.truncated:
        lines.append(words_for("result.limited"))
    return "".join(f"\n\n{line}" for line in lines)


def _labelled(label: str, value: str) -> list[str]:
    return [f"{words_for(f'passage.{label}')}: {escaped(value)}"]


def place(passage: Citation) -> str:
    """Page and section, as plain text."""
    page = passage.page
    parts = [words_for("passage.place_page", page=page)] if page is not None else []
    parts += [passage.section] if passage.section else []
    return "".join(f" · {part}" for part in parts)


def _excerpt(text: str) -> str:
    return shortened(" ".join(text.split()), MAX_EXCERPT)
