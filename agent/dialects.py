"""What a model has to know of an engine's SQL that the name of its dialect does not tell it."""

_NOTES = {
    "sqlite": (
        "- Dates are text such as '2025-03-31', and there is no YEAR() or DATEDIFF(). Year: "
        "strftime('%Y', a) = '2025'. Days from a to b: julianday(b) - julianday(a). Within a year: "
        "a >= '2025-01-01' AND a < '2026-01-01'.\n"
    ),
    "postgresql": (
        "- Within a year: a >= '2025-01-01' AND a < '2026-01-01'. Days from a to b: b::date - a::date.\n"
    ),
    "mysql": (
        "- Within a year: a >= '2025-01-01' AND a < '2026-01-01'. Days from a to b: DATEDIFF(b, a).\n"
    ),
    "duckdb": (
        "- Within a year: a >= '2025-01-01' AND a < '2026-01-01'. Days from a to b: "
        "date_diff('day', a, b). Month: strftime(a, '%Y-%m'). JSON: json_extract_string(a, '$.key').\n"
    ),
    "tsql": (
        "- First rows: SELECT TOP 5. Within a year: a >= '2025-01-01' AND a < '2026-01-01'. Days from "
        "a to b: DATEDIFF(day, a, b).\n"
    ),
    "oracle": (
        "- First rows: FETCH FIRST 5 ROWS ONLY. Within a year: a >= DATE '2025-01-01' AND a < DATE "
        "'2026-01-01'. Days from a to b: b - a. Month: TO_CHAR(a, 'YYYY-MM').\n"
    ),
    "snowflake": (
        "- Within a year: a >= '2025-01-01' AND a < '2026-01-01'. Days from a to b: "
        "DATEDIFF('day', a, b).\n"
    ),
    "bigquery": (
        "- Within a year: a >= '2025-01-01' AND a < '2026-01-01'. Days from a to b: "
        "DATE_DIFF(b, a, DAY). Month: FORMAT_DATE('%Y-%m', a).\n"
    ),
    "trino": (
        "- Within a year: a >= DATE '2025-01-01' AND a < DATE '2026-01-01'. Days from a to b: "
        "date_diff('day', a, b).\n"
    ),
}


def notes_on(dialect: str) -> str:
    """A line of the prompt on dates, where small models go wrong most; empty for other engines."""
    return _NOTES.get({"mariadb": "mysql"}.get(dialect, dialect), "")
