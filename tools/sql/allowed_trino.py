"""Additional functions allowed on Trino, as data."""

from collections.abc import Mapping

from tools.sql.allowed import ANY

FUNCTIONS = dict.fromkeys({
    "abs", "acos", "acosh", "any_value", "approx_count_distinct", "approx_distinct",
    "approx_percentile", "approx_quantile", "arbitrary", "arg_max", "arg_min", "argmax", "argmin",
    "array", "array_agg", "array_contains", "array_distinct", "array_has", "array_intersect",
    "array_join", "array_length", "array_max", "array_min", "array_position", "array_size",
    "array_sort", "array_to_string", "arrayagg", "asin", "asinh", "atan", "atan2", "atanh", "avg",
    "bitwise_and_agg", "bitwise_or_agg", "bool_and", "bool_or", "booland_agg", "boolor_agg",
    "cardinality", "cbrt", "ceil", "ceiling", "char", "char_length", "character_length",
    "charindex", "checksum", "chr", "coalesce", "codepoint", "concat", "concat_ws", "contains",
    "corr", "cos", "cosh", "count", "count_if", "countif", "covar_pop", "covar_samp", "cume_dist",
    "current_date", "current_time", "current_timestamp", "current_timezone", "date", "date_add",
    "date_diff", "date_format", "date_parse", "date_sub", "date_trunc", "datediff", "day",
    "day_of_month", "day_of_week", "day_of_year", "dayofmonth", "dayofweek", "dayofweek_iso",
    "dayofyear", "degrees", "dense_rank", "dow", "doy", "element_at", "every", "exp", "extract",
    "first_value", "floor", "format", "format_datetime", "format_number", "from_hex",
    "from_iso8601_date", "from_iso8601_timestamp", "from_unixtime", "geometric_mean", "greatest",
    "group_concat", "grouping", "hex", "histogram", "hour", "human_readable_seconds", "if",
    "ifnull", "iif", "instr", "is_finite", "is_infinite", "is_nan", "isodow", "json_array_contains",
    "json_array_get", "json_array_length", "json_extract", "json_extract_path_text",
    "json_extract_scalar", "json_format", "json_parse", "json_query", "json_remove", "json_set",
    "json_size", "json_type", "json_value", "kurtosis", "lag", "last_day", "last_day_of_month",
    "last_value", "lcase", "lead", "least", "len", "length", "levenshtein_distance", "listagg",
    "ln", "localtime", "localtimestamp", "locate", "log", "log10", "log2", "logical_and",
    "logical_or", "lower", "lpad", "ltrim", "map_agg", "max", "max_by", "min", "min_by", "minute",
    "mod", "month", "nan", "now", "nth_value", "ntile", "nullif", "nvl", "parse_datetime",
    "parse_json", "percent_rank", "pi", "position", "pow", "power", "quarter", "radians", "rand",
    "random", "rank", "regexp_count", "regexp_extract", "regexp_extract_all", "regexp_like",
    "regexp_replace", "regexp_split", "regr_intercept", "regr_slope", "replace", "reverse", "round",
    "row", "row_number", "rpad", "rtrim", "second", "sign", "signum", "sin", "sinh", "skewness",
    "slice", "soundex", "split", "split_part", "sqrt", "starts_with", "startswith", "stddev",
    "stddev_pop", "stddev_samp", "stdev", "str_position", "str_to_date", "str_to_time", "strpos",
    "substr", "substring", "sum", "tan", "tanh", "time_to_str", "time_to_unix", "timestamp_trunc",
    "to_char", "to_hex", "to_iso8601", "to_unixtime", "trim", "trunc", "truncate", "try",
    "ts_or_ds_to_date_str", "ts_or_ds_to_timestamp", "typeof", "ucase", "unhex", "unicode",
    "unix_to_time", "unnest", "upper", "var_pop", "var_samp", "variance", "variance_pop",
    "variance_samp", "week", "week_of_year", "weekofyear", "with_timezone", "year", "year_of_week",
    "yow"
}, ANY)  # fmt: skip

TABLE_FUNCTIONS: Mapping[str, tuple[str, ...]] = {}
"""Empty: `TABLE(system.query(…))` would pass text to another engine without a gate."""

TYPES = frozenset({
    "ARRAY", "BIGINT", "BOOLEAN", "CHAR", "DATE", "DECIMAL", "DOUBLE", "FLOAT", "INT", "JSON",
    "SMALLINT", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "TINYINT", "VARCHAR", "UUID", "TEXT", "INTERVAL",
})  # fmt: skip
"""sqlglot's names of the types to cast to."""
