"""Whether a question says in other words what a verified statement does, and nothing else.

Each part of the statement has to be spoken of: what is worked out and of what, what is listed, what
rows are put together and ordered by. Nothing in the question may be left over.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from tools.language.pack import LanguagePack
from tools.sql.verified.items import (
    WORKED_OUT,
    conditions,
    deeds,
    is_class,
    is_plain,
    is_said,
    is_superlative,
    one_root,
    operations,
    restrictions,
    with_none,
)
from tools.sql.verified.names import Names
from tools.sql.verified.reading import Piece, SaidItem
from tools.sql.verified.shape import StatementShape
from tools.sql.verified.template import NumberSlot, PeriodSlot, Template, ValueSlot


def may_be_meant(
    template: Template, items: Sequence[SaidItem], pack: LanguagePack, names: Names
) -> bool:
    """Whether it is worth looking for values: all that the statement is about is spoken of."""
    comparing = _comparing(template, pack, names)
    return comparing is not None and comparing.may_be(list(with_none(items)))


def meant(
    template: Template,
    items: Sequence[SaidItem],
    tokens: Sequence[Piece],
    pack: LanguagePack,
    names: Names,
) -> Mapping[int, SaidItem] | None:
    """The question's item for each slot; None where the question says less, more or otherwise."""
    comparing = _comparing(template, pack, names)
    return comparing.slots(list(items), tokens) if comparing is not None else None


def may_agree(
    template: Template,
    items: Sequence[SaidItem],
    tokens: Sequence[Piece],
    pack: LanguagePack,
    names: Names,
) -> bool:
    """Whether a question that is read as the statement may be in other words for it.

    It restricts by the same small words, and each of its words is of what the statement is about.
    """
    comparing = _comparing(template, pack, names)
    return comparing is not None and comparing.may_agree(list(with_none(items)), tokens)


def is_of_another(one: SaidItem, template: Template) -> bool:
    """Whether things are counted by what is another's, so that "from" it may be said of either."""
    slot, shape = template.slots[one.slot] if one.slot is not None else None, template.shape
    if not isinstance(slot, ValueSlot) or shape is None or shape.function != "COUNT":
        return False
    return shape.main not in {f"t:{table.lower()}" for table, _ in slot.columns}


def _comparing(template: Template, pack: LanguagePack, names: Names) -> "_Comparing | None":
    """How to compare with a template; None with one that only its own words may ask for."""
    if template.shape is None or template.is_strict or template.asks_whether:
        return None
    return _Comparing(template, template.shape, pack, names)


@dataclass(frozen=True)
class _Comparing:
    template: Template
    shape: StatementShape
    pack: LanguagePack
    names: Names

    def is_about(self, items: Sequence[SaidItem]) -> bool:
        """Whether each thing that has to be named is."""
        return all(any(self._says(one, item) for item in items) for one in self._required)

    def may_be(self, items: Sequence[SaidItem]) -> bool:
        """Whether it may be meant, whatever the values are: these are words like any yet."""
        periods = [sum(i.period is not None for i in some) for some in (self._timed, items)]
        return periods[0] == periods[1] and self._has_operations(items) and self.is_about(items)

    @property
    def _timed(self) -> Sequence[SaidItem | PeriodSlot]:
        slots = [slot for slot in self.template.slots if isinstance(slot, PeriodSlot)]
        return [*slots, *(one for one in self.template.items if one.period is not None)]

    def slots(
        self, items: list[SaidItem], tokens: Sequence[Piece]
    ) -> Mapping[int, SaidItem] | None:
        """The items that fill the slots, where all the rest agrees."""
        items = list(with_none(items))
        found = self._filled(items)
        if found is None or not self.is_about(items):
            return None
        left = [item for item in items if not any(item is one for one in found.values())]
        agrees = (
            self._works_out_the_same(items)
            and self._groups_the_same(left)
            and self._denies_the_same(items)
            and self._says_the_unspoken(left)
            and self._asks_alike(left)
            and self._asks_for_the_same(tokens, left)
            and all(self._has_place(item) for item in self._without_ways(items) if item in left)
            and self._in_order(left)
        )
        return found if agrees else None

    def may_agree(self, items: Sequence[SaidItem], tokens: Sequence[Piece]) -> bool:
        """Whether nothing is said that the statement does not do; a reading says what it does."""
        asked, said = ([*self._without_ways(some)] for some in (items, self.template.items))
        words = [item for item in items if item.kind == "word"]
        return (
            restrictions(asked) == restrictions(said)
            and self._asks_alike(words)
            and self._asks_for_the_same(tokens, words)
            and all(self._has_place(one) or self._is_part(one) for one in words)
        )

    def _is_part(self, item: SaidItem) -> bool:
        """Whether a word is one of a longer name of what is read: "hourly" of "hourly pay"."""
        return is_plain(item) and item.key in self.names.words_of(self._allowed)

    def _filled(self, items: Sequence[SaidItem]) -> dict[int, SaidItem] | None:
        found: dict[int, SaidItem] = {}
        free = [
            item for item in items if item.slot is not None or item.kind in ("number", "period")
        ]
        for one in self.template.items:
            if one.slot is None and one.kind not in ("number", "period"):
                continue
            item = next((item for item in free if self._fills(one, item)), None)
            if item is None:
                return None
            free = [other for other in free if other is not item]
            if one.slot is not None:
                found[one.slot] = item
        return None if free else found

    def _fills(self, one: SaidItem, item: SaidItem) -> bool:
        apart = conditions(one) ^ conditions(item)
        if apart - (set() if is_of_another(one, self.template) else {"from"}):
            return False
        if one.slot is None:
            return (one.kind, one.number, one.period) == (item.kind, item.number, item.period)
        match self.template.slots[one.slot]:
            case ValueSlot():
                return item.slot == one.slot
            case PeriodSlot(period=period):
                return item.period is not None and item.period.grain == period.grain
            case NumberSlot():
                return item.number is not None

    @cached_property
    def _required(self) -> Sequence[SaidItem]:
        """The items of the template that a question has to mention."""
        return [one for one in self.template.items if one.names and not one.names & self._implied]

    @cached_property
    def _implied(self) -> frozenset[str]:
        """What a value says of itself: its column, and the table of it if something else is listed."""
        columns = {
            pair
            for slot in self.template.slots
            if isinstance(slot, ValueSlot)
            for pair in slot.columns
        }
        tables = {f"t:{table.lower()}" for table, _ in columns} - self.shape.measured
        if self.shape.kind in ("list", "ranking"):
            listed = {f"t:{one[2:].rpartition('.')[0]}" for one in self.shape.outputs}
            tables -= listed if not self._is_kind_of_value() else frozenset()
        return frozenset({f"c:{table}.{name}".lower() for table, name in columns} | tables)

    def _is_kind_of_value(self) -> bool:
        """Whether the only thing that is named stands before its value, "the store Castle"."""
        named = [at for at, one in enumerate(self.template.items) if one.names]
        return all(
            self.template.items[at + 1].kind == "value"
            for at in named
            if at + 1 < len(self.template.items)
        ) and (not named or named[-1] + 1 < len(self.template.items))

    def _says(self, one: SaidItem, item: SaidItem) -> bool:
        """Whether an item says what one of the template's does, by its name, its group or its root."""
        if is_class(item) or is_class(one):
            return one.key == item.key and not one.names and not item.names
        if one.kind != item.kind:
            return False
        if one.names and item.names:
            shared = one.names & item.names
            return one.names == item.names or bool(shared & self.template.reads)
        if one.key == item.key or one.groups & item.groups:
            return True
        if is_plain(one) and is_plain(item):
            return self._is_one_deed(one, item)
        return self._is_near(item, one.names) if one.names else self._is_near(one, item.names)

    def _is_one_deed(self, one: SaidItem, item: SaidItem) -> bool:
        said, asked = ([word.key, *deeds(word, self.pack)] for word in (one, item))
        return any(one_root(word, other) for word in said for other in asked)

    def _is_near(self, item: SaidItem, things: frozenset[str]) -> bool:
        """Whether a word is of the root, or the group, of a word in the names of things."""
        pack = self.pack
        if item.names or item.kind != "word" or is_class(item):
            return False
        stems = self.names.words_of(things)
        said = [item.key, *deeds(item, pack)]
        return any(
            item.groups & pack.groups.get(stem, frozenset())
            or any(one_root(word, stem) for word in said)
            for stem in stems
        )

    @cached_property
    def _allowed(self) -> frozenset[str]:
        """What a question may name besides: columns that are read, and what values are values of."""
        said = (one.names for one in self.template.items)
        columns = {one for one in self.template.reads if not one.startswith("t:")}
        return self._implied.union(columns, *said)

    def _has_place(self, item: SaidItem) -> bool:
        """Whether an item is something of the template's, or names what the statement reads."""
        if conditions(item) - {"NOT"}:
            return False
        if is_class(item):
            return item.key in WORKED_OUT or any(item.key == o.key for o in self.template.items)
        if any(self._says(one, item) for one in self.template.items):
            return True
        if item.names:
            tables = {one for one in item.names if one.startswith("t:")}
            return bool(item.names & self._allowed) and tables <= self._allowed
        return self._is_near(item, self._allowed)

    def _without_ways(self, items: Sequence[SaidItem]) -> Iterator[SaidItem]:
        """The items without a "to" that only one join can mean: "deliveries to Leeds"."""
        has_ways = any(one.key == "TO" or "from" in one.bound for one in self.template.items)
        for item, behind in pairwise([*items, None]):
            if item is None:
                continue
            is_led_to = behind is not None and (behind.slot is not None or self._is_figure(behind))
            if has_ways or not (is_class(item) and item.key == "TO" and is_led_to):
                yield item

    def _is_figure(self, item: SaidItem) -> bool:
        return any(one.startswith("m:") for one in item.names) or bool(
            item.names & self.shape.measured
        )

    def _works_out_the_same(self, items: Sequence[SaidItem]) -> bool:
        counted = [item for item in items if "COUNT" in item.bound]
        return self._has_operations(items) and all(map(self._is_measure, counted))

    def _has_operations(self, items: Sequence[SaidItem]) -> bool:
        """Whether the words that ask for a figure, or an order, are those of the statement."""
        asked, shape = operations(items), self.shape
        del asked["MUCH"]
        if shape.function in ("SUM", "COUNT") or self.template.sums:
            del asked["SUM"]
        wanted = Counter([shape.function] if shape.function not in ("", "SUM") else [])
        if shape.kind == "ranking":
            del asked["COUNT"], wanted["COUNT"]
            wanted["MOST" if shape.descends else "LEAST"] += 1
        elif shape.function != "COUNT" and "COUNT" in operations(self.template.items):
            wanted["COUNT"] += 1
        return asked == wanted

    def _is_measure(self, item: SaidItem) -> bool:
        said = [one for one in self.template.items if "COUNT" in one.bound]
        if any(self._says(one, item) for one in said):
            return True
        return bool(item.names & self.shape.measured) or self._is_near(item, self.shape.measured)

    def _groups_the_same(self, left: Sequence[SaidItem]) -> bool:
        wanted = [one for one in self.template.items if "PER" in one.bound]
        asked = [item for item in left if "PER" in item.bound]
        if self.shape.kind == "ranking":
            known = [one for one in self.template.items if one.names]
            return all(any(self._says(one, item) for one in known) for item in asked)
        both = all(any(self._says(one, item) for one in wanted) for item in asked)
        return both and all(any(self._says(one, item) for item in asked) for one in wanted)

    def _denies_the_same(self, items: Sequence[SaidItem]) -> bool:
        wanted = [one for one in self.template.items if "NOT" in one.bound]
        asked = [item for item in items if "NOT" in item.bound]
        if len(wanted) != len(asked) or sum(item.bound.count("NOT") for item in asked) != len(
            asked
        ):
            return False
        return all(self._says(one, item) for one, item in zip(wanted, asked, strict=True))

    def _says_the_unspoken(self, left: Sequence[SaidItem]) -> bool:
        """Whether what only a verb of the template speaks of is said: by it, or by its name."""
        unspoken = self._unspoken
        if all(any(self._speaks_of(item, part) for item in left) for part in unspoken):
            return True
        words = [one for one in self.template.items if is_plain(one)]
        return all(any(self._says(one, item) for item in left) for one in words)

    def _asks_alike(self, left: Sequence[SaidItem]) -> bool:
        """Whether both ask when, where or why; "the opening date" asks when."""
        asks = self.template.pack.asks
        words = [one for one in self.template.items if is_plain(one) and one.key in asks]
        return all(any(self._says(one, item) for item in left) for one in words)

    def _speaks_of(self, item: SaidItem, part: str) -> bool:
        return part in item.names or self._is_near(item, frozenset({part}))

    @cached_property
    def _unspoken(self) -> frozenset[str]:
        """The parts of the statement that neither a name nor a value of the template's says."""
        shape = self.shape
        said = frozenset[str]().union(*(one.names for one in self.template.items))
        keys = set(self._slot_literals())
        slotted = {thing for thing, key in shape.restricted if key in keys}
        if any(one.startswith("m:") for one in said):
            said |= shape.measured | {f"t:{one[2:].rpartition('.')[0]}" for one in shape.measured}
        said |= slotted - self._compared()
        parts = {one for one in self.template.reads if one.startswith("t:")}
        parts |= {thing for thing, key in shape.restricted if key not in keys}
        parts |= shape.measured | self._compared()
        if shape.kind == "list" and self._is_kind_of_value():
            parts |= set(shape.outputs)
        return frozenset(part for part in parts if not is_said(part, said))

    def _compared(self) -> frozenset[str]:
        """The columns that a number of the question is compared with; a number does not say which."""
        numbers = {
            slot.literal
            for slot in self.template.slots
            if isinstance(slot, NumberSlot) and not slot.is_limit
        }
        return frozenset(thing for thing, key in self.shape.restricted if key in numbers)

    def _slot_literals(self) -> Iterator[tuple[bool, str]]:
        for slot in self.template.slots:
            if isinstance(slot, PeriodSlot):
                yield from (key for key, _ in slot.forms)
            else:
                yield slot.literal

    def _asks_for_the_same(self, tokens: Sequence[Piece], left: Sequence[SaidItem]) -> bool:
        """Whether one figure is not asked for as if it were rows: "which customers", "who"."""
        if self.shape.kind != "figure":
            return True
        pack = self.pack
        if any(token.text.lower() in pack.who for token in tokens[:2]):
            return False
        asked = any(token.text.lower() in pack.which for token in tokens[:3])
        named = [item for item in left if item.names]
        return not asked or (bool(named) and self._is_told(named[0]))

    def _is_told(self, item: SaidItem) -> bool:
        figures = [one for one in self.template.items if one.names and not one.names & self._kinds]
        return any(self._says(one, item) for one in figures)

    @cached_property
    def _kinds(self) -> frozenset[str]:
        return frozenset(one for one in self._allowed if one.startswith("t:"))

    def _in_order(self, left: Sequence[SaidItem]) -> bool:
        """Whether what is listed is named first, as it is in the template."""
        if self.shape.kind not in ("list", "ranking"):
            return True
        ordered = [item for item in left if item.names & self._kinds and is_superlative(item)]
        if not all(self._is_measure(item) for item in ordered):
            return False
        tables = [one for one in self.template.items if one.names & self._kinds]
        asked = (item for item in left if any(self._says(one, item) for one in tables))
        first = next(asked, None)
        return not tables or (first is not None and self._says(tables[0], first))
