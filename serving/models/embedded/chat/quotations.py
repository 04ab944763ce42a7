"""The sentences of passages that answer a question, picked by the words they share with it."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from serving.models.embedded.chat.cells import FoundCell, answering_cells
from serving.models.embedded.chat.defined import words_for_parties
from serving.models.embedded.chat.demands import Candidate, demands_of, meets
from serving.models.embedded.chat.heard import Quotable
from serving.models.embedded.chat.overlap import counted_words, needed_words, share_of, word_weights
from serving.models.embedded.chat.ranges import Amount, amounts_asked, ranges_in
from serving.models.embedded.chat.sentences import TextUnit, stems_of, units_of
from serving.models.embedded.chat.wording import QuestionWords

ASKS_NUMBER = re.compile(r"\bhow (?:long|soon|fast|many|much|often|far)\b|\bwhen\b|\bcost", re.I)
VERSION = re.compile(
    r"(?<![\w.])\d+(?:\.\d+)+(?![\w.]*\w)(?! ?(?:percent|%|minute|hour|day|week|month|year|g|t|m))"
)
"""A number with a point and without a unit names one release, and no other will do."""
HAS_NUMBER = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve)\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day",
    re.I,
)
ASKS_AMOUNT = re.compile(r"\bhow (?:much|big|high|large)\b", re.I)
STATES_AMOUNT = re.compile(
    r"\b(?:beträgt|betragen|betrug(?:en)?|beläuft sich|belaufen sich|lieg(?:t|en) bei|lag(?:en)? bei|in Höhe von|amounts? to|amounted to|totall?(?:ed|s)"
    r"|sums? up to|comes? to)\W+(?:[^\W\d]+\W+){0,3}?\d",
    re.I,
)
"""A number right behind the verb that says how much something is."""
AMOUNT_BONUS = 0.1
_HOW_MANY = re.compile(r"\bhow (?:many|much)\b|\bthe (?:total|sum)\b", re.I)
HINTED = 0.4
"""What all hints together count, beside 1 for the question."""
NUMBER_BONUS = 0.15
ROW_MALUS = 0.1
"""A sentence that says the same as a table's row is the better quotation."""
JOINED_MALUS = 0.1
"""Taken off a sentence that answers only together with its neighbour."""
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
ELSEWHERE = 1.5, 1.0
"""The same two in other languages, of which the embedded model's vectors tell less. Chosen on
questions of XQuAD in German, of which two in five are about other articles than there are."""
_BOTH = SIMILAR, ENOUGH_WITH_SIMILAR
SPOKEN_OF = 1.3
"""What both come to at least in passages from which a language model may answer. Measured on public
questions that passages answer: 1 in 100 has less; of those for a database, 2 in 3 or more."""
FEW = 2
ENOUGH_OF_FEW = 0.55
"""The same where no more than `FEW` words are asked: "life" alone is not "the meaning of life"."""
MOST_OF_FEW = 0.7
"""The share that there has to be of few words in a language of which the vectors tell less."""
ALSO = 0.85
"""Score of a further sentence, as a share of the best one's."""
MOST = 3
IN_RANGE = 0.6
"""Score of a sentence whose range holds the amount asked about, as a share of the best one's."""


@dataclass(frozen=True, slots=True)
class Quotation:
    """A sentence as it stands in the passage of that number, or a table's row in words.

    `hinted` is the share of the hints that it has, `slack` how loosely a range in it holds the
    amount that was asked about; None where it gives no range that does. `confidence` is how likely it
    answers, where what was quoted tells that itself: a cell that is named in full. It `leaves_rest`
    where something else is asked for as well.
    """

    number: int
    text: str
    score: float
    hinted: float = 0.0
    slack: float | None = None
    confidence: float | None = None
    leaves_rest: bool = False


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
    wording = QuestionWords.of(question)
    read = wording.read(question)
    demands = demands_of(wording.read(part) or read, rows)
    around = {one.number: one.around for one in passages}

    def can_answer(number: int, text: str, *, is_row: bool) -> bool:
        read = wording.read(text)
        return meets(demands, Candidate(read, around[number], is_row, wording.is_english))

    cells = [] if hints else answering_cells(question, passages)
    if told := [quoted for cell in cells if (quoted := _cell_quoted(cell, can_answer))]:
        return told
    said_for = words_for_parties(passages)
    units = [
        unit
        for rank, one in enumerate(passages)
        for unit in units_of(one, rank, wording, said_for[one.title_and_file])
    ]
    words, asked = needed_words(question, wording)
    helping = (words | wording.terms(hints)) - asked
    hinted = frozenset(s for s in helping if any(s in u.stems or s in u.around for u in units))
    if not asked or not units:
        return []
    found = _Scorer(
        word_weights(asked, units),
        counted_words(asked, question),
        word_weights(hinted, units),
        tuple(VERSION.findall(read)),
        bool(ASKS_NUMBER.search(read)),
        bool(ASKS_AMOUNT.search(read)),
        tuple(amounts_asked(read)),
    )
    fit = [
        fitting
        for unit in filter(found.is_about, units)
        if (fitting := _fitting(unit, lambda u, text: can_answer(u.number, text, is_row=u.is_row)))
    ]
    if _HOW_MANY.search(read) and not (hints or found.amounts):
        fit = _told_apart(fit, asked)
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


def _cell_quoted(cell: FoundCell, can_answer: Callable[..., bool]) -> Quotation | None:
    """A cell that can answer, with its table's name where that is needed."""
    # What is counted may be named above the table alone: "Subscriptions: Q2, 2024: 3,480".
    for said in (cell.text, f"{cell.table}: {cell.text}"):
        if can_answer(cell.number, said, is_row=True):
            quoted = Quotation(cell.number, said, cell.score, confidence=cell.confidence)
            return replace(quoted, leaves_rest=cell.leaves_rest)
    return None


def _fitting(unit: TextUnit, can_answer: Callable[[TextUnit, str], bool]) -> TextUnit | None:
    """A sentence that can answer, alone or with the one before or behind it."""
    for text in (unit.whole, *unit.joined):
        if can_answer(unit, text):
            return unit if text is unit.whole else replace(unit, whole=text, is_joined=True)
    return None


def _told_apart(units: Sequence[TextUnit], asked: frozenset[str]) -> list[TextUnit]:
    """Without rows that a question does not single out: three of a hundred would be any three."""

    def told(unit: TextUnit) -> tuple[int, frozenset[str]]:
        return unit.number, unit.stems & asked

    alike = Counter(told(unit) for unit in units if unit.is_row)
    return [unit for unit in units if not unit.is_row or alike[told(unit)] <= MOST]


def aboutness(question: str, passages: Sequence[Quotable]) -> float | None:
    """How much the best sentence is about a question, as `ENOUGH_WITH_SIMILAR` measures it.

    None where that is not known: of passages without a cosine, or a question without words.
    """
    wording = QuestionWords.of(question)
    _, asked = needed_words(question, wording)
    counted = counted_words(asked, question)
    found = [
        share_of(counted, unit) + SIMILAR * unit.similarity
        for rank, passage in enumerate(passages)
        for unit in units_of(passage, rank, wording)
        if unit.similarity is not None
    ]
    return max(found, default=None) if asked else None


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
    wants_amount: bool
    amounts: tuple[Amount, ...] = ()

    def quotation(self, unit: TextUnit) -> Quotation:
        """One that is about the question, scored from 0 to about 1.5."""
        hinted = share_of(self.hinted, unit)
        score = share_of(self.asked, unit) + HINTED * hinted
        if self.wants_number and HAS_NUMBER.search(unit.read):
            score += NUMBER_BONUS
        if self.wants_amount and STATES_AMOUNT.search(unit.text):
            score += AMOUNT_BONUS
        if unit.is_row:
            score -= ROW_MALUS
        if unit.is_joined:
            score -= JOINED_MALUS
        # The search's own order decides between equals.
        return Quotation(
            unit.number, unit.whole, score - 0.01 * unit.rank, hinted, self._slack(unit.read)
        )

    def _slack(self, text: str) -> float | None:
        ranges = ranges_in(text) if self.amounts else []
        return min(
            (r.slack(a) for r in ranges for a in self.amounts if r.contains(a)), default=None
        )

    def is_about(self, unit: TextUnit) -> bool:
        """Whether it speaks of what is asked, and of the release that is."""
        if any(version not in unit.read for version in self.versions):
            return False
        share = share_of(self.counted, unit)
        if unit.similarity is not None:
            is_english = unit.wording.is_english
            counts, enough = _BOTH if is_english else ELSEWHERE
            is_met = is_english or len(self.asked) > FEW or share >= MOST_OF_FEW
            return is_met and share + counts * unit.similarity >= enough
        return share >= (ENOUGH if len(self.asked) > FEW else ENOUGH_OF_FEW)


def _distinct(found: Sequence[Quotation]) -> list[Quotation]:
    chosen: list[Quotation] = []
    for quotation in found:
        if not any(_say_the_same(quotation.text, other.text) for other in chosen):
            chosen.append(quotation)
    return chosen[:MOST]


def _say_the_same(one: str, other: str) -> bool:
    stems, others = stems_of(one), stems_of(other)
    return one in other or other in one or len(stems & others) >= 0.8 * len(stems | others)
