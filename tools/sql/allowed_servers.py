"""Functions and types allowed on SQL Server, Oracle, Snowflake and BigQuery, as data.

Each function computes its result from its arguments, the time or chance, and does nothing else.
"""

from collections.abc import Mapping

from tools.sql.allowed import ANY

_EVERYWHERE = """
    abs acos ascii asin atan avg ceil coalesce concat cos count cume_dist degrees dense_rank exp
    first_value floor grouping lag last_value lead lower ltrim max min nth_value ntile
    nullif percent_rank power rank replace round row_number rtrim sign sin sqrt stddev
    substring sum tan trim upper variance
"""


def _listed(words: str) -> Mapping[str, int]:
    return dict.fromkeys((_EVERYWHERE + words).split(), ANY)


TSQL = _listed("""
    approx_count_distinct atn2 ceiling char charindex choose concat_ws cot count_big datalength
    dateadd datediff datediff_big datefromparts datename datepart datetime2fromparts
    datetimefromparts datetrunc day difference eomonth format getdate getutcdate greatest
    grouping_id iif isdate isjson isnull isnumeric json_query json_value least left len log log10
    month nchar patindex percentile_cont percentile_disc pi quotename radians reverse right soundex
    space square stdev stdevp str string_agg stuff switchoffset sysdatetime sysdatetimeoffset
    sysutcdatetime timefromparts todatetimeoffset translate unicode var varp year
""")
ORACLE = _listed("""
    add_months any_value approx_count_distinct atan2 bitand chr connect_by_iscycle connect_by_isleaf
    corr covar_pop covar_samp current_date current_timestamp decode extract from_tz greatest
    group_id grouping_id initcap instr json_value last_day least length level listagg ln log lpad
    median mod months_between nanvl next_day numtodsinterval numtoyminterval nvl nvl2
    percentile_cont percentile_disc ratio_to_report regexp_count regexp_instr regexp_like
    regexp_replace regexp_substr regr_slope remainder rownum rpad soundex stats_mode stddev_pop
    stddev_samp substr sys_connect_by_path sysdate systimestamp to_char to_date to_dsinterval
    to_number to_timestamp to_timestamp_tz to_yminterval translate trunc var_pop var_samp
    width_bucket
""")
SNOWFLAKE = _listed("""
    add_months any_value approx_count_distinct approx_percentile array_agg array_cat
    array_construct array_contains array_distinct array_size array_slice array_to_string
    array_unique_agg atan2 booland_agg boolor_agg charindex concat_ws contains convert_timezone corr
    count_if covar_pop covar_samp current_date current_time current_timestamp date
    date_from_parts date_part date_trunc dateadd datediff day dayname dayofmonth dayofweek
    dayofweekiso dayofyear decode div0 div0null endswith equal_null extract get get_path getdate
    greatest grouping_id hour iff ifnull ilike initcap is_null_value last_day least left length len
    listagg ln localtimestamp log lpad max_by median min_by minute mod mode month monthname
    months_between next_day nullifzero nvl nvl2 object_agg object_construct object_keys
    parse_json percentile_cont percentile_disc pi position previous_day quarter ratio_to_report
    regexp_count regexp_instr regexp_like regexp_replace regexp_substr reverse right rpad second
    skew split split_part square startswith stddev_pop stddev_samp strtok substr time_slice timeadd
    timediff timestamp_from_parts timestampadd timestampdiff to_boolean to_char to_date to_decimal
    to_double to_number to_numeric to_time to_timestamp to_timestamp_ltz to_timestamp_ntz
    to_timestamp_tz to_varchar translate trunc truncate try_parse_json try_to_boolean try_to_date
    try_to_decimal try_to_double try_to_number try_to_numeric try_to_time try_to_timestamp
    try_to_timestamp_ntz typeof uniform var_pop var_samp week weekiso weekofyear width_bucket year
    yearofweek yearofweekiso zeroifnull
""")
BIGQUERY = _listed("""
    any_value approx_count_distinct approx_quantiles approx_top_count approx_top_sum array
    array_agg array_concat array_concat_agg array_first array_last array_length array_reverse
    array_to_string byte_length char_length character_length contains_substr corr countif covar_pop
    covar_samp current_date current_datetime current_time current_timestamp date date_add
    date_diff date_sub date_trunc datetime datetime_add datetime_diff datetime_sub datetime_trunc
    div edit_distance ends_with extract format format_date format_datetime format_time
    format_timestamp generate_date_array greatest if ifnull ieee_divide initcap instr is_inf is_nan
    json_extract json_extract_array json_extract_scalar json_query json_query_array json_value
    json_value_array last_day least left length ln log log10 logical_and logical_or lpad max_by
    min_by mod normalize parse_bignumeric parse_date parse_datetime parse_json parse_numeric
    parse_time parse_timestamp percentile_cont percentile_disc pow range_bucket regexp_contains
    regexp_extract regexp_extract_all regexp_instr regexp_replace regexp_substr reverse right rpad
    safe_add safe_divide safe_multiply safe_negate safe_subtract soundex split starts_with
    stddev_pop stddev_samp string string_agg strpos struct substr time time_add time_diff time_sub
    time_trunc timestamp timestamp_add timestamp_diff timestamp_micros timestamp_millis
    timestamp_seconds timestamp_sub timestamp_trunc to_json_string translate trunc unix_date
    unix_millis unix_seconds unnest var_pop var_samp
""")


def _types(words: str) -> frozenset[str]:
    return frozenset(word.strip().upper() for word in words.split(","))


TYPES: Mapping[str, frozenset[str]] = {
    "tsql": _types(
        "bigint, bit, char, date, datetime, datetime2, datetimeoffset, dec, decimal, "
        "double precision, float, int, integer, money, nchar, numeric, nvarchar, real, "
        "smalldatetime, smallint, smallmoney, time, tinyint, uniqueidentifier, varchar"
    ),
    "oracle": _types(
        "binary_double, binary_float, char, char varying, clob, date, dec, decimal, double precision, "
        "float, int, integer, interval day to second, interval year to month, nchar, number, numeric, "
        "nvarchar2, real, smallint, timestamp, timestamp with time zone, "
        "timestamp with local time zone, varchar, varchar2"
    ),
    "snowflake": _types(
        "array, bigint, boolean, byteint, char, character, date, datetime, decimal, double, "
        "double precision, float, float4, float8, int, integer, nchar, number, numeric, nvarchar, "
        "object, real, smallint, string, text, time, timestamp, timestamp_ltz, timestamp_ntz, "
        "timestamp_tz, timestampltz, timestampntz, timestamptz, tinyint, varchar, variant"
    ),
    "bigquery": _types(
        "bigdecimal, bigint, bignumeric, bool, boolean, byteint, bytes, date, datetime, decimal, "
        "float64, int, int64, integer, interval, json, numeric, smallint, string, time, timestamp, "
        "tinyint"
    ),
}
"""The types to cast to, as each engine spells them, without their lengths."""

TABLE_FUNCTIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "tsql": {"string_split": ("value", "ordinal")},
    "oracle": {},
    "snowflake": {"flatten": ("SEQ", "KEY", "PATH", "INDEX", "VALUE", "THIS")},
    "bigquery": {},
}
"""OPENROWSET, TABLE(…), EXTERNAL_QUERY and their like reach beyond what was opened."""
