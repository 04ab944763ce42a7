"""What PostgreSQL may be asked, beyond what every engine may; as data."""

from collections.abc import Mapping

from sqlglot import exp

from tools.sql.allowed import COMMON_NODES, Kinds

_SYNTAX = {
    exp.Array, exp.AtTimeZone, exp.Bracket, exp.Cube, exp.Fetch, exp.GroupingSets, exp.ILike,
    exp.Interval, exp.JSONPathUnion, exp.Lateral, exp.LimitOptions, exp.Rollup, exp.SimilarTo,
    exp.Slice, exp.WithinGroup, exp.Any, exp.All, exp.Unnest, exp.BitwiseXor, exp.TableColumn,
}  # fmt: skip

_FUNCTION = {
    exp.ArrayAgg, exp.ArrayContainedBy, exp.ArrayContainsAll, exp.ArrayOverlaps,
    exp.ArrayToString, exp.Cbrt, exp.Corr, exp.Cot, exp.CovarPop, exp.CovarSamp,
    exp.ExplodingGenerateSeries, exp.Extract, exp.GenerateSeries, exp.Grouping, exp.Initcap,
    exp.JSONArray, exp.JSONBExtract, exp.JSONBExtractScalar,
    exp.JSONBContains, exp.Left, exp.Localtime, exp.Localtimestamp, exp.LogicalAnd, exp.LogicalOr,
    exp.MD5, exp.Mode, exp.Overlay, exp.Pad, exp.PercentileCont, exp.PercentileDisc, exp.RegexpILike,
    exp.RegexpLike, exp.RegexpReplace, exp.Right, exp.SplitPart, exp.StartsWith, exp.Stddev,
    exp.StddevPop, exp.StddevSamp, exp.StrToDate, exp.StrToTime, exp.TimestampTrunc, exp.ToChar,
    exp.ToNumber, exp.Translate, exp.UnixToTime, exp.Variance, exp.VariancePop, exp.WidthBucket,
    exp.Reverse, exp.BitwiseAndAgg, exp.BitwiseOrAgg, exp.RegexpCount, exp.JSONExtractArray,
    exp.ArraySize, exp.ToArray, exp.StringToArray, exp.JustifyDays, exp.JustifyHours,
    exp.JustifyInterval, exp.RegrSlope, exp.RegrIntercept, exp.RegrCount, exp.RegrR2,
    exp.MakeInterval, exp.ArrayPosition, exp.ArrayRemove, exp.AnyValue,
}  # fmt: skip

NODES: Kinds = COMMON_NODES | _SYNTAX | _FUNCTION

FUNCTIONS = frozenset({
    "age", "array_append", "array_cat", "array_length", "array_lower", "array_ndims",
    "array_position", "array_positions", "array_prepend", "array_remove", "array_replace",
    "array_to_json", "array_to_string", "array_upper", "ascii", "asind", "acosd", "atand", "bit_and",
    "bit_length", "bit_or", "bool_and", "bool_or", "btrim", "cardinality", "cbrt", "ceiling",
    "char_length", "character_length", "cosd", "cot", "date_bin", "date_part", "div", "every",
    "factorial", "gcd", "grouping", "isfinite", "json_agg", "json_array_length", "json_build_array",
    "json_build_object", "json_extract_path", "json_extract_path_text", "json_object",
    "json_object_agg", "json_strip_nulls", "json_typeof", "jsonb_agg", "jsonb_array_length",
    "jsonb_build_array", "jsonb_build_object", "jsonb_extract_path", "jsonb_extract_path_text",
    "jsonb_object", "jsonb_object_agg", "jsonb_path_exists", "jsonb_path_query_array",
    "jsonb_path_query_first", "jsonb_pretty", "jsonb_set", "jsonb_strip_nulls", "jsonb_typeof",
    "justify_days", "justify_hours", "justify_interval", "lcm", "left", "log10", "ltrim", "make_date",
    "make_interval", "make_time", "make_timestamp", "make_timestamptz", "md5", "min_scale", "mod",
    "now", "num_nonnulls", "num_nulls", "octet_length", "position", "power", "quote_ident",
    "quote_literal", "quote_nullable", "random", "range_agg", "regexp_count", "regexp_instr",
    "regexp_like", "regexp_match", "regexp_matches", "regexp_split_to_array", "regexp_substr",
    "regr_avgx", "regr_avgy", "regr_count", "regr_intercept", "regr_r2", "regr_slope", "regr_sxx",
    "regr_sxy", "regr_syy", "reverse", "right", "row_to_json", "rtrim", "scale", "sind",
    "starts_with", "statement_timestamp", "string_to_array", "strpos", "tand", "timezone", "to_char",
    "to_date", "to_hex", "to_json", "to_jsonb", "to_number", "to_timestamp", "transaction_timestamp",
    "translate", "trim_array", "trim_scale", "trunc", "unnest", "var_pop", "var_samp", "variance",
    "width_bucket", "split_part", "initcap", "overlay", "substr",
})  # fmt: skip

TABLE_FUNCTIONS: Mapping[str, frozenset[str]] = {
    "json_array_elements": frozenset({"value"}),
    "json_array_elements_text": frozenset({"value"}),
    "json_each": frozenset({"key", "value"}),
    "json_each_text": frozenset({"key", "value"}),
    "json_object_keys": frozenset(),
    "jsonb_array_elements": frozenset({"value"}),
    "jsonb_array_elements_text": frozenset({"value"}),
    "jsonb_each": frozenset({"key", "value"}),
    "jsonb_each_text": frozenset({"key", "value"}),
    "jsonb_object_keys": frozenset(),
    "regexp_matches": frozenset(),
    "regexp_split_to_table": frozenset(),
    "string_to_table": frozenset(),
    "unnest": frozenset(),
}

TYPES = frozenset({
    "ARRAY", "BIGINT", "BIT", "BOOLEAN", "CHAR", "DATE", "DECIMAL", "DOUBLE", "FLOAT", "INT",
    "INTERVAL", "JSON", "JSONB", "SMALLINT", "TEXT", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "TIMETZ",
    "UUID", "VARCHAR", "BPCHAR", "MONEY", "NUMERIC", "INT4RANGE", "DATERANGE", "TSRANGE",
})  # fmt: skip
"""sqlglot's names of the types to cast to; a cast to regclass would ask the catalogue."""
