"""What SQLite may be asked to call, as data: what is not named here does not run."""

from collections.abc import Mapping

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

_JSON_ROW = ("key", "value", "type", "atom", "id", "parent", "fullkey", "path", "json", "root")
SQLITE_TABLE_FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "json_each": _JSON_ROW,
    "json_tree": _JSON_ROW,
}
"""What may stand in a FROM with arguments, and the columns it gives, in order."""
