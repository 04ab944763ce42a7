"""Which tool a question needs: the one that can say most about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from agent.sources.names import SourceNames
from serving.models.embedded.chat.carrying import carried
from serving.models.embedded.chat.clauses import clauses_of
from serving.models.embedded.chat.preview import DocumentPreview
from serving.models.embedded.chat.small_talk import is_small_talk, without_courtesy
from serving.models.embedded.choose.reader import Reader
from serving.models.embedded.english.length import in_one_line, is_too_long
from serving.models.embedded.english.triggers import Kind, Trigger
from serving.models.embedded.english.words import is_filler, split, stem
from serving.models.embedded.scan.mentions import Mention, Scan
from serving.models.embedded.scan.resolve import table_of
from tools.documents.terms import index_terms

BACK = re.compile(r"\b(?:its?|their|they|them|such|there|that|this|those|these)\b", re.IGNORECASE)
ASKS_FOR_RULES = re.compile(
    r"\s*(?:why|can|may|must|should|explain|what happens|how (?:to|do|can|should|must)(?! \w+ have))\b",
    re.IGNORECASE,
)
"""Questions about how things are done and what is allowed, which stand in text and not in rows."""
WITHIN = frozenset("of in with the a an from by on for that which who has have to and at".split())
_CLEAR = 1.0
"""Sureness of a reader that has a place for every word."""
_HALF, _MOST, _TELLING = 0.5, 0.8, 0.7
"""Shares of a question's words that a schema explains, and the score of a sentence that tells more."""
_NAMED = 0.1
"""What a table that is named plainly adds to how sure a reader is, beside other databases."""
_NEAR = 3
"""Words behind "how many" among which stands what is counted: "how many open support tickets"."""
SINGLES_OUT = (Kind.SUPERLATIVE, Kind.MOST, Kind.BEST_SELLING, Kind.TOP)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask of whom.

    `ask` is for the database of that name, None where none can say anything. `look_up` is for the
    documents, empty where they are not needed; with `waits`, it is phrased with what `ask` finds.
    With `otherwise`, the documents may know what the database declines. `rules` are sentences of the
    documents whose words stand in `ask`. A plan `is_clear` where
    nothing spoke for another (measured: .98 of those on shared questions are right, of the others .8).
    """

    database: str | None = None
    ask: str = ""
    look_up: str = ""
    waits: bool = False
    otherwise: bool = False
    is_clear: bool = False
    rules: tuple[str, ...] = ()


def source_names(readers: Mapping[str, Reader]) -> SourceNames:
    """What the databases call their tables and columns, and what their rows are called."""

    def holds(word: str) -> bool:
        return any(reader.values.is_kind(stem(word)) for reader in readers.values())

    return SourceNames.of({name: one.lexicon.schema for name, one in readers.items()}, holds)


def plan(question: str, readers: Mapping[str, Reader], documents: DocumentPreview | None) -> Plan:
    """Choose by how sure each database's reader is, and by what the documents could answer.

    `documents` is None where there are none. A question that nothing here is about is asked of
    nobody, and one that is too long for a reader of the documents.
    """
    question = in_one_line(question)
    if is_too_long(question) and documents is not None:
        return Plan(look_up=question)
    if is_small_talk(question):
        return Plan(is_clear=True)
    question = without_courtesy(question)
    sure = {name: _sureness(question, reader) for name, reader in readers.items()}
    if documents is None:
        best = _best(question, readers, sure)
        return Plan(best, question, is_clear=sure[best] >= _CLEAR) if best else Plan()
    return _weighed(question, readers, sure, documents.counting(counted_of(question, readers)))


def counted_of(question: str, readers: Mapping[str, Reader]) -> frozenset[str]:
    """The stems of what a question counts, where rows of a database are called so."""
    for reader in readers.values():
        found = reader.scanned(question)
        lower = [word.lower for word in found.words]
        if "many" not in lower:
            continue
        first = lower.index("many") + 1
        for mention in found.mentions:
            if first <= mention.start < first + _NEAR and mention.table:
                words = found.words[mention.start : mention.end]
                return frozenset(index_terms(" ".join(word.text for word in words)).split())
    return frozenset()


def _by_rule(
    question: str, readers: Mapping[str, Reader], documents: DocumentPreview
) -> Plan | None:
    """The question with a rule of the documents in place of what no database knows."""
    for one in carried(question, [*documents.sentences()]):
        for name, reader in readers.items():
            if _sureness(one.question, reader) >= _CLEAR:
                return Plan(name, one.question, " ".join(one.rules), rules=one.rules)
    return None


def _weighed(
    question: str,
    readers: Mapping[str, Reader],
    sure: Mapping[str, float],
    documents: DocumentPreview,
) -> Plan:
    quoted = documents(question)
    if ASKS_FOR_RULES.match(question) and (quoted or documents.means(question)):
        return Plan(look_up=question)
    best = _best(question, readers, sure)
    if best is not None and sure[best] >= _CLEAR:
        return Plan(best, question, otherwise=quoted > 0, is_clear=True)
    both = _by_rule(question, readers, documents) or _by_parts(question, readers, documents)
    if both is not None:
        return both
    quoted = quoted or documents.means(question) or documents.of_clauses(question)
    placed = {name: placed_share(question, reader) for name, reader in readers.items()}
    best = max(placed, key=lambda name: (placed[name], sure[name]), default=None)
    if best is not None and _is_for_rows(placed[best], quoted):
        is_clear = placed[best] >= _MOST and not quoted
        return Plan(best, question, otherwise=quoted > 0, is_clear=is_clear)
    if not quoted:  # what counts rows is declined by their database, which says what it lacks
        return Plan(best, question) if documents.rows and best else Plan()
    is_alone = best is None or placed[best] < _HALF
    return Plan(look_up=question, is_clear=is_alone and quoted >= _TELLING)


def _by_parts(
    question: str, readers: Mapping[str, Reader], documents: DocumentPreview
) -> Plan | None:
    parts = [_in_parts(question, name, reader) for name, reader in readers.items()]
    held = [part for part in parts if part and documents(part.look_up)]
    return max(held, key=lambda part: len(part.ask)) if held else None


def _is_for_rows(placed: float, quoted: float) -> bool:
    """Whether a schema says more of a question than the best sentence of the documents."""
    return placed >= _MOST or (placed >= _HALF and quoted < _TELLING)


def placed_share(question: str, reader: Reader) -> float:
    """The share of a question's words that have a place in the schema, once something is named."""
    found = reader.scanned(reader.asked(question))
    told = [word for word in found.words if not is_filler(word)]
    is_named = any(table_of(option.meaning) for m in found.mentions for option in m.options[:1])
    return 1 - len(found.unplaced) / len(told) if told and is_named else 0.0


def columns_with(text: str, reader: Reader) -> list[str]:
    """The columns that hold this text as a value, or have it in one."""
    found = reader.values.named(split(text))
    return [f"{stored.column.table}.{stored.column.column}" for stored in found]


def names_table(text: str, reader: Reader) -> bool:
    """Whether all that a text says is the name of a table."""
    scanned = reader.scanned(text)
    named = [mention for mention in scanned.mentions if mention.table]
    return len(named) == 1 and (named[0].start, named[0].end) == (0, len(scanned.words))


def targets_named(text: str, reader: Reader) -> list[str]:
    """The table, or else the columns, that all of a text names plainly: "regions", "customers.country"."""
    scanned = reader.scanned(text)
    whole = [m for m in scanned.mentions if (m.start, m.end) == (0, len(scanned.words))]
    if tables := [mention.table for mention in whole if mention.table]:
        return tables
    return [f"{ref.table}.{ref.column}" for mention in whole for ref in mention.columns]


def _sureness(question: str, reader: Reader) -> float:
    """How sure a reader is; words without a place leave the documents the better choice."""
    for best in reader.read(question)[:1]:
        if reader.is_sure(best):
            return best.confidence + (not best.unplaced)
        return best.confidence * reader.confidence.threshold
    return 0.0


def _best(question: str, readers: Mapping[str, Reader], sure: Mapping[str, float]) -> str | None:
    """The database whose reader is surest; of two that are about as sure, one with a table of that name.

    "How many customers are there" counts the rows of `customers`, and not what another database has
    in a column of bookings.
    """

    def weight(name: str) -> float:
        is_named = any(mention.table for mention in readers[name].scanned(question).mentions)
        return sure[name] + (_NAMED if is_named and len(sure) > 1 else 0.0)

    return max(sure, key=weight, default=None)


def _in_parts(question: str, name: str, reader: Reader) -> Plan | None:
    """A question of which the database knows a clause, or the one thing that is singled out."""
    clauses = clauses_of(question)
    known = [clause for clause in clauses if _sureness(clause, reader) >= _CLEAR]
    if known and len(clauses) > 1:
        look_up = " ".join(clause for clause in clauses if clause not in known)
        return Plan(name, known[0], look_up, waits=bool(BACK.search(look_up)))
    thing = _Singled(reader.scanned(question)).thing()
    if thing is not None:
        return Plan(name, f"Which is {thing}?", _without(question, thing), waits=True)
    return None


class _Singled:
    """The words of a question that single something out: "the cheapest plan of 2025"."""

    def __init__(self, found: Scan) -> None:
        self.words = found.words
        self.mentions = found.mentions
        self.placed = {at: m for m in found.mentions for at in range(m.start, m.end)}

    def thing(self) -> str | None:
        """The words, None without any."""
        for mention in self.mentions:
            if self._kind(mention) not in SINGLES_OUT:
                continue
            start, end = self._around(mention)
            # What is singled out stands behind the word: "the best PUE" singles out no row.
            behind = (self.placed[at] for at in range(mention.end, end) if at in self.placed)
            if any(self._is_named(one) for one in behind):
                return " ".join(word.text for word in self.words[start:end])
        return None

    def _around(self, mention: Mention) -> tuple[int, int]:
        start, end = mention.start, mention.end
        while start > 0 and self._belongs(start - 1):
            start -= 1
        while end < len(self.words) and self._belongs(end):
            end += 1
        # "at" before it and "of" behind it belong to the rest of the sentence.
        while start < mention.start and start not in self.placed and self._lower(start) != "the":
            start += 1
        while end > mention.end and end - 1 not in self.placed:
            end -= 1
        return start, end

    def _belongs(self, at: int) -> bool:
        if at in self.placed:
            return self._kind(self.placed[at]) is not Kind.COMPARE
        return self._lower(at) in WITHIN

    def _lower(self, at: int) -> str:
        return self.words[at].lower

    @staticmethod
    def _kind(mention: Mention) -> Kind | None:
        meaning = mention.options[0].meaning
        return meaning.kind if isinstance(meaning, Trigger) else None

    @staticmethod
    def _is_named(mention: Mention) -> bool:
        return any(table_of(option.meaning) for option in mention.options)


def _without(question: str, thing: str) -> str:
    """The question with a gap where the thing stands; the answer of the database goes there."""
    pattern = r"\W+".join(re.escape(word) for word in thing.split())
    return re.sub(pattern, "…", question, count=1, flags=re.IGNORECASE)
