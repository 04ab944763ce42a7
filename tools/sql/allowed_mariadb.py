"""Additional functions allowed on MariaDB, as data."""

from collections.abc import Mapping

from tools.sql.allowed import ANY, most_arguments

FUNCTIONS = most_arguments(
    {
        0: """
        cume_dist curdate current_date dense_rank percent_rank pi rank row_number utc_date
    """,
        1: """
        abs acos any_value ascii asin avg bit_and bit_count bit_length bit_or bit_xor ceil
        ceiling char_length character_length chr cos cot count current_time current_timestamp
        curtime date day dayname dayofmonth dayofweek dayofyear degrees exp first_value floor
        from_days hex hour isnull json_arrayagg json_compact json_depth json_normalize
        json_quote json_type json_unquote json_valid last_day last_value lcase length ln
        localtime localtimestamp log10 log2 lower ltrim max md5 median microsecond min minute
        month monthname now ntile octet_length ord percentile_cont percentile_disc quarter quote
        radians rand reverse rtrim sec_to_time second sha1 sign sin soundex space sqrt std
        stddev stddev_pop stddev_samp sum sysdate tan time time_to_sec to_base64 to_days
        to_seconds ucase unhex unix_timestamp upper utc_time utc_timestamp var_pop var_samp
        variance weekday weekofyear year
    """,
        2: """
        adddate addtime atan atan2 crc32 date_add date_sub datediff find_in_set from_unixtime
        ifnull instr json_equals json_exists json_keys json_length json_objectagg json_overlaps
        json_query json_value left log makedate mod nth_value nullif nvl period_add period_diff
        pow power regexp_instr regexp_substr repeat right round sha2 str_to_date strcmp subdate
        subtime time_format timediff timestamp to_char truncate week yearweek
    """,
        3: """
        conv convert_tz date_format format if json_contains lag lead locate lpad maketime mid
        nvl2 regexp_replace replace rpad substr substring substring_index timestampadd
        timestampdiff
    """,
        4: "insert",
        ANY: """
        char coalesce concat concat_ws elt field greatest json_array json_contains_path
        json_extract json_insert json_merge_patch json_merge_preserve json_object json_remove
        json_replace json_search json_set least row
    """,
    }
)

TABLE_FUNCTIONS: Mapping[str, tuple[str, ...]] = {}

TYPES = frozenset({
    "BIGINT", "BINARY", "CHAR", "CHARACTER_SET", "DATE", "DATETIME", "DECIMAL", "DOUBLE", "FLOAT", "INT", "NCHAR",
    "SIGNED", "TEXT", "TIME", "TIMESTAMP", "UBIGINT", "UNSIGNED", "VARCHAR", "YEAR",
})  # fmt: skip
"""sqlglot's names of the types to cast to."""
