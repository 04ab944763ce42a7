"""What MariaDB may be asked, beyond what every engine may; as data."""

from collections.abc import Mapping

FUNCTIONS = frozenset({
    "abs", "acos", "adddate", "addtime", "any_value", "ascii", "asin", "atan", "atan2", "avg",
    "bit_and", "bit_count", "bit_length", "bit_or", "bit_xor", "ceil", "ceiling", "char",
    "char_length", "character_length", "chr", "coalesce", "concat", "concat_ws", "conv",
    "convert_tz", "cos", "cot", "count", "crc32", "cume_dist", "curdate", "current_date",
    "current_time", "current_timestamp", "curtime", "date", "date_add", "date_format", "date_sub",
    "datediff", "day", "dayname", "dayofmonth", "dayofweek", "dayofyear", "degrees", "dense_rank",
    "elt", "exp", "field", "find_in_set", "first_value", "floor", "format", "from_days",
    "from_unixtime", "greatest", "hex", "hour", "if", "ifnull", "insert", "instr", "isnull",
    "json_array", "json_arrayagg", "json_compact", "json_contains", "json_contains_path",
    "json_depth", "json_equals", "json_exists", "json_extract", "json_insert", "json_keys",
    "json_length", "json_merge_patch", "json_merge_preserve", "json_normalize", "json_object",
    "json_objectagg", "json_overlaps", "json_query", "json_quote", "json_remove", "json_replace",
    "json_search", "json_set", "json_type", "json_unquote", "json_valid", "json_value", "lag",
    "last_day", "last_value", "lcase", "lead", "least", "left", "length", "ln", "localtime",
    "localtimestamp", "locate", "log", "log10", "log2", "lower", "lpad", "ltrim", "makedate",
    "maketime", "max", "md5", "median", "microsecond", "mid", "min", "minute", "mod", "month",
    "monthname", "now", "nth_value", "ntile", "nullif", "nvl", "nvl2", "octet_length", "ord",
    "percent_rank", "percentile_cont", "percentile_disc", "period_add", "period_diff", "pi", "pow",
    "power", "quarter", "quote", "radians", "rand", "rank", "regexp_instr", "regexp_replace",
    "regexp_substr", "repeat", "replace", "reverse", "right", "round", "row", "row_number", "rpad",
    "rtrim", "sec_to_time", "second", "sha1", "sha2", "sign", "sin", "soundex", "space", "sqrt",
    "std", "stddev", "stddev_pop", "stddev_samp", "str_to_date", "strcmp", "subdate", "substr",
    "substring", "substring_index", "subtime", "sum", "sysdate", "tan", "time", "time_format",
    "time_to_sec", "timediff", "timestamp", "timestampadd", "timestampdiff", "to_base64", "to_char",
    "to_days", "to_seconds", "truncate", "ucase", "unhex", "unix_timestamp", "upper", "utc_date",
    "utc_time", "utc_timestamp", "var_pop", "var_samp", "variance", "week", "weekday", "weekofyear",
    "year", "yearweek"
})  # fmt: skip

TABLE_FUNCTIONS: Mapping[str, tuple[str, ...]] = {}

TYPES = frozenset({
    "BIGINT", "BINARY", "CHAR", "CHARACTER_SET", "DATE", "DATETIME", "DECIMAL", "DOUBLE", "FLOAT", "INT", "NCHAR",
    "SIGNED", "TEXT", "TIME", "TIMESTAMP", "UBIGINT", "UNSIGNED", "VARCHAR", "YEAR",
})  # fmt: skip
"""sqlglot's names of the types to cast to."""
