"""Which tool a question needs: the one whose words explain it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from serving.models.embedded import values
from serving.models.embedded.lexicon import Lexicon
from serving.models.embedded.mentions import Mention, scan
from serving.models.embedded.periods import ANY_DAY
from serving.models.embedded.small_talk import is_small_talk
from serving.models.embedded.triggers import Kind
from serving.models.embedded.values import Values
from serving.models.embedded.words import Word, split
from tools.sql.schema import Schema

CLAUSES = re.compile(
    r",?\s+(?:and|but)\s+(?=(?:how|which|who|when|what|where|why|is|are|does|do)\b)|[?;]\s+(?=\S)",
    re.IGNORECASE,
)
BACK = re.compile(r"\b(?:its?|their|they|them|such|there|that|this|those|these)\b", re.IGNORECASE)
ASKS_FOR_RULES = re.compile(
    r"\s*(?:why|can|may|must|should|explain|what happens|how (?:to|do|can|should|must)(?! \w+ have))\b",
    re.IGNORECASE,
)
"""Questions about how things are done and what is allowed, which stand in text and not in rows."""
WITHIN = frozenset("of in with the a an from by on for that which who has have to and at".split())
SINGLES_OUT = (Kind.SUPERLATIVE, Kind.MOST, Kind.BEST_SELLING, Kind.TOP)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask of whom.

    `ask` is for the database of that name, None where none can say anything. `look_up` is for the
    documents, empty where they are not needed; with `waits`, it is phrased with what `ask` finds.
    """

    database: str | None = None
    ask: str = ""
    look_up: str = ""
    waits: bool = False


def plan(question: str, schemas: Mapping[str, Schema], *, has_documents: bool) -> Plan:
    """Choose by how much of the question each database's names and values explain."""
    if is_small_talk(question):
        return Plan()
    if has_documents and ASKS_FOR_RULES.match(question):
        return Plan(look_up=question)
    plans = [_plan_with(question, name, schema) for name, schema in schemas.items()]
    if not has_documents:
        chosen = next((p for p in plans if p.ask and not p.look_up), None)
        return chosen or (Plan(next(iter(schemas)), question) if schemas else Plan())
    # The database that explains most wins: all of the question, then a part of it, then nothing.
    ranked = sorted(plans, key=lambda p: (bool(p.ask), not p.look_up, len(p.ask)), reverse=True)
    return ranked[0] if ranked and ranked[0].ask else Plan(look_up=question)


def columns_with(text: str, schema: Schema) -> list[str]:
    """The columns of which a sample value is this text, or has it in it."""
    found = _samples(schema).named(split(text))
    return [f"{stored.column.table}.{stored.column.column}" for stored in found]


def _plan_with(question: str, name: str, schema: Schema) -> Plan:
    reading = Reading.of(question, schema)
    if reading.is_explained:
        return Plan(name, question)
    clauses = [clause for clause in CLAUSES.split(question) if clause.strip()]
    explained = [clause for clause in clauses if Reading.of(clause, schema).is_explained]
    if explained and len(clauses) > 1:
        others = [clause for clause in clauses if clause not in explained]
        look_up = " ".join(others)
        return Plan(name, explained[0], look_up, waits=bool(BACK.search(look_up)))
    thing = reading.thing()
    if thing is not None:
        return Plan(name, f"Which is {thing}?", _without(question, thing), waits=True)
    return Plan(name, look_up=question)


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a question with what a schema makes of them."""

    words: tuple[Word, ...]
    mentions: tuple[Mention, ...]

    @classmethod
    def of(cls, question: str, schema: Schema) -> "Reading":
        """Read a question with a schema's names, comments and sample values."""
        found = scan(question, Lexicon.of(schema), _samples(schema), ANY_DAY)
        return cls(split(question), found)

    @property
    def is_explained(self) -> bool:
        """Whether the schema has a place for every word; a proper name may be a stored value."""
        unknown = [m for m in self.mentions if not m.is_placed and not self._is_name(m)]
        return not unknown and any(_is_named(mention) for mention in self.mentions)

    def thing(self) -> str | None:
        """The words that single something out ("the cheapest plan of 2025"), None without any."""
        placed = {at: m for m in self.mentions if m.is_placed for at in range(m.start, m.end)}
        for mention in self.mentions:
            if mention.trigger is None or mention.trigger.kind not in SINGLES_OUT:
                continue
            start, end = self._around(mention, placed)
            # What is singled out stands behind the word: "the best PUE" singles out no row.
            if any(_is_named(placed[at]) for at in range(mention.end, end) if at in placed):
                return " ".join(word.text for word in self.words[start:end])
        return None

    def _around(self, mention: Mention, placed: Mapping[int, Mention]) -> tuple[int, int]:
        start, end = mention.start, mention.end
        while start > 0 and self._belongs(start - 1, placed):
            start -= 1
        while end < len(self.words) and self._belongs(end, placed):
            end += 1
        # "at" before it and "of" behind it belong to the rest of the sentence.
        while start < mention.start and start not in placed and self._lower(start) != "the":
            start += 1
        while end > mention.end and end - 1 not in placed:
            end -= 1
        return start, end

    def _belongs(self, at: int, placed: Mapping[int, Mention]) -> bool:
        compared = at in placed and placed[at].trigger is not None
        is_comparison = compared and placed[at].trigger.kind is Kind.COMPARE  # pyright: ignore[reportOptionalMemberAccess]
        return (at in placed and not is_comparison) or self._lower(at) in WITHIN

    def _lower(self, at: int) -> str:
        return self.words[at].lower

    def _is_name(self, mention: Mention) -> bool:
        return mention.start > 0 and mention.text[:1].isupper()


def _is_named(mention: Mention) -> bool:
    return bool(mention.names or mention.values)


def _without(question: str, thing: str) -> str:
    """The question with a gap where the thing stands; the answer of the database goes there."""
    pattern = r"\W+".join(re.escape(word) for word in thing.split())
    return re.sub(pattern, "…", question, count=1, flags=re.IGNORECASE)


@lru_cache(maxsize=32)
def _samples(schema: Schema) -> Values:
    return values.samples(schema)
