import re
from bisect import insort
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from agent.support.dates import take_out_dates
from agent.support.durations import durations_in_words
from agent.support.facts import Facts, is_near
from agent.support.gather import LONG_DIGITS, NAME, digits_of, gather
from agent.support.numbers import take_out_identifiers
from agent.support.sizes import SizeReason, doubtful_sizes, speaks_of_size
from agent.toolbox import Evidence

Reason = Literal["citation", "date", "identifier", "statement"] | SizeReason
"""The kind of an unsupported claim."""

_FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_MARKER = re.compile(
    r"^[ \t>#*_-]*(?:\d{1,3}[.)](?=[\s*_])|(?:Step|Option|Schritt)\s\d{1,2}\b)", re.MULTILINE
)
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]")
CITATION = re.compile(r"\[\d{1,3}(?:\s?[,;\u2013-]\s?\d{1,3})*\]")
_DIGITS = re.compile(r"\d+")
_PLAIN_NUMBER = re.compile(r"\d(?<!\w\d)(?<!\d[.,]\d)\d*+(?:\.\d++)*+(?![%\w]|,\d)")
_COMPOUND = re.compile(
    r"(?<!\w)(?:\d+(?::\d+){1,2}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?!\w)"
)
"""Clock times and UUIDs, whose parts are not numbers."""

_LABEL = re.compile(
    r"(?:\b(?:version|release|build|section|clause|article|chapter|table|figure|page|ticket|order"
    r"|invoice|case|id|no\.|nr\.|abschnitt|kapitel|artikel|seite|tabelle)\s#?|[#§]\s?)$",
    re.IGNORECASE,
)
_LONGEST_LABEL = 12
_VERSION = re.compile(r"v\d", re.IGNORECASE)
_FISCAL = re.compile(r"(?:FY|CY)((?:19|20)\d\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """An unsupported span: answer[start:end] is `text`."""

    start: int
    end: int
    text: str
    reason: Reason


def unsupported(
    answer: str, *, question: str, evidence: Sequence[Evidence], computed: Collection[float] = ()
) -> list[Span]:
    """The dates, identifiers, numbers and citations that question and evidence do not bear out.

    `computed` are further numbers that it may have. `answer` is Markdown that cites evidence by its place, [1] being the first item. The spans come
    in the order of the answer and do not overlap. An alarm and not a proof: a right number on the
    wrong subject passes, and so does a wrong sentence without any number.
    """
    facts = gather(question, evidence)
    for value in (*_list_lengths(answer), *computed):
        insort(facts.values, value)
    return beyond(facts, answer, items=len(evidence))


def beyond(facts: Facts, answer: str, *, items: int) -> list[Span]:
    """What `unsupported` gives, where the facts of the `items` of evidence are gathered already."""
    if not speaks_of_size(answer):
        return []
    claims = _Claims(answer, _blank(_MARKER, _blank(_FENCED, answer)))
    claims.check_citations(items)
    claims.take_out_quoted(facts)
    claims.check_dates(facts)
    claims.check_names(facts)
    claims.check_identifiers(facts)
    claims.check_sizes(facts)
    return sorted(claims.spans, key=lambda span: span.start)


def mark(answer: str, spans: Iterable[Span]) -> str:
    """The answer with each span as ⟦span?⟧.

    The brackets mean nothing in Markdown, so they hold within bold, tables and code and beside
    [1]; they show where the doubt begins and ends; and no ordinary text has them, so they can be
    found again. Striking out would say that it is wrong, which nobody knows.
    """
    for span in sorted(spans, key=lambda span: span.start, reverse=True):
        answer = f"{answer[: span.start]}⟦{span.text}?⟧{answer[span.end :]}"
    return answer


@dataclass(slots=True)
class _Claims:
    """An answer while its claims are taken out of `text`, kind by kind; places stay the same."""

    answer: str
    text: str
    spans: list[Span] = field(default_factory=list[Span])

    def doubt(self, start: int, end: int, reason: Reason) -> None:
        self.spans.append(Span(start, end, self.answer[start:end], reason))

    def check_citations(self, items: int) -> None:
        for match in CITATION.finditer(self.text):
            if not all(1 <= int(n) <= items for n in _DIGITS.findall(match[0])):
                self.doubt(match.start(), match.end(), "citation")
        self.text = _blank(CITATION, self.text)

    def take_out_quoted(self, facts: Facts) -> None:
        """Remove what the evidence contains verbatim, and durations that it contains."""
        for match in _COMPOUND.finditer(self.text):
            if facts.says(match[0]):
                self._take_out(match.start(), match.end())
        for match in LONG_DIGITS.finditer(self.text):
            if digits_of(match[0]) in facts.digits:
                self._take_out(match.start(), match.end())
        for match, length, half in durations_in_words(self.text) if facts.durations else ():
            if facts.lasts(length, half):
                self._take_out(match.start(), match.end())

    def check_dates(self, facts: Facts) -> None:
        dates, self.text = take_out_dates(self.text)
        for dated in dates:
            every = all if dated.is_range else any
            if not every(facts.knows(day) for day in dated.days):
                self.doubt(dated.start, dated.end, "date")

    def check_names(self, facts: Facts) -> None:
        """Take out "T3 Standard 8" where it is a name; "Berlin 12" is left to be a number."""
        for match in NAME.finditer(self.text):
            is_said = _is_said_name(match[1].split(), match[2], facts)
            if is_said is None:
                continue
            if not is_said:
                self.doubt(match.start(), match.end(), "identifier")
            self._take_out(match.start(), match.end())

    def check_identifiers(self, facts: Facts) -> None:
        for match in _PLAIN_NUMBER.finditer(self.text):
            earliest = max(0, match.start() - _LONGEST_LABEL)
            label = _LABEL.search(self.text, earliest, match.start())
            if label is None:
                continue
            if not _is_said_label(match[0], facts):
                self.doubt(label.start(), match.end(), "identifier")
            self._take_out(label.start(), match.end())
        tokens, self.text = take_out_identifiers(self.text)
        for token in tokens:
            if not _is_said_identifier(token.text, facts):
                self.doubt(token.start, token.end, "identifier")

    def check_sizes(self, facts: Facts) -> None:
        for number, reason in doubtful_sizes(self.text, facts):
            self.doubt(number.start, number.end, reason)

    def _take_out(self, start: int, end: int) -> None:
        self.text = f"{self.text[:start]}{' ' * (end - start)}{self.text[end:]}"


def _is_said_name(words: Sequence[str], number: str, facts: Facts) -> bool | None:
    """Whether the evidence has the name; None where these words may be no name at all."""
    for at in range(len(words)):
        stem = " ".join(words[at:])
        is_whole = not any(c.isdigit() for word in words[:at] for c in word)
        if is_whole and facts.says(f"{stem} {number}"):
            return True
    for at in range(len(words)):
        stem = " ".join(words[at:]).lower()
        numbered = any(c.isdigit() for c in stem)
        if stem in facts.stems or (numbered and facts.says_numbered(stem)):
            return False
    return None


def _is_said_label(number: str, facts: Facts) -> bool:
    if facts.says(number) or facts.says(f"v{number}"):
        return True
    return number.isdigit() and is_near(facts.values, float(number), 0, 0)


def _is_said_identifier(name: str, facts: Facts) -> bool:
    forms = [name]
    if name.endswith("s"):
        forms.append(name[:-1])
    if _VERSION.match(name):
        forms += (f"version {name[1:]}", name[1:])
    if name[1:2] == ":":
        forms.append(f"0{name}")
    if any(facts.says(form) for form in forms):
        return True
    if fiscal := _FISCAL.fullmatch(name):
        return facts.knows((int(fiscal[1]), 0, 0))
    parts = name.split("/")
    return len(parts) > 1 and all(_is_said_identifier(part, facts) for part in parts)


def _list_lengths(answer: str) -> Iterator[float]:
    """How many items each list of the answer has: it may count what it lists."""
    length = 0
    for line in [*answer.splitlines(), "end"]:
        if _ITEM.match(line):
            length += 1
        elif line and not line.startswith((" ", "\t")):
            if length > 1:
                yield float(length)
            length = 0


def _blank(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda match: " " * len(match[0]), text)
