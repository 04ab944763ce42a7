"""Effects of functions and operators on the size of values, and what they search; as data.

A function that is not listed is assumed to be slow, with a result as large as all its arguments.
"""

from collections.abc import Mapping

AGGREGATES = frozenset({
    "array_agg", "group_concat", "json_agg", "json_arrayagg", "json_group_array",
    "json_group_object", "json_object_agg", "json_objectagg", "jsonb_agg", "jsonb_object_agg",
    "range_agg", "string_agg", "xmlagg", "listagg", "list",
})  # fmt: skip
"""Functions whose one result holds every row of a group."""

CHEAP = frozenset({
    "any_value", "array_length", "avg", "bit_length", "cardinality", "char_length",
    "character_length", "coalesce", "concat", "concat_ws", "count", "first_value", "greatest",
    "if", "ifnull", "iif", "lag", "last_value", "lead", "least", "left", "length", "max", "mid",
    "min", "nth_value", "nullif", "nvl", "octet_length", "substr", "substring", "sum", "total",
    "typeof", "unnest", "array_to_string", "array_join", "json_array_length",
    "jsonb_array_length",
})  # fmt: skip
"""Functions that take no longer for a large value than copying it does."""

SMALL = frozenset({
    "abs", "acos", "adddate", "addtime", "age", "ascii", "asin", "atan", "atan2", "bit_count", "ceil",
    "ceiling", "clock_timestamp", "convert_tz", "cos", "cot", "crc32", "curdate", "current_date",
    "current_time", "current_timestamp", "curtime", "date", "date_add", "date_bin", "date_diff",
    "date_part", "date_sub", "date_subtract", "date_trunc", "datediff", "datetime",
    "day", "dayname", "dayofmonth", "dayofweek", "dayofyear", "degrees", "floor", "from_days",
    "from_unixtime", "hour", "julianday", "justify_days", "justify_hours", "justify_interval",
    "last_day", "ln", "localtime", "localtimestamp", "log", "log10", "log2", "make_date",
    "make_interval", "make_time", "make_timestamp", "make_timestamptz", "makedate", "maketime", "md5",
    "microsecond", "minute", "mod", "month", "monthname", "now", "period_add", "period_diff", "pi",
    "quarter", "radians", "rand", "random", "row_number", "rank",
    "dense_rank", "ntile", "sec_to_time", "second", "sign", "sin", "sqrt", "statement_timestamp",
    "str_to_date", "strcmp", "subdate", "subtime", "sysdate", "tan", "time",
    "time_to_sec", "timediff", "timestamp", "timestampadd", "timestampdiff",
    "timezone", "to_date", "to_days", "to_number", "to_seconds", "to_timestamp",
    "transaction_timestamp", "truncate", "unicode", "unix_timestamp", "unixepoch",
    "isodow", "isoyear", "datesub", "datetrunc", "datepart", "today", "epoch", "epoch_ms",
    "to_years", "to_months", "to_hours", "to_minutes", "quantile_cont", "quantile_disc", "median",
    "utc_date", "utc_time", "utc_timestamp", "week", "weekday", "weekofyear", "year", "yearweek",
})  # fmt: skip
"""Functions whose results are numbers and times."""

SAME = frozenset({
    "btrim", "initcap", "json_extract", "json_unquote", "json_value", "lcase", "lower", "ltrim",
    "regexp_substr", "reverse", "rtrim", "split_part", "substring_index", "translate", "trim", "ucase",
    "upper", "array_remove", "array_replace", "trim_array",
})  # fmt: skip
"""Functions whose result is not larger than their arguments."""

CUTS = frozenset({"left", "right", "mid", "substr", "substring"})

SEARCHES = frozenset({
    "array_position", "array_positions", "array_remove", "array_replace", "btrim", "find_in_set",
    "glob", "instr", "json_contains", "json_search", "like", "locate", "ltrim", "position",
    "regexp_count", "regexp_instr", "regexp_like", "regexp_match", "regexp_matches",
    "regexp_replace", "regexp_split_to_array", "regexp_split_to_table", "regexp_substr",
    "replace", "rtrim", "split_part", "string_to_array", "string_to_table", "strpos",
    "substring_index", "translate", "trim", "levenshtein_distance", "regexp_extract_all",
    "regexp_split", "split", "contains", "array_intersect", "regexp_extract", "regexp_full_match",
    "string_split", "str_split", "list_contains", "list_position", "list_distinct", "levenshtein",
    "jaccard", "damerau_levenshtein", "jaro_winkler_similarity", "starts_with", "ends_with",
    "prefix", "suffix",
})  # fmt: skip
"""Functions that look for one argument at every place of another."""

PLAIN_SEARCHES = frozenset({"glob", "instr", "like", "locate", "position", "split_part", "strpos"})
PLAIN_STEP: Mapping[str, float] = {
    "sqlite": 0.1, "postgres": 0.1, "mysql": 0.3, "trino": 1.0, "duckdb": 0.1, "tsql": 1.0,
    "oracle": 1.0, "snowflake": 1.0, "bigquery": 1.0,
}  # fmt: skip
"""The cost of a step: characters are compared, without backtracking."""

SLOW_STEP = {"find_in_set": 50.0}
"""The same where each step compares as a collation does."""

ESCAPES = frozenset({
    "encode", "hex", "json_quote", "quote", "quote_ident", "quote_literal", "quote_nullable",
    "to_json", "to_jsonb", "json_array", "json_object", "json_build_object", "json_build_array",
    "jsonb_build_object", "jsonb_build_array", "array_to_json", "row_to_json", 
    "json_group_array", "json_extract", "to_hex",
})  # fmt: skip
ESCAPED = 6.0
"""A control character takes six in JSON."""

WIDEST_FIELD = 10.0
"""Characters that one of a format may become: a month's name."""

FACTORS: Mapping[str, float] = {
    **dict.fromkeys(ESCAPES, ESCAPED),
    **dict.fromkeys(("to_char", "date_format", "strftime", "time_format"), WIDEST_FIELD),
}

SEARCH_SYMBOLS = frozenset({"~", "~*", "REGEXP", "&&", "@>", "<@", "?|", "?&"})

COUNTS = frozenset({
    "array_length", "bit_length", "cardinality", "char_length", "character_length", "count",
    "find_in_set", "instr", "json_array_length", "jsonb_array_length", "length", "locate",
    "octet_length", "ord", "position", "strpos", "typeof",
})  # fmt: skip
"""Functions whose results are numbers, of what may be large."""
