"""Evidence in words: values as they are stored, sentences as they stand, each with its number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.fallback import NO_REST, UNANSWERED
from agent.weigh import NOT_SURE
from serving.models.embedded.chat.calibration import LIKELY, LIKELY_REST, LIKELY_WORDS, by_words
from serving.models.embedded.chat.further import FurtherQuotes, further_quotes
from serving.models.embedded.chat.heard import Heard, Quotable, Rows
from serving.models.embedded.chat.likelihood import likelihood
from serving.models.embedded.chat.meaning import NearestSentence, nearest_sentence
from serving.models.embedded.chat.named import of_the_named
from serving.models.embedded.chat.quotations import Quotation, quotations
from serving.models.embedded.chat.tabulating import Titled, rows_in_words
from tools.language.telling import Telling, is_told
from tools.text_match import TextMatcher

_WHICH_DOCUMENT = re.compile(
    r"\W*(?:in )?(?:which|what) (?:(?:of|one of) (?:your|our|the|these) )?(?:documents?|files?|polic(?:y|ies)|guides?|manuals?|handbooks?)\b"
    r"(?! (?:do|does|are|is) (?:you|there|available|here))",
    re.IGNORECASE,
)
LEFT_OUT = "I left out {words}, which has no place in the database."
ASSUMED = "The question does not say which date is meant. I used {column}, not {others}."
ASSUMED_KEY = "The question does not say which column is meant. I used {column}, not {others}."
ASSUMED_ALONE = "The question does not say which date is meant. I used {column}."
SHARED = "Tied for the first place: {names}."
SHARED_LATER = "Tied for the place that was asked for: {names}."
SHARED_BY_MANY = "Tied for the first place: several rows, of which one is shown."
_KEPT = (
    *(LEFT_OUT, ASSUMED, ASSUMED_KEY, ASSUMED_ALONE),
    *(SHARED, SHARED_LATER, SHARED_BY_MANY, NOT_SURE),
)
"""The notes of a statement that its answer repeats."""
_CLOSEST = "The passages that came closest: {near}."
NEAR = 3
YES_OR_NO = re.compile(
    r"\s*(?:is|are|was|were|would|will|can|could|does|do|may|should|has|have)\b", re.I
)
QUANTITY = re.compile(r"\b(\d+(?:\.\d+)?)\s+(minute|hour|day|week|month|year|percent)s?\b", re.I)


@dataclass(frozen=True, slots=True)
class Sought:
    """What passages are to be `about`, and the part of the question that they are to answer.

    `counted` are stems of what rows are counted of; `rules` are sentences that the rows rest on.
    `matcher` tells what sentences mean, None where only their words are known.
    """

    about: str
    asked: str
    counted: frozenset[str] = frozenset()
    rules: tuple[str, ...] = ()
    matcher: TextMatcher | None = None


@dataclass(frozen=True, slots=True)
class Phrased:
    """An answer, and the probability that the sentences it quotes answer, if known."""

    text: str
    confidence: float | None = None


def phrase(heard: Heard, sought: Sought, titled: Titled = str) -> Phrased:
    """The answer to what was heard."""
    parts = [rows_in_words(heard.question, rows, titled) for rows in heard.rows]
    confidence: float | None = None
    if heard.passages:
        quoted = _rules(heard.passages, sought.rules)
        if not quoted:
            quoted, confidence = _from_passages(heard, sought)
        parts += quoted
    if parts:
        notes = heard.notes.splitlines()
        parts += [line for line in notes if any(is_told(each, line) for each in _KEPT)]
    return Phrased("\n\n".join(parts) or _closest(heard), confidence)


def key_values(rows: Sequence[Rows]) -> list[str]:
    """The texts of each result's first row: what a follow-up question would be about."""
    first = [row for result in rows for row in result.rows[:1] if len(result.rows) <= 3]
    return [cell for row in first for cell in row if isinstance(cell, str)]


def _closest(heard: Heard) -> str:
    """No answer, but why, and where a person may look."""
    places: dict[str, int] = {}
    for passage in heard.passages:
        place = f"{passage.title} ({passage.section})" if passage.section else passage.title
        places.setdefault(place, passage.number)
    near = "; ".join(f"{place} [{number}]" for place, number in list(places.items())[:NEAR])
    to = Telling.of(heard.question)
    parts = [to.say(UNANSWERED), heard.notes]
    parts += [to.say(_CLOSEST, near=near)] if near else []
    return "\n\n".join(part for part in parts if part)


def _rules(passages: Sequence[Quotable], rules: Sequence[str]) -> list[str]:
    """The sentences that the rows rest on, each with its passage; none where one is missing."""
    places = [next((p.number for p in passages if rule in p.text), None) for rule in rules]
    if not rules or None in places:
        return []
    cited = zip(rules, places, strict=True)
    return [" ".join(f"{_sentence(rule)} [{number}]" for rule, number in cited)]


def _from_passages(heard: Heard, sought: Sought) -> tuple[list[str], float | None]:
    """The quoted sentences, and the probability that they answer."""
    question, rows = heard.question, heard.rows
    passages = of_the_named(question, heard.passages)
    hints = " ".join(key_values(rows))
    found, known = _quoted(sought, passages, hints, has_rows=bool(rows))
    if _WHICH_DOCUMENT.match(question):
        told = quotations(
            sought.about, passages, hints=hints, part=sought.asked, rows=sought.counted
        )
        return _titles(told, passages), None
    more = FurtherQuotes()
    if not rows:
        more = further_quotes(question, found, lambda c, h: _of_clause(c, h, sought, passages))
    is_open = more.is_rest_open or bool(found and found[0].leaves_rest)
    rest = [Telling.of(question).say(NO_REST)] if is_open else []
    if not found and not more.found:
        return [Telling.of(question).say(NO_REST)] if rows else [], None
    quoted = " ".join(f"{_sentence(q.text)} [{q.number}]" for q in (*found, *more.found))
    compared = _compared(question, found[0]) if found else []
    sure = [one for one in (known, more.confidence) if one is not None]
    return [quoted, *compared, *rest], min(sure, default=None)


def _of_clause(
    clause: str, hints: str, sought: Sought, passages: Sequence[Quotable]
) -> tuple[Sequence[Quotation], float | None]:
    return _quoted(replace(sought, about=clause, asked=clause), passages, hints, has_rows=False)


def _quoted(
    sought: Sought, passages: Sequence[Quotable], hints: str, *, has_rows: bool
) -> tuple[Sequence[Quotation], float | None]:
    """What answers, and how likely it does; nothing where that is hardly so."""
    found = quotations(sought.about, passages, hints=hints, part=sought.asked, rows=sought.counted)
    known = found[0].confidence if found else None  # a cell of a table tells it itself
    if known is not None:
        return found, known
    near = None if has_rows else _nearest(sought, passages)
    found, known = _likeliest(found, near, sought, passages)
    least = LIKELY_REST if has_rows else LIKELY_WORDS
    if known is not None and known < least:  # shown below a decline, as the nearest
        return [], None
    return found, known


def _likeliest(
    found: Sequence[Quotation],
    near: NearestSentence | None,
    sought: Sought,
    passages: Sequence[Quotable],
) -> tuple[Sequence[Quotation], float | None]:
    """What has the question's words, or the sentence that means it, with how likely it answers."""
    known = likelihood(sought.about, passages, found)
    if known is not None:
        known = by_words(known, near.raw_likelihood if near else None)
    is_likely = near is not None and near.likelihood >= LIKELY
    if near and is_likely and (not found or (known is not None and near.likelihood > known)):
        return [near.quotation], near.likelihood
    return found, known


def _nearest(sought: Sought, passages: Sequence[Quotable]) -> NearestSentence | None:
    """The sentence that means what is asked most nearly, where that can be told."""
    if sought.matcher is None:
        return None
    return nearest_sentence(sought.about, passages, sought.matcher, rows=sought.counted)


def _titles(found: Sequence[Quotation], passages: Sequence[Quotable]) -> list[str]:
    """The documents that a question is answered by, each by its title."""
    numbers = {quotation.number for quotation in found} or {one.number for one in passages[:1]}
    titles = {one.title: one.number for one in reversed(passages) if one.number in numbers}
    return [
        "; ".join(f"**{title}** [{number}]" for title, number in reversed(titles.items())) + "."
    ]


def _sentence(text: str) -> str:
    return text if text[-1] in ".!?:" else f"{text}."


def _compared(question: str, found: Quotation) -> list[str]:
    """Two quantities of one unit, set side by side for a question that wants a yes or a no."""
    asked, stated = QUANTITY.findall(question), QUANTITY.findall(found.text)
    if not YES_OR_NO.match(question) or len(asked) != 1 or len(stated) != 1:
        return []
    (left, unit), (right, other) = asked[0], stated[0]
    if unit.lower() != other.lower():
        return []
    how = "more than" if float(left) > float(right) else "no more than"
    return [
        f"The {left} {unit}s asked about are {how} the {right} {unit}s stated there [{found.number}]."
    ]
