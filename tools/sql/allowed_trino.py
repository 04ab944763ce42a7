"""What Trino may be asked, beyond what every engine may; as data."""

from collections.abc import Mapping

from sqlglot import exp

from tools.sql.allowed import COMMON_NODES, Kinds

_SYNTAX = {
    exp.Array, exp.AtTimeZone, exp.Bracket, exp.Cube, exp.Fetch, exp.GroupingSets, exp.Interval,
    exp.Lateral, exp.LimitOptions, exp.Rollup, exp.TryCast, exp.Unnest, exp.WithinGroup, exp.Any,
    exp.All,
}  # fmt: skip

_FUNCTION = {
    exp.AnyValue, exp.ApproxDistinct, exp.ApproxQuantile, exp.ArgMax, exp.ArgMin, exp.ArrayAgg,
    exp.ArrayContains, exp.ArraySize, exp.ArrayToString, exp.BitwiseAndAgg, exp.BitwiseOrAgg,
    exp.Cbrt, exp.Corr, exp.CountIf, exp.CovarPop, exp.CovarSamp, exp.DateAdd, exp.DateDiff,
    exp.DateSub, exp.Day, exp.DayOfMonth, exp.DayOfWeek, exp.DayOfWeekIso, exp.DayOfYear,
    exp.Extract, exp.Grouping, exp.Hour, exp.JSONFormat, exp.LastDay, exp.LogicalAnd,
    exp.LogicalOr, exp.Minute, exp.Month, exp.ParseJSON, exp.Quarter, exp.RegexpExtract,
    exp.RegexpLike, exp.RegexpReplace, exp.Reverse, exp.Second, exp.SplitPart, exp.StartsWith,
    exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.StrToDate, exp.StrToTime, exp.TimestampTrunc,
    exp.TimeToUnix, exp.UnixToTime, exp.Variance, exp.VariancePop, exp.WeekOfYear, exp.Week,
    exp.Year, exp.Localtimestamp, exp.Localtime,
}  # fmt: skip

NODES: Kinds = COMMON_NODES | _SYNTAX | _FUNCTION

FUNCTIONS = frozenset({
    "arbitrary", "array_distinct", "array_intersect", "array_join", "array_max", "array_min",
    "array_sort", "bool_and", "bool_or", "ceiling", "checksum", "contains", "date_parse",
    "element_at", "every", "format_datetime", "from_iso8601_date", "from_iso8601_timestamp",
    "geometric_mean", "is_finite", "is_infinite", "is_nan", "json_array_contains",
    "json_array_get", "json_array_length", "json_parse", "json_size", "kurtosis", "levenshtein_distance",
    "log10", "log2", "ltrim", "mod", "nan", "parse_datetime", "power", "regexp_count",
    "regexp_extract_all", "regexp_split", "regr_intercept", "regr_slope", "rtrim", "skewness",
    "split", "to_iso8601", "truncate", "typeof", "with_timezone", "year_of_week", "yow", "week_of_year",
})  # fmt: skip

TABLE_FUNCTIONS: Mapping[str, frozenset[str]] = {}
"""None: `TABLE(system.query(…))` would pass a text on to another engine, ungated."""

TYPES = frozenset({
    "ARRAY", "BIGINT", "BOOLEAN", "CHAR", "DATE", "DECIMAL", "DOUBLE", "FLOAT", "INT", "JSON",
    "SMALLINT", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "TINYINT", "VARCHAR", "UUID", "TEXT", "INTERVAL",
})  # fmt: skip
"""sqlglot's names of the types to cast to."""
