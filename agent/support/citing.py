"""Citations that an answer left out: added where one piece of evidence bears a statement out.

A statement is a sentence, or a list as a whole. It has its citation within it, before it or behind
it. What is added is the number of a piece of evidence that has all of its numbers, dates and
names, and most of its words, and that no other piece is like.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from agent.support.claims import SHARE, claims_of, shares_words
from agent.support.dates import take_out_dates
from agent.support.numbers import find_numbers, take_out_identifiers
from agent.support.spans import CITATION, Span, unsupported
from agent.toolbox import Evidence
from tools.language.pack import ENGLISH, language_pack, pack_for
from tools.sql.run import QueryResult

_BLOCK = re.compile(
    r"(?:^[ \t]*```.*?(?:^[ \t]*```|\Z)|^(?:[^\n]*\S[^\n]*(?:\n|\Z))+)", re.M | re.S
)
_ITEM = re.compile(r"^[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]", re.MULTILINE)
_ASIDE = re.compile(r"^[ \t]*(?:```|\||#)")
_SENTENCE = re.compile(
    r"\S(?:[^.!?\n]|[.!?](?=[^\s\]])|(?<=\W[A-Z])\.(?= [A-Z]))*(?:[.!?]+(?:[*_\"')]|\s?\[[\d, ]+\])*|(?=\n|\Z))"
)
_ENDING = re.compile(r"[.!?:;]*\s*\Z")
_WORDS = re.compile(r"[^\W\d_]{3,}")
_FRAME = re.compile(r"\s?\[(?:BEGIN |END )?[0-9a-f]{12}\]")
"""The mark around the evidence, which small models cite; it names no piece of it."""
_LEAST = (SHARE, 0.75)
"""Shares of a statement's words that a piece of evidence has, the first that only one reaches."""
_FEWEST = 2
"""Words that it has at least: one alone is found anywhere."""
_UNLIKE = 0.34
"""Share of a statement's words below which it resembles nothing."""
_OF_EVIDENCE = re.compile(
    r"\b(?:evidence|quer(?:y|ies)|sql|json|rows?|columns?|results?|passages?|documents?|database"
    r"|beleg\w*|abfrage\w*|zeilen?|spalten?|ergebnis\w*|dokument\w*|datenbank)\b",
    re.IGNORECASE,
)
"""What a statement speaks of that tells how an answer was found: it claims nothing of the world."""


def speaks_of_evidence(text: str) -> bool:
    """Whether a text tells how an answer was looked for, rather than something of the world."""
    return bool(_OF_EVIDENCE.search(text))


@dataclass(frozen=True, slots=True)
class CitableStatement:
    """A part of an answer that claims something: answer[start:end] is `text`."""

    start: int
    end: int
    text: str
    is_cited: bool


@dataclass(frozen=True, slots=True)
class CitedAnswer:
    """An answer with the citations that it left out; `uncited` are those that nothing bears out."""

    text: str
    uncited: Sequence[Span]


def with_citations(
    answer: str, *, question: str, evidence: Sequence[Evidence], notes: Sequence[str] = ()
) -> CitedAnswer:
    """The answer with a citation behind each statement that exactly one piece bears out.

    What repeats one of the `notes` needs none. `uncited` are places in the text that comes back: statements without a citation that resemble
    neither the evidence nor the question.
    """
    parts, at, unlike = list[str](), 0, list[Span]()
    answer = _FRAME.sub("", answer)
    for statement in statements_of(answer, short=pack_for(question).short):
        parts.append(answer[at : statement.start])
        at, text = statement.end, statement.text
        if statement.is_cited or any(_plain(text) in _plain(note) for note in notes):
            parts.append(text)
            continue
        number = bearing(text, question=question, evidence=evidence)
        if number is not None:
            text = _cited(text, number)
        elif _is_unlike(text, question, evidence):
            start = sum(map(len, parts))
            unlike.append(Span(start, start + len(text), text, "statement"))
        parts.append(text)
    return CitedAnswer("".join([*parts, answer[at:]]), unlike)


def bearing(statement: str, *, question: str, evidence: Sequence[Evidence]) -> int | None:
    """The number of the only piece of evidence that bears a statement out."""
    own = _numbers(statement) - _numbers(question)
    fit = [
        number
        for number, item in enumerate(evidence, start=1)
        if not unsupported(statement, question=question, evidence=[item])
    ]
    holding = [number for number in fit if own & _values(evidence[number - 1])]
    if len(holding) == 1:
        return holding[0]
    for share in _LEAST:
        near = [
            n
            for n in fit
            if shares_words(statement, "", [evidence[n - 1]], share=share, least=_FEWEST)
        ]
        if len(near) == 1:
            return near[0]
    return None


def says_the_same(answer: str, quoted: str, question: str) -> bool:
    """Whether an answer says what is quoted: its numbers stand there or, without any, its words do.

    A bare yes or no has to cite what is quoted.
    """
    own = _numbers(CITATION.sub("", answer)) - _numbers(question)
    told = _numbers(CITATION.sub("", quoted))
    if own:
        spelled = language_pack(ENGLISH).numbers
        told |= {float(spelled[one]) for one in _WORDS.findall(quoted.lower()) if one in spelled}
        return own <= told
    if any(mark in quoted for mark in CITATION.findall(answer)):
        return True
    words = [
        one
        for one in _WORDS.findall(CITATION.sub("", answer).lower())
        if one not in question.lower()
    ]
    return sum(word in quoted.lower() for word in words) >= _UNLIKE * len(words)


def _is_unlike(text: str, question: str, evidence: Sequence[Evidence]) -> bool:
    if _OF_EVIDENCE.search(text):
        return False
    # "Its warranty is 1 year" has a number that no evidence holds: there only is one row of another thing.
    own = _numbers(text) - _numbers(question)
    counts = {float(len(item.rows)) for item in evidence if isinstance(item, QueryResult)}
    is_held = any(own & _values(item) for item in evidence)
    if own and own <= counts and not is_held and not shares_words(text, "", evidence):
        return True
    return not shares_words(text, question, evidence, share=_UNLIKE)


def _numbers(text: str) -> set[float]:
    """The sizes that a text has as numbers, without dates and what is part of a name."""
    _, rest = take_out_identifiers(take_out_dates(text)[1])
    return {number.readings[0].value for number in find_numbers(rest)}


def _values(item: Evidence) -> set[float]:
    """The numbers that stand in a piece of evidence itself; how many rows it has is none."""
    if isinstance(item, QueryResult):
        cells = [cell for row in item.rows for cell in row]
        told = " | ".join(cell for cell in cells if isinstance(cell, str))
        plain = {abs(float(cell)) for cell in cells if isinstance(cell, int | float | Decimal)}
    else:
        told, plain = item.passage.text, set[float]()
    return plain | _numbers(told)


def statements_of(
    answer: str, *, short: re.Pattern[str] | None = None
) -> Iterator[CitableStatement]:
    """The statements of an answer, in order, without code, tables and headings.

    What ends as `short` does goes on: "5 Mio. Euro".
    """
    for block in _BLOCK.finditer(answer):
        if not _ASIDE.match(block[0]):
            yield from _statements(answer, block.start(), block.end(), short)


def _statements(
    answer: str, start: int, end: int, short: re.Pattern[str] | None
) -> Iterator[CitableStatement]:
    text = answer[start:end].rstrip()
    if _ITEM.search(text) and not CITATION.search(text):
        if claims_of(text):
            yield CitableStatement(start, start + len(text), text, is_cited=False)
        return
    # "[1] There are 6. The query counts them." cites before the first statement, for all of them,
    # and "These are left [1]:" for the list below it.
    leads, lists = bool(CITATION.match(text)), False
    for at, said in _sentences(text, short):
        is_cited = leads or bool(CITATION.search(said))
        is_item = bool(_ITEM.match(said))
        if claims_of(said):
            done = is_cited or (is_item and lists)
            yield CitableStatement(start + at, start + at + len(said), said, done)
        lists = lists if is_item else is_cited and said.rstrip().endswith(":")


def _sentences(text: str, short: re.Pattern[str] | None) -> Iterator[tuple[int, str]]:
    """The sentences of a text, each with its place."""
    begun = 0
    found = list(_SENTENCE.finditer(text))
    for number, one in enumerate(found):
        is_last = number + 1 == len(found) or "\n" in text[one.end() : found[number + 1].start()]
        is_short = short is not None and short.search(one[0]) and one[0][-2:-1].isalpha()
        if is_last or not is_short:
            first = found[begun].start()
            yield first, text[first : one.end()]
            begun = number + 1


def _cited(text: str, number: int) -> str:
    ending = _ENDING.search(text)
    cut = ending.start() if ending else len(text)
    return f"{text[:cut]} [{number}]{text[cut:]}"


def _plain(text: str) -> str:
    return " ".join(text.strip(" \t-*_>.").split())
