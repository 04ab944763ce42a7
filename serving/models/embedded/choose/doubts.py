"""What makes a statement doubtful however well its words fit: rows put together that nobody asked for."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from serving.models.embedded.choose.references import RANKING, loses_reference
from serving.models.embedded.english.asides import RESTRICTS, SENTENCES
from serving.models.embedded.english.triggers import TIME, Kind, Trigger
from serving.models.embedded.english.words import split
from serving.models.embedded.form.conditions import HasPartners, IsNull, columns_of
from serving.models.embedded.form.frame import Bucket, Frame
from serving.models.embedded.form.measures import Measure
from serving.models.embedded.scan.mentions import Scan
from serving.models.embedded.scan.resolve import Item, Resolved
from serving.models.embedded.schema.period_columns import takes_one_of_several
from serving.models.embedded.schema.targets import ColumnRef, TableRef
from serving.models.embedded.schema.values import Stored
from tools.sql.schema import Column, Schema

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
    "roughly_counted",
    "unranked",
    "timeless",
    "crowd",
    "unshown",
    "lost_restrictions",
    "each_of_nothing",
    "one_of_several",
    "counts_itself",
    "shows_subject",
    "lost_denials",
    "lost_references",
)
"""Features of a statement that leaves out what was asked, or says more."""
DOUBTS, DOUBTFUL = ("even", "undated_period", "ranked_otherwise", "lost_columns"), 0.2
"""Features of a statement that is no likelier right than wrong, and how likely it is at most."""
_PARTING = frozenset(
    {Kind.GROUP, Kind.BY, Kind.BUCKET, Kind.VERSUS, Kind.MOST, Kind.SUPERLATIVE, Kind.TOP}
)
_NOW = frozenset({"now", "currently"})
_ONE_ASKED = re.compile(
    r"(?:^|, |\band )\W*(?:what(?:'s| is| was| does| did| will| would)|how much|when (?:is|was|did|does|will))\b",
    re.I,
)
_ALONE = re.compile(r"[?,.;]\s*(?:and )?when\W*$", re.I)
_DONE = re.compile(r"\W*(?:what|how much|how many \w+) (?:did|does|do|has|have|had)\b", re.I)
_ARTICLES = frozenset(("the", "their", "its"))
_LISTING = _ARTICLES | {",", "and"}
_DENYING = frozenset("nobody none noone nothing never neither nor without only except".split())
_DOING = frozenset(("do", "does", "did"))
_EACH = frozenset("each every all any per list both respectively".split())
MANY = 20
"""Rows from which they are no answer to a question for one thing."""
_CLOSE = 0.005
"""How far apart two readings are that nothing tells from each other."""
_VAGUE, _ROUGH = 0.6, 0.45
"""The qualities of a name of which only a part is said, and of one that means something like it."""


def doubts(
    question: str,
    found: Scan,
    choice: Resolved,
    frame: Frame,
    next_best: Resolved | None,
    schema: Schema,
) -> dict[str, float]:
    """What speaks against a statement, by name.

    "How many night drives" asks for one number (`unasked_groups`); "for each way" names no way of
    payment that nothing else speaks of (`far_groups`), and "how many employees" counts no account
    managers (`roughly_counted`). "The dearest model of each family" is no family, and one number of all rows cannot be ranked
    (`unranked`). Rows
    of another table may be of any time where it is asked what is so now (`timeless`), unless some of
    them have no end yet. "What does a visit cost" asks for one thing, and no list (`asks_one`; a list
    is a `crowd`). What "is enough" has to be shown (`unshown`), and a word that is the name of two
    columns is as likely the other one (`even`), as is one of several dates of which none is named
    (`undated_period`). "The last repair of car 4" ranks no cars (`ranked_otherwise`). "What did each
    town bring in" asks for something of each, and no list of them (`each_of_nothing`). "The highest
    revenue" is not that of the first of several quarters (`one_of_several`), and how often a table has
    has each of its own keys is no number of anything (`counts_itself`). Of "name, country and phone",
    the phone is asked for like the others (`lost_columns`). "What do customers write about most" does
    not ask for a customer (`shows_subject`). A statement without the "nobody" of its question answers
    the opposite (`lost_denials`). "How many orders did that region place" is about one region, which
    the question does not name (`lost_references`).
    """
    said = [word.strip(".?!,") for word in question.lower().split()]
    is_of_others = any(table != frame.head for table in frame.context)
    kinds = {item.kind for item in choice.items}
    is_one_number = said[:2] == ["how", "many"] and kinds.isdisjoint(_PARTING)
    is_one = bool(_ONE_ASKED.search(question)) and _EACH.isdisjoint(said)
    is_now = not _NOW.isdisjoint(said)
    vague = {item.meaning for item in choice.items if item.quality < _VAGUE}
    counted = {measure.expression for measure in frame.measures if measure.function == "COUNT"}
    far = (g for g in frame.groups if isinstance(g, ColumnRef) and g.table != frame.head)
    return {
        "unasked_groups": float(is_one_number and bool(frame.groups) and "and" not in said),
        "far_groups": float(any(group in vague for group in far)),
        "roughly_counted": float(
            any(i.meaning in counted and i.quality < _ROUGH for i in choice.items)
        ),
        "unranked": float(
            _ranks_nothing(frame) or (bool(frame.groups) and _of_each(choice, frame))
        ),
        "asks_one": float(is_one and kinds.isdisjoint(_PARTING - {Kind.SUPERLATIVE, Kind.TOP})),
        "timeless": float(is_now and is_of_others and not _goes_on(frame)),
        "unshown": float("enough" in said and is_of_others),
        "lost_restrictions": float(
            _loses_restriction(question, choice) or _loses_question(question, found, choice, frame)
        ),
        "even": float(_is_even(choice, next_best)),
        "undated_period": float(bool(frame.assumed)),
        "ranked_otherwise": float(_ranks_others(choice, frame)),
        "each_of_nothing": float(_lists_groups(question, choice, frame)),
        "one_of_several": float(takes_one_of_several(question, _used(frame), schema)),
        "counts_itself": float(_counts_itself(frame, schema)),
        "lost_columns": float(_loses_column(found, choice, frame)),
        "lost_denials": float(any(word.lower in _DENYING for word in found.unplaced)),
        "lost_references": float(loses_reference(found, choice)),
        "shows_subject": float(_shows_subject(found, choice, frame)),
    }


def _of_each(choice: Resolved, frame: Frame) -> bool:
    """Whether things are ranked within groups, and the statement has the groups alone."""
    ranked: list[TableRef] = []
    is_within = False
    items = [item for item in choice.items if not isinstance(item.meaning, float)]
    for item, after in pairwise(items):
        if item.kind in RANKING and isinstance(after.meaning, TableRef):
            ranked.append(after.meaning)
        elif item.kind is Kind.GROUP and ranked:
            is_within = True
    shown = {group for group in frame.groups if isinstance(group, str)}
    return is_within and any(one.table not in shown for one in ranked)


def _ranks_nothing(frame: Frame) -> bool:
    """Whether a ranking is of one number, made of all rows: there is nothing that could come first."""
    if frame.order is None or frame.groups:
        return False
    if isinstance(frame.order.by, Measure):
        return frame.limit is not None and not frame.columns
    return bool(frame.measures)


def _ranks_others(choice: Resolved, frame: Frame) -> bool:
    """Whether the first or last of what a stored word says is asked, and others are ranked by a day."""
    by = frame.order.by if frame.order else None
    behind = [*choice.items[1:], None]
    for item, named, after in zip(choice.items, choice.items[1:], behind[1:], strict=False):
        is_ranked = isinstance(item.meaning, Trigger) and item.meaning.hints == TIME
        is_of_thing = after is not None and isinstance(after.meaning, TableRef) and not after.lead
        if is_ranked and isinstance(named.meaning, Stored) and not (named.lead or is_of_thing):
            own = named.meaning.column.table
            return isinstance(by, ColumnRef | Measure) and by.table != own
    return False


def _lists_groups(question: str, choice: Resolved, frame: Frame) -> bool:
    """Whether what each of several did is asked, and nothing is named but them: they are listed."""
    pairs = pairwise(choice.items)
    grouped = [behind.meaning for item, behind in pairs if item.kind is Kind.GROUP]
    named = [i.meaning for i in choice.items if isinstance(i.meaning, TableRef | ColumnRef)]
    is_listed = not (frame.measures or frame.order or frame.having)
    names_nothing = all(meaning in grouped for meaning in named)
    return bool(grouped) and is_listed and names_nothing and bool(_DONE.match(question))


def _loses_restriction(question: str, choice: Resolved) -> bool:
    """Whether nothing is read of a sentence that says which rows are meant: "Only those that came."."""
    begin = 0
    for sentence in SENTENCES.split(question.strip()):
        end = begin + len(split(sentence))
        is_read = any(begin <= item.start < end for item in choice.items)
        if begin and RESTRICTS.match(sentence) and not is_read:
            return True
        begin = end
    return False


def _loses_question(question: str, found: Scan, choice: Resolved, frame: Frame) -> bool:
    """Whether nothing is read of a further question at the end: "Did Ann book? When?"."""
    places = [n for n, word in enumerate(found.words) if word.lower == "when"]
    is_empty = bool(places) and all(item.start <= places[-1] for item in choice.items)
    return is_empty and bool(_ALONE.search(question)) and not frame.is_asked_too


def _is_even(choice: Resolved, other: Resolved | None) -> bool:
    """Whether one name only is another column of the same table there, just as well."""
    if other is None or len(other.items) != len(choice.items):
        return False
    pairs = zip(choice.items, other.items, strict=True)
    apart = [(one, two) for one, two in pairs if one.meaning != two.meaning]
    if len(apart) != 1 or apart[0][0].text != apart[0][1].text:
        return False
    one, two = apart[0]
    if not (isinstance(one.meaning, ColumnRef) and isinstance(two.meaning, ColumnRef)):
        return False
    gaps = (choice.score - other.score, one.quality - two.quality)
    return one.meaning.table == two.meaning.table and all(abs(gap) < _CLOSE for gap in gaps)


def left_silently(choice: Resolved, frame: Frame) -> list[Item]:
    """The columns that the question names and the statement does not use."""
    parted = [*frame.groups, frame.within, frame.order.by if frame.order else None]
    used = {*_used(frame), *(p.column if isinstance(p, Bucket) else p for p in parted)}
    nested = (one.condition for one in frame.filters)
    partners = (one.having.measure for one in nested if isinstance(one, HasPartners))
    used.update(column for measure in partners for column in measure.columns)
    named = (item for item in choice.items if isinstance(item.meaning, ColumnRef))
    return [item for item in named if item.meaning not in used]


def _loses_column(found: Scan, choice: Resolved, frame: Frame) -> bool:
    """Whether a word has no place, or is left out, that stands in a list with columns that are shown."""
    said = [word.lower for word in found.words]
    shown = [item for item in choice.items if item.meaning in frame.columns]
    starts, ends = {item.start for item in shown}, {item.end for item in shown}
    lost = {at: at + 1 for at, word in enumerate(found.words) if word in found.unplaced}
    lost |= {item.start: item.end for item in left_silently(choice, frame)}
    for start, end in lost.items():
        before, behind = start, end
        while before and said[before - 1] in _LISTING:
            before -= 1
        while behind < len(said) and said[behind] in _LISTING:
            behind += 1
        if before < start and before in ends and not _ARTICLES.issuperset(said[before:start]):
            return True
        if behind > end and behind in starts and all(item.start > start for item in choice.items):
            return True
    return False


def _used(frame: Frame) -> Iterator[ColumnRef]:
    """The columns that a statement shows, works with or compares."""
    yield from frame.columns
    ordered = [frame.order.by] if frame.order and isinstance(frame.order.by, Measure) else []
    for measure in (*frame.measures, *(one.measure for one in frame.having), *ordered):
        yield from measure.columns
    if frame.order and isinstance(frame.order.by, ColumnRef):
        yield frame.order.by
    for one in frame.filters:
        yield from columns_of(one.condition)


def _counts_itself(frame: Frame, schema: Schema) -> bool:
    """Whether rows are counted for each of their own keys: there is one of each."""
    ordered = [frame.order.by] if frame.order and isinstance(frame.order.by, Measure) else []
    counted = {m.table for m in (*frame.measures, *ordered) if m.function == "COUNT" and not m.per}
    keys = {name: [c.name for c in _columns(schema, name) if c.primary_key] for name in counted}
    return any(
        group in counted
        if isinstance(group, str)
        else isinstance(group, ColumnRef) and keys.get(group.table) == [group.column]
        for group in frame.groups
    )


def _shows_subject(found: Scan, choice: Resolved, frame: Frame) -> bool:
    """Whether the one who does it most is shown, where what is done most is asked for."""
    said = [word.lower for word in found.words]
    asks = said[:1] == ["what"] and not _DOING.isdisjoint(said[1:2])
    doers = [i.meaning.table for i in choice.items[:1] if isinstance(i.meaning, TableRef)]
    return asks and frame.order is not None and bool(doers) and doers == frame.groups


def _columns(schema: Schema, table: str) -> Sequence[Column]:
    found = schema.table(table)
    return found.columns if found else ()


def _goes_on(frame: Frame) -> bool:
    """Whether a condition keeps rows that have no end yet."""
    return any(isinstance(one.condition, IsNull) for one in frame.filters)
