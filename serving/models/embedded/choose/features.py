"""The features of a reading that are known before its statement is run."""

from serving.models.embedded.english.triggers import Kind
from serving.models.embedded.rules.parse import Parse
from serving.models.embedded.scan.mentions import Scan
from serving.models.embedded.scan.resolve import Resolved
from serving.models.embedded.schema.targets import ColumnRef, TableRef, Target
from serving.models.embedded.schema.values import Stored
from serving.models.embedded.sql.statement import Statement

FAINT, WEAK, _PLAIN = 0.45, 0.7, 0.95
"""Qualities below which a name is left out, is doubtful, or is only a part of one."""
_KINDS = frozenset("kind kinds sort sorts type types".split())
_RANKING = frozenset({Kind.SUPERLATIVE, Kind.TOP})
_ARTICLES = frozenset("a an the its their any some same all".split())
_GROUPING = frozenset("per by each every".split())
_COPULA = frozenset("is are was were".split())
_ASKING = frozenset("who whom whose what which where when why how".split())
_RESTRICTING = frozenset("of by on with for from in at to have has had having without".split())
_NAMES = Target | Stored
"""What a question names of the schema."""


def known_of(
    found: Scan, choice: Resolved, read: Parse, written: Statement, best: float
) -> dict[str, float]:
    """What speaks for and against a statement: what its words are, what they lose, how large it is."""
    named = [i for i in choice.items if isinstance(i.meaning, _NAMES)]
    asked = [i for i in choice.items if isinstance(i.meaning, ColumnRef)]
    first = min((i.start for i in named), default=len(found.words))
    lost = [at for at, word in enumerate(found.words) if word in found.unplaced]
    things = {i.end for i in choice.items if isinstance(i.meaning, TableRef | ColumnRef)}
    return {
        "gap": best - choice.score,
        "fit": sum(i.quality for i in named) / len(named) if named else 0.0,
        "worst": min((i.quality for i in named), default=0.0),
        "strongest": max((i.quality for i in named), default=0.0),
        "doubtful": float(sum(i.quality < WEAK for i in named)),
        "parts": float(sum(isinstance(i.meaning, Stored) and not i.meaning.whole for i in named)),
        "idle": float(len(read.idle)),
        "unplaced": float(len(found.unplaced)),
        "unplaced_share": len(found.unplaced) / max(1, len(found.unplaced) + len(choice.items)),
        "unplaced_first": float(any(at < first for at in lost)),
        "unplaced_names": float(sum(found.words[at].text[:1].isupper() for at in lost)),
        "unplaced_heads": float(len(_lost_heads(found, choice, lost))),
        "unplaced_several": float(len(lost) > 1),
        "unplaced_objects": float(sum(_object_of(found, at) is not None for at in lost)),
        "unplaced_limits": float(sum(_object_of(found, at) in things for at in lost)),
        "unplaced_modifiers": float(sum(at + 1 in {i.start for i in named} for at in lost)),
        "lost_groups": float(sum(_follows(found, at, _GROUPING) for at in lost)),
        "lost_predicates": float(sum(_follows(found, at, _COPULA) for at in lost)),
        "lost_clauses": float(not read.frame.is_asked_too and _lost_clauses(found, choice)),
        "unplaced_unasked": float(bool(lost) and not (asked or read.frame.measures)),
        "tied": float(len(found.tied)),
        "nothing_named": float(not named),
        "words": len(found.words) / 10,
        "joins": float(written.joins),
        "nested": float(written.nested),
        "only_spoken_of": float(len(set(read.frame.context))),
        "filters": float(len(read.frame.filters)),
        "columns": float(len(read.frame.columns)),
        "measures": float(bool(read.frame.measures)),
        "groups": float(bool(read.frame.groups)),
        "ordered": float(read.frame.order is not None),
    }


def _follows(found: Scan, at: int, words: frozenset[str]) -> bool:
    """Whether a word stands behind one of these: "per warehouse", "are microchipped"."""
    while at > 0 and found.words[at - 1].lower in _ARTICLES:
        at -= 1
    return at > 0 and found.words[at - 1].lower in words


def _lost_clauses(found: Scan, choice: Resolved) -> int:
    """Further questions of which nothing was understood: "… and who owned them"."""
    starts = [
        n
        for n, word in enumerate(found.words)
        if n and word.lower in _ASKING
        if found.words[n - 1].lower == "and"
    ]
    return sum(not any(item.start >= start for item in choice.items) for start in starts)


def _object_of(found: Scan, at: int) -> int | None:
    """The place behind what a lost word restricts: "orders of wolves", "with parking"."""
    while at > 0 and found.words[at - 1].lower in _ARTICLES:
        at -= 1
    return at - 1 if at > 0 and found.words[at - 1].lower in _RESTRICTING else None


def _lost_heads(found: Scan, choice: Resolved, lost: list[int]) -> list[int]:
    """Lost words that carry the sense: "opening hour", "last winter", "phone number", which is no count."""
    described = {
        item.end
        for item in choice.items
        if isinstance(item.meaning, ColumnRef | TableRef) and item.quality < _PLAIN
    }
    numbers = {
        item.start - 1
        for item in choice.items
        if item.kind is Kind.COUNT and item.text.lower().startswith("number")
    }
    ranked = {item.end for item in choice.items if item.kind in _RANKING}
    return [at for at in lost if at in described | numbers | ranked | _amounts(found)]


def _amounts(found: Scan) -> set[int]:
    """The places of what an amount or a number is asked of: "how much stock", "how many kilos"."""
    said = [word.lower for word in found.words]
    asked = (["how", "much"], ["how", "many"])
    places = (at + 2 for at in range(len(said) - 2) if said[at : at + 2] in asked)
    return {place for place in places if said[place] not in _KINDS}
