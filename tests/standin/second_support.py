"""Whether evidence has what a text says, read character by character and tried one by one.

The second reading of what `agent.support` finds with patterns and sorted lists. It knows the plain
forms only: numbers, per cent, days, times, codes and numbered names, in English.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate, combinations, pairwise

from serving.wire.answer import Citation, Query

Evidence = Citation | Query
Day = tuple[int, int, int]
Column = tuple[str, list[Fraction]]
MONTHS = tuple[str, ...](
    "january february march april may june july august september october november december".split()
)
COMPARING = (
    "differ than more less fewer higher lower gap between increas decreas grow grew fell fall rise rose "
    "drop declin chang gain lost loss cheaper versus compar ahead behind exceed lead"
).split()
WORDS = dict(
    zip(
        "one two three four five six seven eight nine ten eleven twelve".split(),
        range(1, 13),
        strict=True,
    )
)
MOST_ROWS, ALL_PAIRS = 50, 12
"""Rows up to which a column is added up, and up to which any two of its cells are compared."""


@dataclass
class Known:
    """All that evidence and question hold, by kind."""

    text: str = ""
    numbers: list[Fraction] = field(default_factory=list[Fraction])
    percents: list[Fraction] = field(default_factory=list[Fraction])
    days: set[Day] = field(default_factory=set[Day])
    columns: list[Column] = field(default_factory=list[Column])


def words_of(text: str) -> list[str]:
    """What stands between blanks, without the marks around it."""
    parts = "".join(
        " " if c.isspace() or c in '|()[]{}"\u201c\u201d*`;' else c for c in text
    ).split()
    return [word for part in parts if (word := part.strip(".,:!?'\u2019-\u2013_#"))]


def without_citations(text: str) -> str:
    """A text without its marks such as [1] and [2, 3]."""
    kept, at = "", 0
    while at < len(text):
        end = text.find("]", at)
        inner = text[at + 1 : end] if text[at] == "[" and end > 0 else ""
        if inner[:1].isdigit() and all(c.isdigit() or c in " ,;-\u2013" for c in inner):
            at = end + 1
            continue
        kept += text[at]
        at += 1
    return kept


def read_number(word: str) -> tuple[Fraction, int, bool] | None:
    """A plain number: its size, its decimal places, and whether it is in per cent."""
    bare = word.strip("$€£~")
    is_percent = bare.endswith("%")
    bare = bare.rstrip("%").replace("\u202f", "").lstrip("-\u2212")
    whole, point, places = bare.partition(".")
    groups = whole.split(",")
    if not all(group.isdecimal() for group in groups) or (point and not places.isdecimal()):
        return None
    if len(groups) > 1 and any(len(group) != 3 for group in groups[1:]):
        return None
    return Fraction("".join(groups) + (f".{places}" if point else "")), len(places), is_percent


def read_days(words: Sequence[str]) -> Iterator[tuple[int, int, tuple[int, int, int]]]:
    """The days and months in words, each with where it begins and ends; 0 is unsaid."""
    for at, word in enumerate(words):
        if len(word) == 10 and word[4] == word[7] == "-":
            year, month, day = word.split("-")
            if (year + month + day).isdecimal():
                yield at, at + 1, (int(year), int(month), int(day))
        if word.lower() not in MONTHS or not word[0].isupper():
            continue
        month = MONTHS.index(word.lower()) + 1
        before = words[at - 1] if at else ""
        after = words[at + 1] if at + 1 < len(words) else ""
        day = int(before) if before.isdecimal() and int(before) <= 31 else 0
        start, end = (at - 1 if day else at), at + 1
        if not day and after.isdecimal() and int(after) <= 31:
            day, end = int(after), at + 2
        last = words[end] if end < len(words) else ""
        year = int(last) if len(last) == 4 and last.isdecimal() else 0
        if day or year:
            yield start, end + bool(year), (year, month, day)


def known_of(question: str, evidence: Sequence[Evidence]) -> Known:
    """Read question and evidence."""
    known, told = Known(), [question]
    named: list[str] = []
    for item in evidence:
        if isinstance(item, Query):
            told += [name.replace("_", " ") for name in item.columns]
            named += [item.sql, item.database]
            known.numbers.append(Fraction(item.total_rows or len(item.rows)))
            _read_rows(item, known, told)
            told += _compared_with(item.sql)
        else:
            page = "" if item.page is None else f"page {item.page}"
            told += [item.title, item.section, page, item.text]
            named.append(item.source)
    for text in told:
        _read_text(text, known)
    for sql in named:
        known.days |= {day for *_, day in read_days(words_of(sql.replace("'", " ")))}
    known.text = " ".join(" | ".join([*told, *named]).split()).lower()
    return known


def _read_rows(query: Query, known: Known, told: list[str]) -> None:
    for name, cells in zip(query.columns, zip(*query.rows, strict=True), strict=False):
        numbers: list[Fraction] = []
        for cell in cells:
            is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
            if is_number:
                numbers.append(Fraction(str(cell)))
            elif isinstance(cell, str):
                told.append(cell)
        known.numbers += map(abs, numbers)
        if len(numbers) > 1 and len(query.rows) <= MOST_ROWS and not name.lower().endswith("id"):
            known.columns.append((name.lower(), numbers))
        if any(part in name.lower() for part in ("percent", "share", "rate", "discount", "pct")):
            known.percents += map(abs, numbers)


def _compared_with(sql: str) -> Iterator[str]:
    """The numbers that a statement compares with or stops at."""
    words = sql.replace("=", " = ").replace("<", " < ").replace(">", " > ").split()
    for before, word in pairwise(words):
        if before.upper() in {"=", "<", ">", "BETWEEN", "AND", "LIMIT"} and word[:1].isdigit():
            yield word.strip("();")


def _read_text(text: str, known: Known) -> None:
    words, taken = words_of(text), set[int]()
    for start, end, day in read_days(words):
        known.days.add(day)
        taken |= {*range(start, end)}
    for at, (word, following) in enumerate(pairwise([*words, ""])):
        if at in taken:
            continue
        read = read_number(word)
        if read is None:
            continue
        size, _, is_percent = read
        if is_percent or following.lower() in {"percent", "%"}:
            known.percents.append(size)
        else:
            known.numbers.append(size)


def unsupported_words(text: str, question: str, evidence: Sequence[Evidence]) -> list[str]:
    """The words with a digit in them that neither the question nor the evidence bears out."""
    known = known_of(question, evidence)
    counts = _lengths_of_lists(text)
    doubted: list[str] = []
    for sentence in _sentences(without_citations(text)):
        words = words_of(sentence)
        is_comparing = any(stem in sentence.lower() for stem in COMPARING)
        taken = set[int]()
        for start, end, day in read_days(words):
            taken |= {*range(start, end)}
            doubted += [] if _is_known_day(day, known) else [" ".join(words[start:end])]
        for at, word in enumerate(words):
            if at in taken or not any(c.isdigit() for c in word):
                continue
            following = words[at + 1] if at + 1 < len(words) else ""
            if not _is_borne_out(word, following, known, [*counts], is_comparing=is_comparing):
                doubted.append(word)
    return doubted


def _is_known_day(day: tuple[int, int, int], known: Known) -> bool:
    """Whether it was said, or something more precise; 0 on our side was not asked for."""
    if any(
        all(own in (0, theirs) for own, theirs in zip(day, other, strict=True))
        for other in known.days
    ):
        return True
    year, month, date_ = day
    is_year_known = f"{year}" in known.text
    return bool(year and date_) and is_year_known and (0, month, date_) in known.days


def _is_borne_out(
    word: str, following: str, known: Known, counts: list[int], *, is_comparing: bool
) -> bool:
    read = read_number(word)
    if read is None:
        return _stands(word.lower(), known.text)
    size, places, is_percent = read
    if len(word) == 4 and any(size == year for year, *_ in known.days):
        return True
    is_percent = is_percent or following.lower() == "percent"
    half = Fraction(1, 2 * 10**places)
    slack = half if places or is_percent else min(half, size / 10)
    pool = _percents(known, is_comparing) if is_percent else _sizes(known, counts, is_comparing)
    if any(abs(abs(one) - size) <= slack for one in pool):
        return True
    return not is_percent and any(
        number == size and _stands(spelled, known.text) and (size > 1)
        for spelled, number in WORDS.items()
    )


def _sizes(known: Known, counts: list[int], is_comparing: bool) -> Iterator[Fraction]:  # noqa: FBT001
    yield from known.numbers
    yield from map(Fraction, counts)
    for _, column in known.columns:
        yield from accumulate(column)
        yield sum(column, Fraction(0)) / len(column)
        if is_comparing:
            yield from (a - b for a, b in _compared(column))


def _percents(known: Known, is_comparing: bool) -> Iterator[Fraction]:  # noqa: FBT001
    yield from known.percents
    yield from (100 * one for one in known.numbers if one <= 1 and one.denominator > 1)
    for _, column in known.columns:
        whole = sum(column)
        if whole and min(column) >= 0:
            yield from (100 * one / whole for one in (*column, *accumulate(column)))
        if is_comparing:
            both = [pair for a, b in _compared(column) for pair in ((a, b), (b, a))]
            yield from (100 * (b - a) / a for a, b in both if a)


def _compared(column: list[Fraction]) -> list[tuple[Fraction, Fraction]]:
    if len(column) <= ALL_PAIRS:
        return list(combinations(column, 2))
    return [*pairwise(column), (column[0], column[-1]), (min(column), max(column))]


def _stands(sought: str, text: str) -> bool:
    """Whether it stands there by itself, and not within a longer word or number."""
    at = text.find(sought)
    while at >= 0:
        before, after = text[max(0, at - 2) : at], text[at + len(sought) : at + len(sought) + 2]
        joins_before = before[-1:].isalnum() or (before[-1:] in {*".-_"} and before[:1].isalnum())
        joins_after = after[:1].isalnum() or (after[:1] in {*".-_"} and after[1:].isalnum())
        if not (before and joins_before) and not (after and joins_after):
            return True
        at = text.find(sought, at + 1)
    return False


def _sentences(text: str) -> Iterator[str]:
    """What ends with a mark before a blank, or with its line."""
    for line in text.splitlines():
        bare = line.lstrip(" -*>")
        marker, _, rest = bare.partition(" ")
        bare = rest if marker[:-1].isdecimal() and marker[-1:] in ".)" else bare
        begun = 0
        for at, char in enumerate(bare):
            if char in ".!?" and bare[at + 1 : at + 2] in ("", " "):
                yield bare[begun : at + 1]
                begun = at + 1
        yield bare[begun:]


def _lengths_of_lists(text: str) -> Iterator[int]:
    length = 0
    for line in [*text.splitlines(), "end"]:
        marker = line.strip().partition(" ")[0]
        if marker in {"-", "*", "+"} or (marker[:-1].isdecimal() and marker[-1:] in ".)"):
            length += 1
        elif line and not line.startswith((" ", "\t")):
            if length > 1:
                yield length
            length = 0
