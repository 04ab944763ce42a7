"""Why a statement found nothing: the texts that it filters by, and what is stored instead."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz, process, utils
from sqlglot import exp

from tools.caller import Caller
from tools.errors import Correctable
from tools.sql.guard import Admitted
from tools.sql.run import Database

_MOST_FILTERS = 3
_MOST_VALUES = 4
_LEAST_LIKENESS = 70.0
_WORD_START = 3
_MOST_WORDS = 4
_IS_TEXT = re.compile(r"CHAR|TEXT|CLOB|ENUM|STRING|NAME|^$", re.IGNORECASE)
_WRAPPERS = frozenset({"lower", "upper", "ltrim", "rtrim", "btrim", "trim", "lcase", "ucase"})
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class NearValues:
    """A text that no row has in this column, with the stored ones that are most like it."""

    column: str
    text: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        values = ", ".join(exp.Literal.string(value).sql() for value in self.values)
        return f"{self.column} is never {exp.Literal.string(self.text).sql()}; stored is {values}"


@dataclass(frozen=True, slots=True)
class _Filter:
    table: str
    column: str
    text: str


def near_values(database: Database, sql: str, *, caller: Caller) -> tuple[NearValues, ...]:
    """Look at the values of the columns that a statement compares with texts, as its caller.

    One statement a filter, through the gate; a filter whose text is stored is left out.

    Raises:
        Refused: the statement itself does not pass the gate.
        Unavailable: the database cannot be reached or read.
    """
    filters = dict.fromkeys(_filters(database.check(sql)))
    found = (_near(database, wanted, caller) for wanted in list(filters)[:_MOST_FILTERS])
    return tuple(near for near in found if near is not None)


def _near(database: Database, wanted: _Filter, caller: Caller) -> NearValues | None:
    table = database.schema().table(wanted.table)
    column = table.column(wanted.column) if table is not None else None
    if table is None or column is None or not _IS_TEXT.search(column.kind):
        return None
    stored = exp.column(column.name, quoted=True)
    source = exp.table_(table.own_name, db=table.namespace or None, quoted=True)
    look = exp.select(stored).distinct().from_(source)
    look = look.where(_could_be(stored, wanted.text))
    try:
        rows = database.run(look.sql(database.dialect, identify=True), caller=caller).rows
    except Correctable:
        return None
    values = sorted(value for (value,) in rows if isinstance(value, str))
    if wanted.text in values:
        return None
    best = process.extract(
        wanted.text,
        values,
        scorer=fuzz.WRatio,
        processor=utils.default_process,
        score_cutoff=_LEAST_LIKENESS,
        limit=_MOST_VALUES,
    )
    return (
        NearValues(f"{table.name}.{column.name}", wanted.text, tuple(v for v, _, _ in best))
        if best
        else None
    )


def _could_be(stored: exp.Column, text: str) -> exp.Condition:
    """Whether the column has something with a word's beginning in it, or with the text's first."""
    words = _WORD.findall(text.lower())[:_MOST_WORDS]
    patterns = {f"%{word[:_WORD_START]}%" for word in words} | {f"{word[0]}%" for word in words[:1]}
    likes = [exp.Lower(this=stored.copy()).like(pattern) for pattern in sorted(patterns)]
    return exp.or_(*likes) if likes else stored.is_(exp.null()).not_()


def _filters(admitted: Admitted) -> Iterator[_Filter]:
    """The comparisons of a stored column with a text; those that something negates are left out."""
    for node in admitted.tree.find_all(exp.EQ, exp.In, exp.Like, exp.ILike):
        if node.find_ancestor(exp.Not, exp.Case, exp.If) is not None:
            continue
        sides = (
            (node.this, *node.expressions) if isinstance(node, exp.In) else node.iter_expressions()
        )
        plain = [_inside(side) for side in sides]
        columns = [side for side in plain if isinstance(side, exp.Column)]
        texts = [side for side in plain if isinstance(side, exp.Literal) and side.is_string]
        if len(columns) != 1:
            continue
        table = admitted.names.table_of(columns[0])
        for text in (_said(text.name, node) for text in texts) if table else ():
            if text:
                yield _Filter(table, columns[0].name, text)


def _inside(side: exp.Expr) -> exp.Expr:
    """The column or text in lower(…), trim(…) and so on."""
    while True:
        match side:
            case exp.Trim() | exp.Paren() | exp.Collate():
                side = side.this
            case exp.Anonymous(expressions=[inner, *_]) if side.name.lower() in _WRAPPERS:
                side = inner
            case _:
                return side


def _said(text: str, node: exp.Expr) -> str:
    """The text of a filter; a pattern counts as one if it has wildcards around it only."""
    if not isinstance(node, exp.Like | exp.ILike):
        return text
    inner = text.strip("%")
    return "" if "%" in inner or "_" in inner else inner
