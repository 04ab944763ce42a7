"""The kinds of nodes that each engine allows, and the parts of each."""

from collections.abc import Mapping
from typing import cast

from sqlglot import exp

from tools.sql.guard.nodes import (
    ConvertTo,
    Operator,
    Power,
    TypedText,
    UnaryPlus,
    VariantPath,
)

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

_GROUPING = _parts(
    Group="expressions rollup cube grouping_sets",
    Rollup="expressions", Cube="expressions", GroupingSets="expressions",
)  # fmt: skip

_SERVER: Parts = {
    **EVERYWHERE,
    **_GROUPING,
    TypedText: _LEFT_RIGHT,
    **_parts(
        All="this", Any="this", AtTimeZone="this zone", DataType="this kind",
        Fetch="direction count limit_options", LimitOptions="rows percent with_ties",
        Lateral="this alias cross_apply", National="this",
        Pivot="expressions fields unpivot include_nulls alias", PivotAlias="this alias",
        Subquery="this alias with_ order limit offset pivots",
        Table="this alias db joins pivots",
        Trim="this position expression", TryCast="this to safe", WithinGroup="this expression",
    ),
}  # fmt: skip

TSQL: Parts = {
    **_SERVER,
    ConvertTo: frozenset({"this", "to", "style", "safe"}),
    **_parts(
        Limit="expression limit_options",
        Table="this alias db joins pivots hints", WithTableHint="expressions",
    ),
}  # fmt: skip

ORACLE: Parts = {
    **_SERVER,
    **_parts(
        Column="this table db join_mark",
        Connect="start connect nocycle", ConnectByRoot="this", Prior="this",
        Interval="this unit", IntervalSpan="this expression",
        Order="this expressions siblings",
        Select=f"{_SELECT} connect",
    ),
}  # fmt: skip

_WAREHOUSE: Parts = {
    **_SERVER,
    **_parts(
        Array="expressions bracket_notation",
        Bracket="this expressions offset safe",
        Group="expressions rollup cube grouping_sets all",
        IgnoreNulls="this", RespectNulls="this", Interval="this unit",
        Qualify="this", Select=f"{_SELECT} qualify", Star="except_ replace",
    ),
}  # fmt: skip

SNOWFLAKE: Parts = {
    **_WAREHOUSE,
    VariantPath: frozenset({"this", "expressions"}),
    **_parts(
        ILike="this expression negate", Kwarg="this expression",
        TryCast="this to safe requires_string",
    ),
}  # fmt: skip

BIGQUERY: Parts = {
    **_WAREHOUSE,
    **_parts(
        Array="expressions bracket_notation struct_name_inheritance",
        Column="this table db catalog", Dot="this expression",
        In="this expressions query unnest", Limit="this expression",
        SafeFunc="this", Unnest="expressions alias offset",
    ),
}  # fmt: skip

SHAPES: Mapping[str, Parts] = {
    "sqlite": SQLITE,
    "postgres": POSTGRES,
    "mysql": MARIADB,
    "trino": TRINO,
    "duckdb": DUCKDB,
    "tsql": TSQL,
    "oracle": ORACLE,
    "snowflake": SNOWFLAKE,
    "bigquery": BIGQUERY,
}
