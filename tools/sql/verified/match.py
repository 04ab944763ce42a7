"""Whether a question says what a verified one says, with other values, periods and numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product

from tools.language.pack import LanguagePack
from tools.language.periods import written_forms
from tools.sql.verified.alike import is_of_another, may_be_meant, meant
from tools.sql.verified.names import Names
from tools.sql.verified.reading import Piece, SaidItem, asks_whether as begins_whether, items_of
from tools.sql.verified.template import Literals, NumberSlot, PeriodSlot, Template, ValueSlot

_MOST_WAYS = 200
_MOST_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question taken apart: its pieces, in the language that it is in."""

    text: str
    pack: LanguagePack
    tokens: tuple[Piece, ...]
    names: Names


@dataclass(frozen=True, slots=True)
class SpokenValue:
    """A stored value that stands in a question, from a piece to before another."""

    first: int
    behind: int
    literal: str


@dataclass(frozen=True, slots=True)
class Filling:
    """What a question puts into a template: the statement's new literals, and what was said."""

    literals: tuple[tuple[tuple[bool, str], str], ...]
    said: tuple[tuple[str, str], ...] = ()


def may_fit(template: Template, asked: AskedQuestion) -> bool:
    """Whether it is worth looking for values: all that the template says besides is there."""
    if begins_whether(asked.tokens, asked.pack) != template.asks_whether:
        return False
    items = items_of(asked.tokens, asked.pack, asked.names, sums=template.sums)
    return any(
        _has_all(wording, items) for wording in (template, *_without_kinds(template))
    ) or may_be_meant(template, items, asked.pack, asked.names)


def _has_all(template: Template, items: Sequence[SaidItem]) -> bool:
    fixed = [one for one in template.items if one.slot is None]
    return all(any(_says_the_same(one, item, template) for item in items) for one in fixed)


def fillings(
    template: Template,
    asked: AskedQuestion,
    values: Mapping[int, Sequence[SpokenValue]],
    *,
    strict: bool,
) -> Iterator[Filling]:
    """The ways in which the question is the template's with other values; `values` are by slot."""
    places = [at for at, slot in enumerate(template.slots) if isinstance(slot, ValueSlot)]
    ways = product(*(values.get(at, ()) for at in places))
    for _, way in zip(range(_MOST_WAYS), ways, strict=False):
        chosen = dict(zip(places, way, strict=True))
        if _overlap(way) or _has_more(chosen, values):
            continue
        items = items_of(_pieces(asked, chosen), asked.pack, asked.names, sums=template.sums)
        for wording in (template, *_without_kinds(template)):
            pairs = aligned(wording, items, strict=strict or template.is_strict)
            filled = _in_slots(wording, pairs) if pairs is not None else None
            filling = _filling(wording, asked, chosen, filled) if filled is not None else None
            if filling is not None:
                yield filling
                break
        else:
            filled = (
                None if strict else meant(template, items, asked.tokens, asked.pack, asked.names)
            )
            filling = _filling(template, asked, chosen, filled) if filled is not None else None
            if filling is not None:
                yield filling


def _without_kinds(template: Template) -> Iterator[Template]:
    """The template without the word for what a value names, "the boat" of "the boat Osprey"."""
    for at, (item, after) in enumerate(pairwise(template.items)):
        slot = template.slots[after.slot] if after.slot is not None else None
        if isinstance(slot, ValueSlot) and item.slot is None:
            kinds = {f"t:{table.lower()}" for table, _ in slot.columns}
            if item.names & kinds and item.bound == after.bound:
                yield replace(template, items=(*template.items[:at], *template.items[at + 1 :]))


def aligned(
    template: Template, items: Sequence[SaidItem], *, strict: bool
) -> list[SaidItem] | None:
    """The question's item for each of the template's; None where one of either is left over."""
    if len(items) != len(template.items):
        return None
    free, found = list(range(len(items))), list[int]()
    for one in template.items:
        at = next((at for at in free if _is_same(one, items[at], template, strict=strict)), None)
        if at is None:
            return None
        free.remove(at)
        found.append(at)
    told = [at for one, at in zip(template.items, found, strict=True) if strict or _has_place(one)]
    return [items[at] for at in found] if told == sorted(told) else None


def _is_same(one: SaidItem, other: SaidItem, template: Template, *, strict: bool) -> bool:
    strict = strict or is_of_another(one, template)
    if one.kind != other.kind or _bound(one, strict=strict) != _bound(other, strict=strict):
        return False
    if one.slot is None:
        return _says_the_same(one, other, template)
    slot = template.slots[one.slot]
    match slot:
        case ValueSlot():
            return other.slot == one.slot
        case PeriodSlot():
            return other.period is not None and other.period.grain == slot.period.grain
        case NumberSlot():
            return other.number is not None


def _says_the_same(one: SaidItem, other: SaidItem, template: Template) -> bool:
    """Whether two words say the same: one word, one thing of the schema, or by their groups."""
    if one.kind != other.kind or (one.number, one.period) != (other.number, other.period):
        return False
    if one.names and other.names:
        return one.names == other.names or bool(one.names & other.names & template.reads)
    if one.key == other.key:
        return True
    if other.names and not other.names & template.reads:
        return False
    return bool(one.groups & other.groups)


def _bound(item: SaidItem, *, strict: bool) -> tuple[str, ...]:
    return item.bound if strict else tuple(key for key in item.bound if key != "from")


def _in_slots(template: Template, items: Sequence[SaidItem]) -> Mapping[int, SaidItem]:
    pairs = zip(template.items, items, strict=True)
    return {one.slot: item for one, item in pairs if one.slot is not None}


def _has_place(item: SaidItem) -> bool:
    """Whether the order tells what is asked of what: among tables and columns, not figures."""
    is_named = any(not name.startswith("m:") for name in item.names)
    return is_named and "PER" not in item.bound


def _overlap(way: Sequence[SpokenValue]) -> bool:
    taken = [at for one in way for at in range(one.first, one.behind)]
    return len(taken) != len(set(taken))


def _has_more(
    chosen: Mapping[int, SpokenValue], values: Mapping[int, Sequence[SpokenValue]]
) -> bool:
    """Whether the question says another value of a slot's columns: "in Oslo and Bergen"."""
    taken = {at for one in chosen.values() for at in range(one.first, one.behind)}
    spoken = (
        at for found in values.values() for one in found for at in range(one.first, one.behind)
    )
    return not taken.issuperset(spoken)


def _pieces(asked: AskedQuestion, chosen: Mapping[int, SpokenValue]) -> list[Piece | SaidItem]:
    begins = {value.first: (slot, value) for slot, value in chosen.items()}
    pieces: list[Piece | SaidItem] = []
    at = 0
    while at < len(asked.tokens):
        if at in begins:
            slot, value = begins[at]
            pieces.append(SaidItem("value", "", slot=slot))
            at = value.behind
        else:
            pieces.append(asked.tokens[at])
            at += 1
    return pieces


def _filling(
    template: Template,
    asked: AskedQuestion,
    chosen: Mapping[int, SpokenValue],
    items: Mapping[int, SaidItem],
) -> Filling | None:
    literals: dict[tuple[bool, str], str] = {}
    said: list[tuple[str, str]] = []
    for at, value in chosen.items():
        slot = template.slots[at]
        if isinstance(slot, ValueSlot):
            literals[slot.literal] = value.literal
            said.append((slot.spoken, _said(asked, value)))
    for at, item in items.items():
        slot = template.slots[at]
        if isinstance(slot, ValueSlot):
            continue
        new = _new_literals(slot, item)
        if new is None:
            return None
        literals |= new
        said.append((slot.spoken, item.text))
    changed = tuple(pair for pair in said if pair[0].lower() != pair[1].lower())
    return Filling(tuple(literals.items()), changed)


def _new_literals(
    slot: PeriodSlot | NumberSlot, item: SaidItem
) -> Mapping[tuple[bool, str], str] | None:
    """The literals for another period or number; None where it can be none."""
    if isinstance(slot, PeriodSlot):
        forms = dict(written_forms(item.period)) if item.period is not None else {}
        return {key: forms[form] for key, form in slot.forms}
    number = float(item.number or 0)
    if slot.is_limit and not (number.is_integer() and 0 < number <= _MOST_ROWS):
        return None
    return {slot.literal: f"{number:.0f}" if number.is_integer() else repr(number)}


def _said(asked: AskedQuestion, value: SpokenValue) -> str:
    first, last = asked.tokens[value.first], asked.tokens[value.behind - 1]
    return asked.text[first.begin : last.end]


def literals_of(filling: Filling) -> Literals:
    """The statement's new literals."""
    return dict(filling.literals)
