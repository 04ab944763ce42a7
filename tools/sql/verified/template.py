"""A verified query as a template: which literals of its statement its question says."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from tools.language.pack import LanguagePack, pack_for
from tools.language.periods import CalendarPeriod, written_forms
from tools.sql.golden import GoldenQuery
from tools.sql.guard import Admitted
from tools.sql.schema import Column, Schema
from tools.sql.semantic.metrics import metrics_in
from tools.sql.verified.compounds import with_parts
from tools.sql.verified.names import Names
from tools.sql.verified.reading import (
    Piece,
    SaidItem,
    asks_whether,
    items_of,
    tokens_of,
    without_opening,
)
from tools.sql.verified.shape import StatementShape, shape_of

_DATED = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)(?:19|20)\d{6}(?!\d)")
_COMPARES = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.EQ, exp.NEQ, exp.Limit, exp.Fetch, exp.Between)
_SAME = frozenset({"paren", "lower", "upper", "trim", "lcase", "ucase"})
_KINDS = {TokenType.STRING: True, TokenType.NUMBER: False}

Literals = Mapping[tuple[bool, str], str]
"""New texts of literals by (whether it is a string, its text)."""


@dataclass(frozen=True, slots=True)
class ValueSlot:
    """A stored value that the question says; `columns` are the (table, column) it is compared with."""

    spoken: str
    literal: tuple[bool, str]
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PeriodSlot:
    """A period that the question says, with the form of each literal that is made of it."""

    period: CalendarPeriod
    spoken: str
    forms: tuple[tuple[tuple[bool, str], str], ...]


@dataclass(frozen=True, slots=True)
class NumberSlot:
    """A number that the question says; `is_limit` where it is how many rows are shown."""

    number: float
    spoken: str
    literal: tuple[bool, str]
    is_limit: bool


Slot = ValueSlot | PeriodSlot | NumberSlot


@dataclass(frozen=True, slots=True)
class Template:
    """A verified query with its slots, and what its question says besides.

    `reads` are the things of the schema that the statement reads; `is_strict` says that the order
    of the words tells who does what, since it reads a table twice.
    """

    pair: GoldenQuery
    question: str
    pack: LanguagePack
    slots: tuple[Slot, ...]
    items: tuple[SaidItem, ...]
    reads: frozenset[str]
    sums: bool
    is_strict: bool
    asks_whether: bool
    tables: tuple[str, ...]
    shape: StatementShape | None = None

    def filled(self, literals: Literals, dialect: str) -> str:
        """The statement's text with these literals in place of its own, and else as it was."""
        sql = self.pair.sql
        for token in reversed(sqlglot.tokenize(sql, dialect=dialect)):
            is_text = _KINDS.get(token.token_type)
            new = literals.get((is_text, token.text)) if is_text is not None else None
            if new is not None:
                written = exp.Literal.string(new).sql(dialect) if is_text else new
                sql = f"{sql[: token.start]}{written}{sql[token.end + 1 :]}"
        return sql


def template_of(
    pair: GoldenQuery, question: str, schema: Schema, admitted: Admitted, names: Names
) -> Template:
    """The template of a pair, by its own question or another wording of it."""
    return _Making(pair, question, schema, admitted, names).template()


class _Making:
    def __init__(
        self, pair: GoldenQuery, question: str, schema: Schema, admitted: Admitted, names: Names
    ) -> None:
        self.pair, self.question, self.schema, self.names = pair, question, schema, names
        self.admitted = admitted
        self.pack = pack_for(question)
        tokens = tokens_of(without_opening(question, self.pack), self.pack)
        self.tokens = with_parts(tokens, self.pack, names)
        self.literals = [
            node for node in admitted.tree.find_all(exp.Literal) if isinstance(node.this, str)
        ]
        self.written = Counter(_key(node) for node in self.literals)

    def template(self) -> Template:
        read = self._reads()
        sums = self._sums()
        slots: list[Slot] = []
        pieces = self._with_values(slots)
        items = items_of(pieces, self.pack, self.names, sums=sums)
        items = self._with_periods(items, slots)
        items = [self._with_number(item, slots) for item in items]
        if not self._is_as_written():
            slots, items = [], items_of(self.tokens, self.pack, self.names, sums=sums)
        return Template(
            self.pair, self.question, self.pack, tuple(slots), tuple(items), read, sums,
            self._is_strict(slots), asks_whether(self.tokens, self.pack), self.admitted.tables,
            shape_of(self.admitted),
        )  # fmt: skip

    def _with_values(self, slots: list[Slot]) -> list[Piece | SaidItem]:
        """The pieces of the question, with a slot where it says a stored value once."""
        pieces: list[Piece | SaidItem] = list(self.tokens)
        for literal, columns in self._compared().items():
            for spoken in self._spoken(literal, columns):
                places = places_of(pieces, spoken, self.pack)
                if len(places) == 1:
                    (begin, end) = places[0]
                    slots.append(ValueSlot(spoken, literal, columns))
                    pieces[begin:end] = [SaidItem("value", "", slot=len(slots) - 1)]
                    break
        return pieces

    def _compared(self) -> dict[tuple[bool, str], tuple[tuple[str, str], ...]]:
        """The literals that stand beside stored columns alone, with those columns."""
        found: dict[tuple[bool, str], list[tuple[str, str]]] = {}
        for node in self.literals:
            column = _beside(node)
            table = self.admitted.names.table_of(column) if column is not None else ""
            if column is not None and table:
                found.setdefault(_key(node), []).append((table.lower(), column.name.lower()))
        return {
            key: tuple(dict.fromkeys(columns))
            for key, columns in found.items()
            if len(columns) == self.written[key] and len({name for _, name in columns}) == 1
        }

    def _spoken(self, literal: tuple[bool, str], columns: Sequence[tuple[str, str]]) -> list[str]:
        column = self._column(*columns[0])
        meanings = dict(column.meaning.codes) if column is not None else {}
        words = list(meanings.get(literal[1], ()))
        return [*words, literal[1]] if literal[0] else words

    def _column(self, table: str, column: str) -> Column | None:
        found = self.schema.table(table)
        return found.column(column) if found is not None else None

    def _with_periods(self, items: list[SaidItem], slots: list[Slot]) -> list[SaidItem]:
        """Periods as slots, where every date in the statement is one of theirs."""
        said = [item for item in items if item.period is not None]
        periods = [item.period for item in said if item.period is not None]
        forms = [{text: name for name, text in written_forms(one)} for one in periods]
        made: list[list[tuple[tuple[bool, str], str]]] = [[] for _ in periods]
        for key in self.written:
            of = [at for at, known in enumerate(forms) if key[1] in known]
            if len(of) == 1:
                made[of[0]].append((key, forms[of[0]][key[1]]))
            elif of or _DATED.search(key[1]):
                return items
        if not all(made) or any(
            isinstance(s, ValueSlot) and _DATED.search(s.literal[1]) for s in slots
        ):
            return items
        first = len(slots)
        parts = zip(periods, said, made, strict=True)
        slots += [PeriodSlot(period, item.text, tuple(forms)) for period, item, forms in parts]
        numbered = iter(range(first, len(slots)))
        return [_in_slot(one, next(numbered)) if one.period is not None else one for one in items]

    def _with_number(self, item: SaidItem, slots: list[Slot]) -> SaidItem:
        if item.number is None:
            return item
        nodes = [n for n in self.literals if not n.is_string and _number(n) == item.number]
        taken = [
            slot
            for slot in slots
            if not isinstance(slot, PeriodSlot) and slot.literal in map(_key, nodes)
        ]
        if len(nodes) != 1 or taken or not isinstance(nodes[0].parent, _COMPARES):
            return item
        slots.append(
            NumberSlot(
                item.number, item.text, _key(nodes[0]), isinstance(nodes[0].parent, exp.Limit)
            )
        )
        return _in_slot(item, len(slots) - 1)

    def _is_as_written(self) -> bool:
        """Whether the statement's text has just the literals of its tree."""
        dialect = self.schema.dialect
        tokens = sqlglot.tokenize(self.pair.sql, dialect=dialect)
        there = Counter((_KINDS[t.token_type], t.text) for t in tokens if t.token_type in _KINDS)
        return there == self.written

    def _reads(self) -> frozenset[str]:
        tree, table_of = self.admitted.tree, self.admitted.names.table_of
        columns = ((table_of(one), one.name) for one in tree.find_all(exp.Column))
        return frozenset(
            {f"t:{table.lower()}" for table in self.admitted.tables}
            | {f"c:{table}.{name}".lower() for table, name in columns if table}
            | {f"m:{name}".lower() for name, _ in metrics_in(tree, self.schema, table_of)}
        )

    def _sums(self) -> bool:
        called = {_called(node) for node in self.admitted.tree.find_all(exp.Func)}
        has_ratio = self.admitted.tree.find(exp.Div) is not None
        return "sum" in called and not called & {"avg", "max", "min"} and not has_ratio

    def _is_strict(self, slots: Sequence[Slot]) -> bool:
        read = Counter(one.name.lower() for one in self.admitted.tree.find_all(exp.Table))
        columns = Counter(c for s in slots if isinstance(s, ValueSlot) for c in s.columns[:1])
        return max(read.values(), default=0) > 1 or max(columns.values(), default=0) > 1


def _key(node: exp.Literal) -> tuple[bool, str]:
    return bool(node.is_string), node.name


def _number(node: exp.Literal) -> float | None:
    try:
        return float(node.name)
    except ValueError:
        return None


def _in_slot(item: SaidItem, slot: int) -> SaidItem:
    return SaidItem(item.kind, "", bound=item.bound, slot=slot)


def _beside(node: exp.Literal) -> exp.Column | None:
    """The column that a literal is compared with, in lower(…) or not."""
    side, parent = _outside(node)
    if not isinstance(parent, exp.EQ | exp.NEQ | exp.In | exp.Like) or "%" in node.name:
        return None
    sides = [one for one in (parent.this, parent.args.get("expression")) if one is not side]
    columns = [_inside(one) for one in sides if isinstance(one, exp.Expr)]
    return next((one for one in columns if isinstance(one, exp.Column)), None)


def _outside(node: exp.Expr) -> tuple[exp.Expr, exp.Expr | None]:
    """What an expression is a side of, and which side of it: out of brackets and lower(…)."""
    parent = node.parent
    while isinstance(parent, exp.Paren | exp.Func) and _called(parent) in _SAME:
        node, parent = parent, parent.parent
    return node, parent


def _inside(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren | exp.Func) and _called(node) in _SAME:
        inner = node.expressions[0] if isinstance(node, exp.Anonymous) else node.this
        if not isinstance(inner, exp.Expr):
            return node
        node = inner
    return node


def _called(node: exp.Expr) -> str:
    return node.name.lower() if isinstance(node, exp.Anonymous) else node.key


def places_of(
    pieces: Sequence[Piece | SaidItem], spoken: str, pack: LanguagePack
) -> list[tuple[int, int]]:
    """Where a text stands among the pieces, as it is or inflected, as (first, behind the last)."""
    wanted = [one.text.lower() for one in tokens_of(spoken, pack_for(""))]
    texts = [one.text.lower() if isinstance(one, Piece) else "" for one in pieces]
    return _same_words(texts, wanted) or _same_words(
        [pack.stem(text) for text in texts], [pack.stem(word) for word in wanted]
    )


def _same_words(texts: Sequence[str], wanted: Sequence[str]) -> list[tuple[int, int]]:
    size = len(wanted)
    return [
        (at, at + size)
        for at in range(len(texts) - size + 1)
        if size and list(texts[at : at + size]) == list(wanted)
    ]
