"""What MariaDB may be asked, beyond what every engine may; as data."""

from collections.abc import Mapping

from sqlglot import exp

from tools.sql.allowed import COMMON_NODES, Kinds

_SYNTAX = {
    exp.BitwiseXor, exp.Interval, exp.JSONValue, exp.SubstringIndex, exp.IntDiv, exp.Rollup, exp.SafeDivide, exp.Xor, exp.Distinct,
}  # fmt: skip

_FUNCTION = {
    exp.CurrentTimestamp, exp.DateAdd, exp.DateDiff, exp.DateSub, exp.Day, exp.DayOfMonth,
    exp.DayOfWeek, exp.DayOfYear, exp.Dayname, exp.Extract, exp.Hour, exp.LastDay, exp.Left,
    exp.Localtime, exp.Localtimestamp, exp.MD5, exp.Minute, exp.Month, exp.Monthname, exp.Pad,
    exp.Quarter, exp.RegexpLike, exp.RegexpReplace, exp.Reverse, exp.Right, exp.Second, exp.Stddev,
    exp.StddevPop, exp.StddevSamp, exp.StrToDate, exp.StrToTime, exp.TimestampDiff,
    exp.TimestampTrunc, exp.TsOrDsAdd, exp.TsOrDsDiff, exp.TsOrDsToDate, exp.UnixToTime, exp.UnixToStr,
    exp.Variance, exp.VariancePop, exp.Week, exp.WeekOfYear, exp.Year, exp.TimestampAdd,
    exp.DatetimeAdd, exp.DatetimeSub, exp.JSONArray, exp.JSONArrayContains, exp.ParseJSON,
    exp.Cot, exp.Log, exp.NumberToStr, exp.DateToDi, exp.ToDays, exp.UtcTimestamp, exp.UtcDate,
    exp.CurrentDatetime, exp.PercentileCont, exp.AnyValue, exp.TimeStrToDate, exp.TimeToUnix,
}  # fmt: skip

NODES: Kinds = COMMON_NODES | _SYNTAX | _FUNCTION

FUNCTIONS = frozenset({
    "adddate", "addtime", "ascii", "bit_count", "bit_length", "char_length", "character_length",
    "conv", "cot", "crc32", "curdate", "curtime", "date_add", "date_format", "date_sub", "datediff",
    "day", "dayname", "dayofmonth", "dayofweek", "dayofyear", "elt", "field", "find_in_set",
    "from_days", "from_unixtime", "hour", "ifnull", "instr", "json_array", "json_arrayagg",
    "json_contains", "json_contains_path", "json_depth", "json_exists", "json_extract", "json_keys",
    "json_length", "json_object", "json_objectagg", "json_quote", "json_search", "json_type",
    "json_unquote", "json_valid", "json_value", "last_day", "lcase", "left", "locate", "log10",
    "log2", "lpad", "ltrim", "makedate", "maketime", "microsecond", "mid", "minute", "mod", "month",
    "monthname", "now", "octet_length", "ord", "period_add", "period_diff", "position", "quarter",
    "quote", "regexp_instr", "regexp_replace", "regexp_substr", "reverse", "right", "rtrim",
    "sec_to_time", "second", "std", "stddev", "stddev_pop", "stddev_samp", "str_to_date", "strcmp",
    "subdate", "substring_index", "subtime", "sysdate", "time", "time_format", "time_to_sec",
    "timediff", "timestamp", "timestampadd", "timestampdiff", "to_days", "to_seconds", "truncate",
    "ucase", "unix_timestamp", "utc_date", "utc_time", "utc_timestamp", "var_pop", "var_samp",
    "variance", "week", "weekday", "weekofyear", "year", "yearweek", "bit_and", "bit_or", "bit_xor",
})  # fmt: skip

TABLE_FUNCTIONS: Mapping[str, frozenset[str]] = {}

TYPES = frozenset({
    "BIGINT", "BINARY", "CHAR", "DATE", "DATETIME", "DECIMAL", "DOUBLE", "FLOAT", "INT", "NCHAR",
    "SIGNED", "TEXT", "TIME", "TIMESTAMP", "UBIGINT", "UNSIGNED", "VARCHAR", "YEAR",
})  # fmt: skip
"""sqlglot's names of the types to cast to."""
