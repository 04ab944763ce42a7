"""The sentences of passages that answer a question, picked by the words they share with it."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from serving.models.embedded.chat.alike import AKIN
from serving.models.embedded.chat.cells import answering_cell
from serving.models.embedded.chat.completing import complete, with_neighbors
from serving.models.embedded.chat.demands import Candidate, demands_of, meets
from serving.models.embedded.chat.heard import Quotable
from serving.models.embedded.chat.ranges import Amount, amounts_asked, ranges_in
from tools.documents.terms import index_terms, query_terms

SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"“(])")
CELLS = " | "
LIST_ITEM = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
ASKS_NUMBER = re.compile(r"\bhow (?:long|soon|fast|many|much|often|far)\b|\bwhen\b|\bcost", re.I)
VERSION = re.compile(
    r"(?<![\w.])\d+(?:\.\d+)+(?![\w.]*\w)(?! ?(?:percent|%|minute|hour|day|week|month|year|g|t|m))"
)
"""A number with a point and without a unit names one release, and no other will do."""
HAS_NUMBER = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve)\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day",
    re.I,
)
ASKING = frozenset(
    "long soon fast quick often far much mani must per happen tell explain give still".split()
)
"""Stems of words that say how a question is asked, not what about."""

MEASURES = frozenset("minut hour day week month year percent two three four five six ten".split())
"""Stems of quantities, which like digits are not missed where a sentence states others."""
AROUND = 0.45
"""What a word counts that stands in the title or heading only."""
NEARLY = 0.7
"""What a word counts of which only one that says nearly the same is there."""
HINTED = 0.4
"""What all hints together count, beside 1 for the question."""
NUMBER_BONUS = 0.15
ROW_MALUS = 0.1
"""A sentence that says the same as a table's row is the better quotation."""
ENOUGH = 0.45
"""Share of the question's words that a sentence with its headings must have. Here each counts the
same: among passages that are all about warranties, "warranty" tells little and is still the point."""
SIMILAR = 2.7
"""What the cosine of question and passage counts beside that share."""
ENOUGH_WITH_SIMILAR = 1.55
"""What both must come to, where the cosine is known. It is a logistic regression on questions that
passages answer and on questions about something else: all the words need a cosine of 0.2, half of
them one of 0.39, so that common words alone are no evidence, and few words are where the meaning is
the same."""
SPOKEN_OF = 1.3
"""What both come to at least in passages from which a language model may answer. Measured on public
questions that passages answer: 1 in 100 has less; of those for a database, 2 in 3 or more."""
FEW = 2
ENOUGH_OF_FEW = 0.55
"""The same where no more than `FEW` words are asked: "life" alone is not "the meaning of life"."""
NAME = re.compile(r"(?<!^)(?<![.?!\"] )\b[A-Z][\w-]+")
NAMED = 1.5
"""What a name counts there: whose founder is asked for matters more than the founding."""
ALSO = 0.85
"""Score of a further sentence, as a share of the best one's."""
MOST = 3
_PASSAGES_KEPT = 256
"""Passages whose sentences are remembered: a turn looks at the same six up to six times."""
IN_RANGE = 0.6
"""Score of a sentence whose range holds the amount asked about, as a share of the best one's."""


@dataclass(frozen=True, slots=True)
class Quotation:
    """A sentence as it stands in the passage of that number, or a table's row in words.

    `hinted` is the share of the hints that it has, `slack` how loosely a range in it holds the
    amount that was asked about; None where it gives no range that does.
    """

    number: int
    text: str
    score: float
    hinted: float = 0.0
    slack: float | None = None


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence or a row; `whole` is it with what completes it, `joined` with a neighbour."""

    number: int
    text: str
    whole: str
    stems: frozenset[str]
    around: frozenset[str]
    rank: int
    is_row: bool
    joined: tuple[str, ...] = ()
    similarity: float | None = None


def quotations(
    question: str,
    passages: Sequence[Quotable],
    *,
    hints: str = "",
    part: str = "",
    rows: frozenset[str] = frozenset(),
) -> list[Quotation]:
    """At most three sentences that answer the question, best first; none if none is about it.

    Words of `hints`, and quantities, help a sentence that has them and are not missed where none
    has: "after two weeks" is answered by a sentence about 10 days. `part` is that of the question
    that they are to answer, if not all of it; `rows` are stems of what rows are counted of.
    """
    demands = demands_of(part or question, rows)
    around = {one.number: one.around for one in passages}

    def can_answer(number: int, text: str, *, is_row: bool) -> bool:
        return meets(demands, Candidate(text, around[number], is_row))

    cell = None if hints else answering_cell(question, passages)
    if cell is not None and can_answer(cell.number, cell.text, is_row=True):
        return [Quotation(cell.number, cell.text, cell.score)]
    units = [unit for rank, passage in enumerate(passages) for unit in _units(passage, rank)]
    seen = frozenset(stem for unit in units for stem in unit.stems | unit.around)
    words, asked = _asked(question)
    hinted = ((words | frozenset(query_terms(hints).split())) & seen) - asked
    if not asked or not units:
        return []
    found = _Scorer(
        _weights(asked, units),
        _counted(asked, question),
        _weights(hinted, units),
        tuple(VERSION.findall(question)),
        bool(ASKS_NUMBER.search(question)),
        tuple(amounts_asked(question)),
    )
    fit = [
        fitting
        for unit in filter(found.is_about, units)
        if (fitting := _fitting(unit, lambda u, text: can_answer(u.number, text, is_row=u.is_row)))
    ]
    if not fit:
        return []
    scored = sorted(map(found.quotation, fit), key=lambda quotation: -quotation.score)
    best, *_ = scored = _for_the_amount(scored)
    # What a hint singles out, a sentence without it is about something else of the kind.
    return _distinct(
        [
            q
            for q in scored
            if q.score > 0 and q.score >= ALSO * best.score and q.hinted >= best.hinted
        ]
    )


def _fitting(unit: _Unit, can_answer: Callable[[_Unit, str], bool]) -> _Unit | None:
    """A sentence that can answer, alone or with the one before or behind it."""
    for text in (unit.whole, *unit.joined):
        if can_answer(unit, text):
            return replace(unit, whole=text)
    return None


def aboutness(question: str, passages: Sequence[Quotable]) -> float | None:
    """How much the best sentence is about a question, as `ENOUGH_WITH_SIMILAR` measures it.

    None where that is not known: of passages without a cosine, or a question without words.
    """
    _, asked = _asked(question)
    counted = _counted(asked, question)
    found = [
        _share(counted, unit) + SIMILAR * unit.similarity
        for rank, passage in enumerate(passages)
        for unit in _units(passage, rank)
        if unit.similarity is not None
    ]
    return max(found, default=None) if asked else None


def _asked(question: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words of a question, and those of them that a sentence about it has to have."""
    words = frozenset(query_terms(question).split()) - ASKING
    return words, frozenset(s for s in words if s.isalpha() and len(s) > 1) - MEASURES


def _counted(asked: frozenset[str], question: str) -> dict[str, float]:
    named = frozenset(s for name in NAME.findall(question) for s in query_terms(name).split())
    return {stem: NAMED if stem in named else 1.0 for stem in asked}


def _for_the_amount(scored: Sequence[Quotation]) -> list[Quotation]:
    """Those whose range holds the amount that is asked about, tightest first; all if none does."""
    near = [q for q in scored if q.score >= IN_RANGE * scored[0].score and q.score > 0]
    held = [(q.slack, -q.score, q) for q in near if q.slack is not None]
    tightest = min((slack for slack, *_ in held), default=None)
    return [q for slack, _, q in held if slack == tightest] or list(scored)


@dataclass(frozen=True, slots=True)
class _Scorer:
    """The words of a question and of its hints, each with how much it tells.

    `counted` is what each asked word counts where it is decided whether a sentence is about them.
    """

    asked: Mapping[str, float]
    counted: Mapping[str, float]
    hinted: Mapping[str, float]
    versions: tuple[str, ...]
    wants_number: bool
    amounts: tuple[Amount, ...] = ()

    def quotation(self, unit: _Unit) -> Quotation:
        """One that is about the question, scored from 0 to about 1.5."""
        hinted = _share(self.hinted, unit)
        score = _share(self.asked, unit) + HINTED * hinted
        if self.wants_number and HAS_NUMBER.search(unit.text):
            score += NUMBER_BONUS
        if unit.is_row:
            score -= ROW_MALUS
        # The search's own order decides between equals.
        return Quotation(
            unit.number, unit.whole, score - 0.01 * unit.rank, hinted, self._slack(unit.text)
        )

    def _slack(self, text: str) -> float | None:
        ranges = ranges_in(text) if self.amounts else []
        return min(
            (r.slack(a) for r in ranges for a in self.amounts if r.contains(a)), default=None
        )

    def is_about(self, unit: _Unit) -> bool:
        """Whether it speaks of what is asked, and of the release that is."""
        if any(version not in unit.text for version in self.versions):
            return False
        share = _share(self.counted, unit)
        if unit.similarity is not None:
            return share + SIMILAR * unit.similarity >= ENOUGH_WITH_SIMILAR
        return share >= (ENOUGH if len(self.asked) > FEW else ENOUGH_OF_FEW)


def _weights(stems: frozenset[str], units: Sequence[_Unit]) -> dict[str, float]:
    """How telling a word is among the sentences found; a word in none of them tells most."""
    counted = Counter(stem for unit in units for stem in stems & (unit.stems | unit.around))
    return {stem: math.log(1 + len(units) / (1 + counted[stem])) for stem in stems}


def _share(weights: Mapping[str, float], unit: _Unit) -> float:
    if not weights:
        return 0.0
    present = sum(weight * _presence(stem, unit) for stem, weight in weights.items())
    return present / sum(weights.values())


def _presence(stem: str, unit: _Unit) -> float:
    if stem in unit.stems:
        return 1.0
    if AKIN.get(stem, frozenset()) & unit.stems:
        return NEARLY
    return AROUND if stem in unit.around else 0.0


def _units(passage: Quotable, rank: int) -> Iterator[_Unit]:
    around = _stems(f"{passage.title} {passage.section} {passage.document}")
    number, similarity = passage.number, passage.similarity
    for text, whole, joined, is_row in _parts(passage.text):
        yield _Unit(number, text, whole, _stems(text), around, rank, is_row, joined, similarity)


@lru_cache(_PASSAGES_KEPT)
def _parts(text: str) -> Sequence[tuple[str, str, tuple[str, ...], bool]]:
    """What a passage says: each sentence or row, whole and joined with its neighbours; is it a row?"""
    parts = list(_sentences(text))
    places = [place for _, place in parts if place]
    return [
        (said, complete(text, place, places), with_neighbors(text, place, places), False)
        if place
        else (said, said, (), True)
        for said, place in parts
    ]


def sentences_of(text: str) -> Iterator[str]:
    """The sentences and list items of a passage, without the rows of its tables."""
    yield from (sentence for sentence, _, _, is_row in _parts(text) if not is_row)


def _sentences(text: str) -> Iterator[tuple[str, tuple[int, int] | None]]:
    """Sentences and list items with their places, and rows of tables with each cell's column."""
    header: list[str] = []
    start = 0
    for line in text.splitlines(keepends=True):
        if CELLS in line:
            cells = line.strip().strip("|").split(CELLS)
            if header and len(cells) == len(header):
                named = zip(header, cells, strict=True)
                yield "; ".join(f"{h.strip()}: {c.strip()}" for h, c in named), None
            else:
                header = cells
        else:
            header = []
            yield from _placed(line, start)
        start += len(line)


def _placed(line: str, start: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """The sentences of a line that begins at a place of its text."""
    item = LIST_ITEM.match(line)
    at = item.end() if item else 0
    for end in [*(match.start() for match in SENTENCES.finditer(line, at)), len(line)]:
        if sentence := line[at:end].strip():
            first = start + line.index(sentence, at)
            yield sentence, (first, first + len(sentence))
        at = end


def _distinct(found: Sequence[Quotation]) -> list[Quotation]:
    chosen: list[Quotation] = []
    for quotation in found:
        if not any(_say_the_same(quotation.text, other.text) for other in chosen):
            chosen.append(quotation)
    return chosen[:MOST]


def _say_the_same(one: str, other: str) -> bool:
    stems, others = _stems(one), _stems(other)
    return one in other or other in one or len(stems & others) >= 0.8 * len(stems | others)


@lru_cache(maxsize=4096)
def _stems(text: str) -> frozenset[str]:
    return frozenset(index_terms(text).split())
