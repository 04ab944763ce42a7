"""The gate's allow-lists, as data: what is not named here does not run."""

from collections.abc import Mapping

from sqlglot import exp

_SHAPE = {
    exp.Select, exp.Union, exp.Intersect, exp.Except, exp.Subquery, exp.With, exp.CTE, exp.Values,
    exp.From, exp.Table, exp.TableAlias, exp.Join, exp.Where, exp.Group, exp.Having, exp.Order,
    exp.Ordered, exp.Limit, exp.Offset, exp.Distinct, exp.Window, exp.WindowSpec, exp.Filter,
}  # fmt: skip

_VALUE = {
    exp.Column, exp.Identifier, exp.Alias, exp.Star, exp.Literal, exp.Boolean, exp.Null,
    exp.HexString, exp.Paren, exp.Tuple, exp.Case, exp.If, exp.Cast, exp.DataType,
    exp.DataTypeParam, exp.Collate, exp.Var, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod,
    exp.DPipe, exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseNot, exp.BitwiseLeftShift,
    exp.BitwiseRightShift, exp.JSONPath, exp.JSONPathRoot, exp.JSONPathKey, exp.JSONPathSubscript,
}  # fmt: skip

_CONDITION = {
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is,
    exp.NullSafeEQ, exp.NullSafeNEQ, exp.In, exp.Between, exp.Like, exp.Glob, exp.Escape,
    exp.Exists,
}  # fmt: skip

_FUNCTION = {
    exp.Abs, exp.Acos, exp.Acosh, exp.Asin, exp.Asinh, exp.Atan, exp.Atan2, exp.Atanh, exp.Avg,
    exp.Ceil, exp.Chr, exp.Coalesce, exp.Concat, exp.ConcatWs, exp.Cos, exp.Cosh, exp.Count,
    exp.CumeDist, exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.Date, exp.Degrees,
    exp.DenseRank, exp.Exp, exp.FirstValue, exp.Floor, exp.Format, exp.Greatest, exp.GroupConcat,
    exp.Hex, exp.JSONArrayAgg, exp.JSONExtract, exp.JSONExtractScalar, exp.JSONKeyValue,
    exp.JSONObject, exp.JSONObjectAgg, exp.JSONRemove, exp.JSONSet, exp.JSONType, exp.Lag,
    exp.LastValue, exp.Lead, exp.Least, exp.Length, exp.Ln, exp.Log, exp.Lower, exp.Max, exp.Min,
    exp.NthValue, exp.Ntile, exp.Nullif, exp.PercentRank, exp.Pi, exp.Pow, exp.Radians, exp.Rand,
    exp.Rank, exp.Replace, exp.Round, exp.RowNumber, exp.Sign, exp.Sin, exp.Sinh, exp.Soundex,
    exp.Sqrt, exp.StrPosition, exp.Substring, exp.Sum, exp.Tan, exp.Tanh, exp.TimeToStr, exp.Trim,
    exp.Trunc, exp.TsOrDsToTimestamp, exp.Typeof, exp.Unhex, exp.Unicode, exp.Upper,
}  # fmt: skip

Kinds = frozenset[type[exp.Expr]]

COMMON_NODES: Kinds = frozenset(_SHAPE | _VALUE | _CONDITION | _FUNCTION | {exp.Anonymous})
"""The kinds of syntax a question needs; a function that has no kind of its own is Anonymous."""

SQLITE_FUNCTIONS = frozenset({
    "->", "->>", "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "avg", "ceil",
    "ceiling", "char", "coalesce", "concat", "concat_ws", "cos", "cosh", "count", "cume_dist",
    "current_date", "current_time", "current_timestamp", "date", "datetime", "degrees",
    "dense_rank", "exp", "first_value", "floor", "format", "glob", "group_concat", "hex", "if",
    "ifnull", "iif", "instr", "json", "json_array", "json_array_length", "json_extract",
    "json_group_array", "json_group_object", "json_insert", "json_object", "json_patch",
    "json_quote", "json_remove", "json_replace", "json_set", "json_type", "json_valid", "julianday",
    "lag", "last_value", "lead", "length", "like", "likelihood", "likely", "ln", "log", "log10",
    "log2", "lower", "ltrim", "max", "min", "mod", "nth_value", "ntile", "nullif", "octet_length",
    "percent_rank", "pi", "pow", "power", "printf", "quote", "radians", "random", "rank", "replace",
    "round", "row_number", "rtrim", "sign", "sin", "sinh", "soundex", "sqrt", "strftime",
    "string_agg", "substr", "substring", "sum", "tan", "tanh", "time", "timediff", "total", "trim",
    "trunc", "typeof", "unhex", "unicode", "unixepoch", "unlikely", "upper",
})  # fmt: skip
"""What SQLite may call; SQLite names the JSON arrows, LIKE and GLOB as functions too."""

_JSON_ROW = frozenset(
    {"key", "value", "type", "atom", "id", "parent", "fullkey", "path", "json", "root"}
)
SQLITE_TABLE_FUNCTIONS: Mapping[str, frozenset[str]] = {
    "json_each": _JSON_ROW,
    "json_tree": _JSON_ROW,
}
"""What may stand in a FROM with arguments, and the columns it gives."""
