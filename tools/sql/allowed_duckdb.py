"""Additional functions allowed on DuckDB, as data.

Left out on purpose: whatever reads files or settings, takes SQL or the name of a function as text
(`query`, `list_aggregate`, `histogram` in FROM), waits, logs, or makes a list as long as a number
says (`range` outside FROM, `list_resize`).
"""

from collections.abc import Mapping

from tools.sql.allowed import ANY, most_arguments

FUNCTIONS = most_arguments(
    {
        0: """
        cume_dist current_date current_time current_timestamp dense_rank now percent_rank pi random
        rank row_number today uuid
    """,
        1: """
        abs acos acosh any_value approx_count_distinct array_length array_reverse ascii asin asinh
        atan atanh avg bit_and bit_count bit_length bit_or bit_xor bool_and bool_or cardinality
        cbrt ceil ceiling century char_length character_length chr cos cosh cot count count_if
        countif dayname dayofmonth dayofweek dayofyear day days_in_month decade degrees entropy
        epoch epoch_ms epoch_us even exp factorial favg first first_value floor fsum geomean
        geometric_mean hex hour isfinite isinf isnan isodow isoyear json_array_length json_keys
        json_type json_valid julian kurtosis last last_day last_value lcase len length list_avg
        list_distinct list_max list_median list_min list_reverse list_sort list_sum list_unique ln
        log10 log2 lower mad max md5 mean median microsecond millisecond min minute mode month
        monthname ntile octet_length ord product quarter radians reverse second sem sha256 sign
        signbit sin sinh skewness sqrt stddev stddev_pop stddev_samp strip_accents strlen sum sumkahan
        tan tanh to_days to_hours to_minutes to_months to_seconds to_timestamp to_weeks to_years
        typeof ucase unicode unnest upper var_pop var_samp variance week weekday weekofyear year
        yearweek json_group_array array_agg list
    """,
        2: """
        age approx_quantile arg_max arg_min argmax argmin array_contains array_has atan2 contains
        corr covar_pop covar_samp damerau_levenshtein date_add date_part date_trunc datepart
        datetrunc ends_with fdiv fmod gcd ifnull instr jaccard jaro_winkler_similarity json_contains
        json_exists json_extract json_extract_path json_extract_string json_group_object json_value
        lcm left levenshtein list_contains list_element list_extract list_has list_position log
        ltrim max_by min_by percentile_cont percentile_disc mod nth_value nullif pow power prefix quantile quantile_cont
        quantile_disc regexp_split_to_array regr_avgx regr_avgy regr_count regr_intercept regr_r2
        regr_slope regr_sxx regr_sxy regr_syy repeat right round round_even rtrim
        starts_with str_split strftime string_agg string_split strptime struct_extract suffix
        timezone trim trunc try_strptime wavg weighted_avg group_concat listagg
        array_to_string element_at map_extract strpos
    """,
        3: """
        date_diff date_sub datediff datesub if lag lead list_slice lpad make_date make_time
        regexp_full_match regexp_matches replace rpad split_part substr substring time_bucket
        translate
    """,
        4: "regexp_extract regexp_extract_all regexp_replace width_bucket",
        6: "make_timestamp",
        ANY: """
        array coalesce concat concat_ws greatest grouping json_array json_object least list_value
        printf row
    """,
    }
)

_JSON_ROW = ("key", "value", "type", "atom", "id", "parent", "fullkey", "path", "json", "rowid")
TABLE_FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "generate_series": ("generate_series",),
    "json_each": _JSON_ROW,
    "json_tree": _JSON_ROW,
    "range": ("range",),
    "unnest": ("unnest",),
}
"""Table functions with the columns they return, in order."""

TYPES = frozenset({
    "ARRAY", "BIGINT", "BOOLEAN", "CHAR", "DATE", "DECIMAL", "DOUBLE", "FLOAT", "INT", "INT128",
    "INTERVAL", "JSON", "LIST", "SMALLINT", "TEXT", "TIME", "TIMESTAMP", "TIMESTAMPTZ",
    "TIMESTAMPNTZ", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TINYINT", "UBIGINT", "UINT",
    "USMALLINT", "UTINYINT", "UUID", "VARCHAR",
})  # fmt: skip
"""sqlglot's names of the types to cast to."""
