"""Allowed syntax: node kinds, and the parts of each.

Kinds and parts that are not listed are refused, including those that sqlglot adds later.
"""

from collections.abc import Mapping
from typing import cast

from sqlglot import exp

from tools.errors import Refused
from tools.sql.allowed import ANY
from tools.sql.dialects import Allowed
from tools.sql.guard.nodes import UNITS, Operator, Power, UnaryPlus

_LEFT_RIGHT = frozenset({"this", "expression"})
_THIS = frozenset({"this"})
_SET_OPERATION = frozenset({"this", "expression", "distinct", "with_", "order", "limit", "offset"})

_SELECT = "expressions from_ joins where group having order limit offset distinct windows with_"

Parts = Mapping[type[exp.Expr], frozenset[str]]


def _parts(**words: str) -> dict[type[exp.Expr], frozenset[str]]:
    return {
        cast("type[exp.Expr]", getattr(exp, kind)): frozenset(parts.split())
        for kind, parts in words.items()
    }


EVERYWHERE: Parts = {
    **dict.fromkeys(
        (
            exp.Add, exp.Sub, exp.Mul, exp.Mod, exp.BitwiseAnd, exp.BitwiseOr,
            exp.BitwiseLeftShift, exp.BitwiseRightShift, exp.And, exp.Or, exp.EQ, exp.NEQ, exp.GT,
            exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Escape,
            exp.Collate, exp.Filter, exp.Extract,
        ),
        _LEFT_RIGHT,
    ),
    **dict.fromkeys(
        (
            exp.Paren, exp.Not, exp.Neg, exp.BitwiseNot, UnaryPlus, exp.Exists, exp.Null,
            exp.Boolean, exp.Where, exp.Having, exp.From, exp.DataTypeParam, exp.Var,
            exp.HexString,
        ),
        _THIS,
    ),
    **dict.fromkeys((exp.Union, exp.Intersect, exp.Except), _SET_OPERATION),
    Operator: frozenset({"this", "expression", "symbol"}),
    Power: _LEFT_RIGHT,
    **_parts(
        Select=_SELECT,
        Subquery="this alias with_ order limit offset",
        With="expressions recursive",
        CTE="this alias materialized",
        Table="this alias db joins",
        TableAlias="this columns",
        Join="this on side kind using method",
        Group="expressions",
        Order="this expressions",
        Ordered="this desc nulls_first",
        Limit="expression",
        Offset="expression",
        Distinct="expressions on",
        Values="expressions alias",
        Tuple="expressions",
        Column="this table db",
        Identifier="this quoted",
        Star="",
        Alias="this alias",
        Literal="this is_string",
        Anonymous="this expressions",
        Cast="this to",
        DataType="this expressions",
        Case="this ifs default",
        If="this true",
        In="this expressions query",
        Between="this low high symmetric",
        Like="this expression negate",
        Glob="this expression negate",
        Is="this expression negate",
        Div="this expression typed safe",
        DPipe="this expression safe",
        Window="this partition_by order over spec alias first",
        WindowSpec="kind start start_side end end_side exclude",
        CurrentDate="", CurrentTime="", CurrentTimestamp="",
    ),
}  # fmt: skip
"""Syntax allowed on every engine."""

POSTGRES: Parts = {
    **EVERYWHERE,
    exp.BitwiseXor: _LEFT_RIGHT,
    **_parts(
        Array="expressions bracket_notation",
        AtTimeZone="this zone",
        Bracket="this expressions offset",
        Slice="this expression",
        Fetch="direction count limit_options",
        LimitOptions="rows percent with_ties",
        Group="expressions rollup cube grouping_sets",
        DataType="this expressions nested",
        GroupingSets="expressions", Rollup="expressions", Cube="expressions",
        Kwarg="this expression",
        ILike="this expression negate",
        SimilarTo="this expression negate",
        Interval="this unit", IntervalSpan="this expression",
        Lateral="this alias ordinality",
        Localtime="", Localtimestamp="",
        Any="this", All="this",
        Table="this alias db joins ordinality only",
        Trim="this position expression",
        Unnest="expressions alias offset",
        WithinGroup="this expression",
    ),
}  # fmt: skip

MARIADB: Parts = {
    **EVERYWHERE,
    **dict.fromkeys((exp.BitwiseXor, exp.IntDiv, exp.Xor), _LEFT_RIGHT),
    **_parts(
        Any="this", All="this", BitString="this", National="this",
        Fetch="direction count limit_options", LimitOptions="rows percent with_ties",
        Select=f"{_SELECT} operation_modifiers",
        CharacterSet="this", DataType="this expressions kind",
        Group="expressions rollup", Rollup="expressions",
        GroupConcat="this separator",
        IndexTableHint="this expressions target",
        Interval="this unit",
        JSONColumnDef="this kind path nested_schema ordinality",
        JSONSchema="expressions",
        JSONTable="this path schema alias",
        Localtime="", Localtimestamp="",
        Table="this alias db joins hints",
        Trim="this position expression",
        WithinGroup="this expression",
    ),
}  # fmt: skip

SQLITE: Parts = {**EVERYWHERE, **_parts(DataType="this kind")}

TRINO: Parts = {
    **POSTGRES,
    **_parts(TryCast="this to safe"),
}

DUCKDB: Parts = {
    **{kind: parts for kind, parts in POSTGRES.items() if kind is not exp.Kwarg},
    exp.IntDiv: _LEFT_RIGHT,
    **_parts(
        Select=f"{_SELECT} qualify",
        Qualify="this",
        Group="expressions rollup cube grouping_sets all",
        TryCast="this to safe",
    ),
}  # fmt: skip

TSQL: Parts = {
    **EVERYWHERE,
    **_parts(TryCast="this to safe", WithinGroup="this expression", Trim="this position expression",
             Fetch="direction count limit_options", LimitOptions="rows percent with_ties"),
}  # fmt: skip

ORACLE: Parts = {
    **TSQL,
    **_parts(DateStrToDate="this", Interval="this unit", Group="expressions rollup cube grouping_sets",
             Rollup="expressions", Cube="expressions", GroupingSets="expressions"),
}  # fmt: skip

WAREHOUSE: Parts = {
    **ORACLE,
    **_parts(TryCast="this to safe requires_string", Select=f"{_SELECT} qualify", Qualify="this", Group="expressions rollup cube grouping_sets all",
             ILike="this expression negate", Array="expressions bracket_notation",
             AtTimeZone="this zone"),
}  # fmt: skip

SHAPES: Mapping[str, Parts] = {
    "sqlite": SQLITE,
    "postgres": POSTGRES,
    "mysql": MARIADB,
    "trino": TRINO,
    "duckdb": DUCKDB,
    "tsql": TSQL,
    "oracle": ORACLE,
    "snowflake": WAREHOUSE,
    "bigquery": WAREHOUSE,
}


_MOST_WINDOWS = 50
"""Each sorts and keeps all rows."""


def check(tree: exp.Query, dialect: str, allowed: Allowed) -> None:
    """Refuse what is not listed: kinds, parts, functions, types, units, names that are cut short.

    Raises:
        Refused: the message says what to leave out.
    """
    shape = SHAPES[dialect]
    if sum(1 for _ in tree.find_all(exp.Window)) > _MOST_WINDOWS:
        raise Refused(f"It has more than {_MOST_WINDOWS} windows (OVER). Use fewer.")
    for node in tree.walk():
        parts = shape.get(type(node))
        if parts is None:
            raise Refused(f"{_spoken(type(node).__name__)} is not allowed here. Do without it.")
        if any(node.args.get(name) is None for name, needed in node.arg_types.items() if needed):
            raise Refused(f"{_spoken(type(node).__name__)} is not complete here. Write all of it.")
        for name, value in node.args.items():
            if value not in (None, False, "", []) and name not in parts:
                raise Refused(_part_refusal(node, name))
        _check_node(node, dialect, allowed)


def _check_node(node: exp.Expr, dialect: str, allowed: Allowed) -> None:
    match node:
        case exp.Anonymous():
            _check_call(node, dialect, allowed)
        case exp.DataType():
            _check_type(node, allowed)
        case exp.Identifier() if allowed.longest_name:
            if len(node.name.encode()) > allowed.longest_name:
                raise Refused(f"The name {node.name!r} is too long for the database. Shorten it.")
        case exp.Var():
            _check_word(node)
        case exp.Column() if not isinstance(node.this, exp.Identifier | exp.Star):
            raise Refused(f"Write the column {node.name!r} without single quotes.")
        case exp.Literal() if not node.is_string and len(node.name) > _LONGEST_NUMBER:
            raise Refused("A number has too many digits. Shorten it.")
        case _:
            _check_place(node)


def _check_place(node: exp.Expr) -> None:
    match node:
        case exp.Alias() if not isinstance(node.parent, exp.Select):
            raise Refused(f"The name {node.alias!r} is not expected here.")
        case exp.JSONTable() if not isinstance(node.parent, exp.Table):
            raise Refused("JSON_TABLE may stand in FROM. Do without it here.")
        case exp.JSONColumnDef() if not _is_whole_column(node):
            raise Refused(f"Give the JSON column {node.name!r} a type and a PATH.")
        case _:
            pass


_LONGEST_NUMBER = 60


def _is_whole_column(column: exp.JSONColumnDef) -> bool:
    parts = column.args
    has_path = isinstance(parts.get("path"), exp.Literal)
    has_content = bool(parts.get("kind") or parts.get("nested_schema"))
    return bool(parts.get("ordinality")) or (has_path and has_content)


def _check_call(call: exp.Anonymous, dialect: str, allowed: Allowed) -> None:
    name = call.name.lower()
    if isinstance(call.parent, exp.Table | exp.Lateral):
        listed = name in allowed.table_functions
    else:
        listed = name in allowed.functions
    if not listed and name not in allowed.opened:
        opened = [each for each in allowed.opened if each.rpartition(".")[2] == name]
        if len(opened) == 1:
            call.set("this", opened[0])
            return
        raise Refused(f"The function {call.name}() is not allowed. Do without it.")
    most = allowed.functions.get(name, ANY)
    if len(call.expressions) > most:
        some = "one argument" if most == 1 else f"{most} arguments"
        raise Refused(f"{call.name}() takes {some} at most. Remove the others.")
    call.set("this", name if dialect == "postgres" or "." in name else call.name)


def _check_type(kind: exp.DataType, allowed: Allowed) -> None:
    if allowed.types is None:
        return
    named = kind.this.value if isinstance(kind.this, exp.DType) else str(kind.this)
    if named not in allowed.types:
        raise Refused(f"Values cannot be cast to {kind.sql()!r} here. Use a plain type.")


def _check_word(word: exp.Var) -> None:
    """A bare word is a unit of time, a collation, a character set, or a frame's exclusion."""
    match word.parent:
        case exp.Extract() | exp.Interval() | exp.IntervalSpan():
            is_known = word.name.lower() in UNITS
        case exp.Anonymous():
            is_known = (
                word.arg_key == "expressions"
                and word.index in (0, len(word.parent.expressions) - 1)
                and word.name.lower() in UNITS
            )
        case exp.Collate():
            is_known = word.name.replace("_", "").isalnum()
        case exp.WindowSpec():
            is_known = word.name.upper() in _EXCLUSIONS
        case exp.CharacterSet() | exp.DataType():
            is_known = word.name.lower() in _CHARACTER_SETS
        case exp.Limit():
            is_known = word.name.upper() == "ALL"
        case exp.Select():
            is_known = word.name.upper() in _MODIFIERS
        case exp.Kwarg():
            is_known = word.name.isidentifier()
        case _:
            is_known = False
    if not is_known:
        raise Refused(f"{word.name} cannot stand here. Do without it.")


_MODIFIERS = frozenset({"STRAIGHT_JOIN", "SQL_NO_CACHE"})
_EXCLUSIONS = frozenset({"CURRENT ROW", "GROUP", "TIES", "NO OTHERS"})
_CHARACTER_SETS = frozenset({"utf8mb4", "utf8mb3", "utf8", "latin1", "ascii", "binary"})


def _part_refusal(node: exp.Expr, part: str) -> str:
    if isinstance(node, exp.In):  # `x IN name` reads the table of that name
        return "After IN, write a list in parentheses or (SELECT …)."
    kind = _spoken(type(node).__name__)
    return f"{kind} is allowed here, but not with {_spoken(part.rstrip('_'))}. Do without it."


def _spoken(name: str) -> str:
    """`RowNumber` as ROW NUMBER."""
    spaced = "".join(f" {c}" if c.isupper() and i else c for i, c in enumerate(name))
    return spaced.replace("_", " ").upper()
