"""Additional functions allowed on PostgreSQL, as data."""

from collections.abc import Mapping

from tools.sql.allowed import ANY, most_arguments

FUNCTIONS = most_arguments(
    {
        0: """
        clock_timestamp current_date now pi row_number statement_timestamp transaction_timestamp
    """,
        1: """
        abs acos acosd acosh any_value array_agg array_ndims ascii asin asind asinh atan atand
        atanh avg bit_and bit_count bit_length bit_or bit_xor bool_and bool_or cardinality cbrt
        ceil ceiling char_length character_length chr cos cosd cosh cot cotd count current_time
        current_timestamp date degrees every exp factorial first_value floor initcap isempty
        isfinite json_agg json_array_elements json_array_elements_text json_array_length
        json_object_keys json_typeof jsonb_agg jsonb_array_elements jsonb_array_elements_text
        jsonb_array_length jsonb_object_keys jsonb_pretty jsonb_typeof justify_days
        justify_hours justify_interval last_value ln localtime localtimestamp log10 lower
        lower_inc max md5 min min_scale mode ntile octet_length quote_ident quote_literal
        quote_nullable radians range_agg reverse scale sign sin sind sinh sqrt stddev stddev_pop
        stddev_samp sum tan tand tanh to_hex to_json to_jsonb trim_scale unistr upper upper_inc
        var_pop var_samp variance
    """,
        2: """
        age array_append array_cat array_length array_lower array_positions array_prepend
        array_remove array_to_json array_upper atan2 atan2d btrim corr covar_pop covar_samp
        date_part decode div encode gcd json_object json_object_agg json_strip_nulls
        jsonb_object jsonb_object_agg jsonb_strip_nulls lcm left length log ltrim mod nth_value
        nullif percentile_cont percentile_disc position pow power random range_merge regr_avgx
        regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy repeat
        right round row_to_json rtrim starts_with string_agg strpos timezone to_char to_date
        to_number to_timestamp trim_array trunc
    """,
        3: """
        array_position array_replace array_to_string date_add date_bin date_subtract date_trunc
        daterange int4range int8range lag lead lpad make_date make_time numrange regexp_like
        regexp_match regexp_matches regexp_split_to_array regexp_split_to_table replace rpad
        split_part string_to_array string_to_table substr substring translate tsrange tstzrange
    """,
        4: """
        generate_series jsonb_insert jsonb_path_exists jsonb_path_query jsonb_path_query_array
        jsonb_path_query_first jsonb_set overlay regexp_count width_bucket
    """,
        6: "make_timestamp regexp_replace regexp_substr",
        7: "make_interval make_timestamptz regexp_instr",
        ANY: """
        array coalesce concat concat_ws cume_dist dense_rank format greatest grouping
        json_build_array json_build_object json_extract_path json_extract_path_text
        jsonb_build_array jsonb_build_object jsonb_extract_path jsonb_extract_path_text least
        num_nonnulls num_nulls percent_rank rank row unnest
    """,
    }
)

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
"""Table functions with the columns they return; without any, one named by its alias."""

TYPES = frozenset({
    "ARRAY", "BIGINT", "BIT", "BOOLEAN", "CHAR", "DATE", "DECIMAL", "DOUBLE", "FLOAT", "INT",
    "INTERVAL", "JSON", "JSONB", "SMALLINT", "TEXT", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "TIMETZ",
    "UUID", "VARCHAR", "BPCHAR", "MONEY", "NUMERIC", "INT4RANGE", "DATERANGE", "TSRANGE",
})  # fmt: skip
"""sqlglot's names of the types to cast to; a cast to regclass would ask the catalogue."""
