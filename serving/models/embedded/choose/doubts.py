"""What makes a statement doubtful however well its words fit: rows put together that nobody asked for."""

import re

from serving.models.embedded.english.triggers import Kind
from serving.models.embedded.form.conditions import IsNull
from serving.models.embedded.form.frame import Frame
from serving.models.embedded.scan.resolve import Resolved
from serving.models.embedded.schema.targets import ColumnRef

LOSSES = (
    "idle",
    "unplaced_heads",
    "unplaced_unasked",
    "unplaced_several",
    "lost_groups",
    "lost_predicates",
    "lost_clauses",
    "unplaced_limits",
    "unplaced_modifiers",
    "echo",
    "undated",
    "unmeasured",
    "unnamed",
    "nobody",
    "unasked_groups",
    "far_groups",
    "timeless",
    "crowd",
)
"""Features of a statement that leaves out what was asked, or says more."""
_PARTING = frozenset({Kind.GROUP, Kind.BY, Kind.BUCKET, Kind.MOST, Kind.SUPERLATIVE, Kind.TOP})
_NOW = frozenset({"now", "currently"})
_ONE_ASKED = re.compile(
    r"(?:^|, |\band )\W*(?:what(?:'s| is| was| does| did| will| would)|how much|when (?:is|was|did|does|will))\b",
    re.I,
)
_EACH = frozenset("each every all any per list both respectively".split())
MANY = 20
"""Rows from which they are no answer to a question for one thing."""
_VAGUE = 0.6
"""The quality of a name of which only a part is said."""


def doubts(question: str, choice: Resolved, frame: Frame) -> dict[str, float]:
    """What speaks against a statement, by name.

    "How many night drives" asks for one number (`unasked_groups`); "for each way" names no way of
    payment that nothing else speaks of (`far_groups`); rows of another table may be of any time
    where it is asked what is so now (`timeless`), unless some of them have no end yet. "What does a
    visit cost" asks for one thing, and no list (`asks_one`; a list is a `crowd`).
    """
    said = question.lower().split()
    kinds = {item.kind for item in choice.items}
    is_one_number = said[:2] == ["how", "many"] and kinds.isdisjoint(_PARTING)
    is_one = bool(_ONE_ASKED.search(question)) and _EACH.isdisjoint(said)
    is_now = not _NOW.isdisjoint(word.strip(".?!,") for word in said)
    vague = {item.meaning for item in choice.items if item.quality < _VAGUE}
    far = (g for g in frame.groups if isinstance(g, ColumnRef) and g.table != frame.head)
    return {
        "unasked_groups": float(is_one_number and bool(frame.groups) and "and" not in said),
        "far_groups": float(any(group in vague for group in far)),
        "asks_one": float(is_one and kinds.isdisjoint(_PARTING - {Kind.SUPERLATIVE, Kind.TOP})),
        "timeless": float(
            is_now and bool(set(frame.context) - {frame.head}) and not _goes_on(frame)
        ),
    }


def _goes_on(frame: Frame) -> bool:
    """Whether a condition keeps rows that have no end yet."""
    return any(isinstance(one.condition, IsNull) for one in frame.filters)
