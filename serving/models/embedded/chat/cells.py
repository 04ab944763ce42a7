"""The cell of a table that answers a question: found by what its row and its column are called."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from serving.models.embedded.chat.clauses import clauses_of
from serving.models.embedded.chat.demands import IN_MONEY, OF_MONEY
from serving.models.embedded.chat.heading_units import heading_unit, is_bare_figure
from serving.models.embedded.chat.heard import Quotable
from serving.models.embedded.chat.ranges import holding
from serving.models.embedded.chat.row_labels import with_names_first
from serving.models.embedded.chat.wording import QuestionWords
from tools.documents.table_text import TextRow, TextTable, tables_in

_ASKS_VALUE = re.compile(
    r"\s*(?:and |so )?(?:what|how (?:much|many|high|large|big)|which (?:amount|number|percentage)"
    r"|tell me|give me|show me)\b",
    re.I,
)
_HAS_QUANTITY = re.compile(r"\W*\d[\d.,'\s]*\W*(?:[A-Za-z%]+\W*){0,2}\Z")
"""A number, perhaps with its unit: `400 GB`, `(1,204)`, `2 business days`."""
_UNIT = re.compile(
    r"\(?((?:dollars |amounts |USD |US\$ |EUR )?(?:in )?(?:thousand|million|billion)s?\b[^()|]*"
    r"|^(?:[$€£] ?|(?:USD|EUR|GBP|CHF) )?['\u2019]?(?:m|mn|bn|k|000s?|thousand|million|billion)\.?$|^[$€£]$"
    r"|in (?:percent|%|units|euros|dollars|pounds|francs)[^()|]*|percent of [^()|]*"
    r"|(?:Angaben |Beträge )?in (?:Tsd\.?|Mio\.?|Mrd\.?|Tausend|Millionen|Milliarden|TEUR|T€|EUR|Euro|€|Prozent|Stück)"
    r"(?![a-zäöü])[^()|]*)\)?",
    re.I,
)
_ASKING = frozenset(
    "much mani per tell give show valu amount number figur report what accord year fiscal".split()
)
_MAKES_ANOTHER = frozenset("other before after not no above below under over only same".split())
"""Words that a search leaves out, and that make one row another: "Other liabilities"."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_SUMS = frozenset("total sum subtot overal gesamt summ insgesamt gesamtsumm".split())
_LABEL = 0.7
"""The share of a row's name that the question says."""
_EXPLAINED = 0.6
"""The share of the question that the names around the cell explain."""
_LONGEST_UNIT = 90
_NAMED_IN_FULL, _AMONG_NAMESAKES = 0.97, 0.9
"""How sure a cell is whose row and column say every word of the question, and the same where another
row of that name holds another number and is told as well. Of 600 questions that eval_tables.py makes,
481 were of the first kind, 478 of them right; of the second 30, 26 of them right."""
_NAMESAKE = 0.08
"""How much less the cell of a row of the same name may score to be told as well."""
_MOST = 3
_PHRASE = re.compile(
    r"(?!\s*(?:who|whom|whose|when|where|why|how|which|is|are|was|were|am|do|does|did|has|have|had|can|could|may|might"
    r"|must|should|shall|will|would|list|show|tell|explain|describe|compare|name|find|give)\b)"
    r"\s*(?:\S+\s+){0,11}\S+\s*\Z",
    re.I,
)
"""What is asked in a few words without a question: "operating profit of Packaging 2023"."""
_JOINED = re.compile(r"\b(\w+,? (?:and|und) (?:the |of |its |die |der |das )*\w+(?: \w+)?)", re.I)
_NUMBER = re.compile(r"\d[\d.,']*(?<![.,'])")
_DECIMALS = re.compile(r"[.,](\d{1,2}|\d{4,})\Z")
_PASSAGES_KEPT = 256
"""Passages whose tables are remembered; a turn looks at the same ones up to five times."""


@dataclass(frozen=True, slots=True)
class FoundCell:
    """Cells in words, as a rule one: row, column, value and unit; `score` is at most 1.

    `table` is what its table is called: its caption, or the heading above it. `confidence` is how
    likely it answers, None where its names leave words of the question open. It `leaves_rest` where
    one of them is asked for beside what it tells: "books and envelopes".
    """

    number: int
    text: str
    score: float
    table: str = ""
    confidence: float | None = None
    leaves_rest: bool = False


@dataclass(frozen=True, slots=True)
class _Row:
    passage: Quotable
    table: TextTable
    row: TextRow
    around: frozenset[str]
    rank: int
    wording: QuestionWords


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A cell, with the words of the question that its names say, and the numbers that it holds."""

    cell: FoundCell
    row: _Row
    label: frozenset[str]
    said: frozenset[str]
    columns: int
    values: frozenset[str]
    explains_enough: bool

    def is_namesake(self, other: "_Candidate") -> bool:
        """Whether it is a row of the same name with other numbers, and may be meant as well."""
        is_near = self.cell.score >= other.cell.score - _NAMESAKE
        is_called_so = self.label == other.label and self.columns <= other.columns
        is_other = self.values.isdisjoint(other.values)
        return is_near and self.explains_enough and is_called_so and is_other

    def is_one_of_several(self, other: "_Candidate") -> bool:
        """Whether another row of the passage has the same name and other numbers."""
        is_beside = self.row.passage.number == other.row.passage.number
        return is_beside and self.label == other.label and self.values != other.values


def answering_cells(question: str, passages: Sequence[Quotable]) -> list[FoundCell]:
    """The cell that is asked for, with its namesakes; none where no row is called what is asked."""
    wording = QuestionWords.of(question)
    read = wording.read(question)
    is_asked = bool(_ASKS_VALUE.match(read))
    if not (is_asked or _PHRASE.match(read)):
        return []
    asked = wording.terms(question) - _ASKING
    without = _MAKES_ANOTHER - _words_of(read)
    rows = (
        row
        for row in _rows(passages, wording)
        if not without & _words_of(wording.read(row.row.label))
    )
    clauses = [wording.terms(clause) & asked for clause in clauses_of(read)]
    found = [cell for row in rows if (cell := _cell(row, asked, clauses, read))]
    joined = wording.terms(" ".join(_JOINED.findall(read))) & asked
    is_any = any(one.explains_enough for one in found)
    answer = _answer(found, asked, joined) if is_any else []
    return answer if is_asked or (answer and answer[0].confidence) else []


def _answer(
    found: Sequence[_Candidate], asked: frozenset[str], joined: frozenset[str]
) -> list[FoundCell]:
    """The best cell, with those that have what it leaves open: "revenue and operating profit"."""
    best = max((one for one in found if one.explains_enough), key=lambda one: one.cell.score)
    if asked & _SUMS and not best.label & _SUMS and any(map(best.is_one_of_several, found)):
        return []  # no row is their total
    chosen, open_words = [best], asked - best.said
    while open_words and (more := _further(best, found, open_words)):
        chosen.append(more)
        open_words -= more.said
    cell = replace(best.cell, text="; ".join(one.cell.text for one in chosen))
    if open_words or any(one.columns > 1 and len(one.values) > 1 for one in chosen):
        return [replace(cell, leaves_rest=not open_words.isdisjoint(joined))]
    if others := _namesakes(best, found) if len(chosen) == 1 else []:
        return [replace(one, confidence=_AMONG_NAMESAKES) for one in _apart([cell, *others])]
    return [replace(cell, confidence=_NAMED_IN_FULL)]


def _namesakes(best: _Candidate, found: Sequence[_Candidate]) -> list[FoundCell]:
    """The cells of other rows that are called the same, each number once."""
    told = [best]
    for one in sorted(found, key=lambda one: -one.cell.score):
        if all(one.is_namesake(other) for other in told) and len(told) < _MOST:
            told.append(one)
    return [one.cell for one in told[1:]]


def _apart(cells: Sequence[FoundCell]) -> list[FoundCell]:
    """The cells, each with its table's name where only that tells one from another."""
    names = Counter(cell.text.rpartition(": ")[0] for cell in cells)
    is_told = any(count > 1 for count in names.values())
    return [
        replace(cell, text=f"{cell.table}: {cell.text}" if is_told and cell.table else cell.text)
        for cell in cells
    ]


def _further(
    best: _Candidate, found: Sequence[_Candidate], open_words: frozenset[str]
) -> _Candidate | None:
    """Another row of the same passage whose name the question leaves open, whole.

    Not a row "Total": beside "East" it is the total of all halls.
    """
    fit = [
        one
        for one in found
        if one.label <= open_words
        and not one.label <= _SUMS
        and one.row.passage.number == best.row.passage.number
        and one.columns == best.columns
    ]
    return max(fit, key=lambda one: one.cell.score, default=None)


def _rows(passages: Sequence[Quotable], wording: QuestionWords) -> Iterator[_Row]:
    for rank, passage in enumerate(passages):
        above = f"{passage.title} {passage.section} {passage.document}"
        for table in _tables(passage.text):
            around = wording.stems(f"{above} {table.caption}")
            for row in table.rows:
                yield _Row(passage, table, row, around, rank, wording)


@lru_cache(_PASSAGES_KEPT)
def _tables(text: str) -> Sequence[TextTable]:
    """The tables of a passage, those with numbered rows a second time by the names of their rows."""
    read = list(tables_in(text))
    return [*read, *(named for table in read if (named := with_names_first(table)))]


def _cell(
    found: _Row, asked: frozenset[str], clauses: Sequence[frozenset[str]], question: str
) -> _Candidate | None:
    """What the row has of what is asked, for each of the question's clauses."""
    row, header = found.row, found.table.header

    def stems(text: str) -> frozenset[str]:
        return found.wording.stems_as_asked(text, asked)

    label, group = stems(row.label), stems(row.group)
    said = label & asked
    if not label or len(said) < _LABEL * len(label):
        return None
    columns = [n for n, cell in enumerate(row.cells) if n and cell]
    if not columns:
        return None
    beside = _labels_beside(found, asked)
    heads = {n: stems(header[n]) if n < len(header) else frozenset[str]() for n in columns}
    # Where another column is asked for than one of quantities, its row is quoted and not a cell.
    unsaid = label | beside | _year_of_document(found, asked)
    held = holding(question, {n: header[n] for n in columns if n < len(header)})
    named = {n for clause in clauses for n in _columns(heads, clause - unsaid, held)}
    chosen = [n for n in sorted(named) if _HAS_QUANTITY.match(row.cells[n])]
    heard = frozenset[str]().union(*(heads[n] for n in chosen))
    if not chosen or _is_of_another_year(found, asked, heard | label | group):
        return None
    told = label | group | beside | found.around | heard | _money_words(found, asked)
    explained = len(asked & told) / len(asked)
    rest = asked - label - _years(asked)
    # A total is one of something: "the total revenue" is none of the pallets.
    is_of_others = label <= _SUMS and rest and rest.isdisjoint(group | found.around | heard)
    if is_of_others:
        return None
    score = (
        0.45 * len(said) / len(label)
        + 0.35 * explained
        + 0.15 * len(asked & heard) / max(1, len(heard))
        + 0.05 * len(asked & (label | beside | heard)) / len(asked)
        - 0.01 * found.rank
    )
    passage = found.passage
    named = found.table.caption or passage.section.rpartition(" > ")[2] or passage.title
    cell = FoundCell(passage.number, _words(found, chosen, beside), score, named.rstrip(":"))
    kinds = stems(header[0]) if header else frozenset[str]()
    values = frozenset(n for at in chosen for n in _NUMBER.findall(row.cells[at]))
    known = asked & (told | kinds)
    return _Candidate(cell, found, label, known, len(chosen), values, explained >= _EXPLAINED)


def _labels_beside(found: _Row, asked: frozenset[str]) -> frozenset[str]:
    """The words of the question in another cell that names the row: "Library | Archive | 149"."""
    names = (cell for cell in found.row.cells[1:] if not _HAS_QUANTITY.match(cell))
    return (
        frozenset[str]().union(*(found.wording.stems_as_asked(one, asked) for one in names)) & asked
    )


def _money_words(found: _Row, asked: frozenset[str]) -> frozenset[str]:
    """What a question calls a price by ("cost"), where the table says that it is in money."""
    table, passage = found.table, found.passage
    above = " ".join((passage.title, passage.section, table.caption, *table.header))
    if not IN_MONEY.search(f"{above} {' '.join(found.row.cells)}"):
        return frozenset()
    return frozenset(stem for stem in asked if OF_MONEY.fullmatch(stem))


def _year_of_document(found: _Row, asked: frozenset[str]) -> frozenset[str]:
    """The years that a question says of the document, where it asks for another one's column."""
    years, of_document = _years(asked), _years(found.around)
    return of_document if years - of_document else frozenset()


def _is_of_another_year(found: _Row, asked: frozenset[str], heard: frozenset[str]) -> bool:
    """Whether the columns are years, and neither they nor the document are of the year asked for."""
    heads = _years(found.wording.stems(" ".join(found.table.header)))
    return bool(heads and _years(asked) - heard - found.around)


def _years(terms: frozenset[str]) -> frozenset[str]:
    return frozenset(filter(_YEAR.fullmatch, terms))


def _words_of(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))


def _columns(
    heads: dict[int, frozenset[str]], asked: frozenset[str], held: Sequence[int]
) -> list[int]:
    """The columns whose heads the question says most of; all where it says nothing of them.

    `held` are those whose range holds an amount that is asked about.
    """
    said = {n: len(head & asked) for n, head in heads.items()}
    most = max(said.values())
    if not most:
        return list(heads)
    best = [n for n, count in said.items() if count == most]
    if len(best) > 1 and (fit := [n for n in best if n in held]):
        return fit
    fewest = min(len(heads[n]) for n in best)
    return [n for n in best if len(heads[n]) == fewest]


def _words(found: _Row, columns: Sequence[int], beside: frozenset[str]) -> str:
    row, header = found.row, found.table.header
    named_by = (cell for n, cell in enumerate(row.cells) if n and n not in columns)
    labels = [row.label.rstrip(":"), *(c for c in named_by if beside & found.wording.stems(c))]
    group = f"{row.group.rstrip(':')} / " if row.group else ""
    is_percent = all("%" in row.cells[n] for n in columns)
    unit = "" if is_percent or _is_of_another_kind(found) else _unit(found, columns)
    # A column that says its own unit has no other: "Delivery (weeks): 9" is in no currency.
    own = [_has_unit(header, n) for n in columns]
    within = [unit if any(own) and not each else "" for each in own]
    named = [
        f"{_head(header, n)}{row.cells[n]}{one}" for n, one in zip(columns, within, strict=True)
    ]
    joint = ", " if len(named) == 1 and ": " in named[0] else ": "
    return f"{group}{', '.join(labels)}{joint}{'; '.join(named)}{'' if any(own) else unit}"


def _head(header: Sequence[str], number: int) -> str:
    return f"{header[number]}: " if number < len(header) and header[number] else ""


def _has_unit(header: Sequence[str], number: int) -> bool:
    return number < len(header) and header[number].rstrip().endswith(")")


def _is_of_another_kind(found: _Row) -> bool:
    """Whether a row's figures have other decimals than the table's: accidents in a table of £m."""
    usual = _decimals(cell for row in found.table.rows for cell in row.cells[1:])
    own = _decimals(found.row.cells[1:])
    return usual is not None and own is not None and own != usual


def _decimals(cells: Iterable[str]) -> int | None:
    """How many decimals most of the figures have; None without any."""
    figures = (_NUMBER.search(cell) for cell in cells if _HAS_QUANTITY.match(cell))
    parts = [_DECIMALS.search(one[0]) for one in figures if one]
    counted = Counter(len(one[1]) if one else 0 for one in parts)
    return counted.most_common(1)[0][0] if counted else None


def _unit(found: _Row, columns: Sequence[int]) -> str:
    first = found.table.header[0] if found.table.header else ""
    for text in (first, found.table.caption):
        said = _UNIT.search(text)
        if said and len(said.group(1)) <= _LONGEST_UNIT:
            return f" ({said.group(1).strip().rstrip(':')})"
    if _has_unit([found.row.label], 0) or not all(
        is_bare_figure(found.row.cells[n]) for n in columns
    ):
        return ""
    above = (found.passage.section.rpartition(" > ")[2], found.passage.title)
    said_above = heading_unit(above, found.table, columns)
    return f" ({said_above})" if said_above else ""
