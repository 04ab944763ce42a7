"""Functions allowed on SQL Server, Oracle, Snowflake and BigQuery, as data."""

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
    atn2 ceiling charindex choose concat_ws cot count_big dateadd datediff datediff_big datefromparts
    datename datepart datetrunc day eomonth getdate getutcdate iif isdate isnull isnumeric json_value
    left len log log10 month patindex percentile_cont percentile_disc pi quotename radians
    reverse right space square stdev stdevp string_agg stuff sysdatetime translate unicode var varp
    year approx_count_distinct
""")
ORACLE = _listed("""
    add_months approx_count_distinct atan2 bitand chr corr covar_pop covar_samp current_date
    current_timestamp decode extract greatest initcap instr last_day least length listagg ln log
    lpad median mod months_between nanvl next_day nvl nvl2 percentile_cont percentile_disc
    ratio_to_report regexp_count regexp_instr regexp_like regexp_replace regexp_substr regr_slope
    remainder rpad stats_mode stddev_pop stddev_samp substr sysdate systimestamp to_char to_date
    to_number to_timestamp translate trunc var_pop var_samp
""")
SNOWFLAKE = _listed("""
    add_months any_value approx_count_distinct array_agg array_contains array_size atan2 charindex
    contains corr count_if current_date current_timestamp date date_part date_trunc dateadd datediff
    day dayname dayofmonth dayofweek dayofyear decode div0 endswith equal_null extract greatest hour
    iff ifnull ilike initcap is_null_value last_day least left length len listagg ln log lpad
    median minute mod mode month monthname months_between nvl nvl2 object_construct percentile_cont
    percentile_disc pi position quarter ratio_to_report regexp_count regexp_like regexp_replace
    regexp_substr reverse right rpad second split_part square startswith stddev_pop stddev_samp
    substr time_slice to_char to_date to_decimal to_number to_timestamp to_varchar trunc
    truncate try_to_date try_to_number try_to_decimal try_to_timestamp uniform var_pop var_samp week
    weekofyear year zeroifnull
""")
BIGQUERY = _listed("""
    any_value approx_count_distinct approx_quantiles array array_agg array_length array_to_string
    char_length contains_substr corr countif current_date current_timestamp current_datetime date
    date_add date_diff date_sub date_trunc datetime datetime_add datetime_diff datetime_sub
    datetime_trunc div ends_with extract format_date format_datetime format_timestamp greatest if
    ifnull ieee_divide initcap instr json_value last_day least left length ln log log10 logical_and
    logical_or lpad mod parse_date parse_datetime parse_timestamp percentile_cont percentile_disc pow
    regexp_contains regexp_extract regexp_replace reverse right rpad safe_divide safe_subtract split
    starts_with stddev_pop stddev_samp string string_agg strpos substr timestamp timestamp_add
    timestamp_diff timestamp_sub timestamp_trunc trunc unnest var_pop var_samp
""")

TYPES = frozenset({
    "ARRAY", "BIGDECIMAL", "BIGINT", "BIT", "BOOLEAN", "CHAR", "DATE", "DATETIME", "DATETIME2",
    "DATETIMEOFFSET", "DECIMAL", "DOUBLE", "FLOAT", "INT", "MONEY", "NCHAR", "NUMERIC", "NVARCHAR",
    "SMALLINT", "TEXT", "TIME", "TIMESTAMP", "TIMESTAMPLTZ", "TIMESTAMPNTZ", "TIMESTAMPTZ",
    "TINYINT", "UINT", "UTINYINT", "VARCHAR",
})  # fmt: skip
"""sqlglot's names of the types to cast to."""

NO_TABLE_FUNCTIONS: Mapping[str, tuple[str, ...]] = {}
"""OPENROWSET, TABLE(…), EXTERNAL_QUERY and their like reach beyond what was opened."""
