"""What PostgreSQL may be asked, beyond what every engine may; as data."""

from collections.abc import Mapping

FUNCTIONS = frozenset({
    "abs", "acos", "acosd", "acosh", "age", "any_value", "array", "array_agg", "array_append",
    "array_cat", "array_length", "array_lower", "array_ndims", "array_position", "array_positions",
    "array_prepend", "array_remove", "array_replace", "array_to_json", "array_to_string",
    "array_upper", "ascii", "asin", "asind", "asinh", "atan", "atan2", "atan2d", "atand", "atanh",
    "avg", "bit_and", "bit_count", "bit_length", "bit_or", "bit_xor", "bool_and", "bool_or",
    "btrim", "cardinality", "cbrt", "ceil", "ceiling", "char_length", "character_length", "chr",
    "clock_timestamp", "coalesce", "concat", "concat_ws", "corr", "cos", "cosd", "cosh", "cot",
    "cotd", "count", "covar_pop", "covar_samp", "cume_dist", "current_date", "current_time",
    "current_timestamp", "date", "date_add", "date_bin", "date_part", "date_subtract", "date_trunc",
    "daterange", "decode", "degrees", "dense_rank", "div", "encode", "every", "exp", "factorial",
    "first_value", "floor", "format", "gcd", "generate_series", "greatest", "grouping", "initcap",
    "int4range", "int8range", "isempty", "isfinite", "json_agg", "json_array_elements",
    "json_array_elements_text", "json_array_length", "json_build_array", "json_build_object",
    "json_extract_path", "json_extract_path_text", "json_object", "json_object_agg",
    "json_object_keys", "json_strip_nulls", "json_typeof", "jsonb_agg", "jsonb_array_elements",
    "jsonb_array_elements_text", "jsonb_array_length", "jsonb_build_array", "jsonb_build_object",
    "jsonb_extract_path", "jsonb_extract_path_text", "jsonb_insert", "jsonb_object",
    "jsonb_object_agg", "jsonb_object_keys", "jsonb_path_exists", "jsonb_path_query",
    "jsonb_path_query_array", "jsonb_path_query_first", "jsonb_pretty", "jsonb_set",
    "jsonb_strip_nulls", "jsonb_typeof", "justify_days", "justify_hours", "justify_interval", "lag",
    "last_value", "lcm", "lead", "least", "left", "length", "ln", "localtime", "localtimestamp",
    "log", "log10", "lower", "lower_inc", "lpad", "ltrim", "make_date", "make_interval",
    "make_time", "make_timestamp", "make_timestamptz", "max", "md5", "min", "min_scale", "mod",
    "mode", "now", "nth_value", "ntile", "nullif", "num_nonnulls", "num_nulls", "numrange",
    "octet_length", "overlay", "percent_rank", "percentile_cont", "percentile_disc", "pi",
    "position", "pow", "power", "quote_ident", "quote_literal", "quote_nullable", "radians",
    "random", "range_agg", "range_merge", "rank", "regexp_count", "regexp_instr", "regexp_like",
    "regexp_match", "regexp_matches", "regexp_replace", "regexp_split_to_array",
    "regexp_split_to_table", "regexp_substr", "regr_avgx", "regr_avgy", "regr_count",
    "regr_intercept", "regr_r2", "regr_slope", "regr_sxx", "regr_sxy", "regr_syy", "repeat",
    "replace", "reverse", "right", "round", "row", "row_number", "row_to_json", "rpad", "rtrim",
    "scale", "sign", "sin", "sind", "sinh", "split_part", "sqrt", "starts_with",
    "statement_timestamp", "stddev", "stddev_pop", "stddev_samp", "string_agg", "string_to_array",
    "string_to_table", "strpos", "substr", "substring", "sum", "tan", "tand", "tanh", "timezone",
    "to_char", "to_date", "to_hex", "to_json", "to_jsonb", "to_number", "to_timestamp",
    "transaction_timestamp", "translate", "trim_array", "trim_scale", "trunc", "tsrange",
    "tstzrange", "unistr", "unnest", "upper", "upper_inc", "var_pop", "var_samp", "variance",
    "width_bucket"
})  # fmt: skip

TABLE_FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "generate_series": (),
    "generate_subscripts": (),
    "json_array_elements": ("value",),
    "json_array_elements_text": ("value",),
    "json_each": ("key", "value"),
    "json_each_text": ("key", "value"),
    "json_object_keys": (),
    "jsonb_array_elements": ("value",),
    "jsonb_array_elements_text": ("value",),
    "jsonb_each": ("key", "value"),
    "jsonb_each_text": ("key", "value"),
    "jsonb_object_keys": (),
    "jsonb_path_query": (),
    "regexp_matches": (),
    "regexp_split_to_table": (),
    "string_to_table": (),
    "unnest": (),
}
"""What may stand in a FROM with arguments, and the columns it gives; without any, one by its alias."""

TYPES = frozenset({
    "ARRAY", "BIGINT", "BIT", "BOOLEAN", "CHAR", "DATE", "DECIMAL", "DOUBLE", "FLOAT", "INT",
    "INTERVAL", "JSON", "JSONB", "SMALLINT", "TEXT", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "TIMETZ",
    "UUID", "VARCHAR", "BPCHAR", "MONEY", "NUMERIC", "INT4RANGE", "DATERANGE", "TSRANGE",
})  # fmt: skip
"""sqlglot's names of the types to cast to; a cast to regclass would ask the catalogue."""
