"""A statement laid out with a clause per line, for display only."""

import re

_TOKEN = re.compile(
    r"""
    (?P<kept> '(?:[^']|'')*' | "(?:[^"]|"")*" | `[^`]*` | --[^\n]* | /\*.*?\*/ )
    | (?P<bracket> [()] )
    | \b (?P<clause>
        (?:(?:LEFT|RIGHT|FULL|INNER|CROSS|NATURAL)\s+(?:OUTER\s+)?)? JOIN
        | FROM | WHERE | GROUP\s+BY | HAVING | ORDER\s+BY | LIMIT | UNION(?:\s+ALL)? | INTERSECT
        | EXCEPT | WINDOW | FETCH
      ) \b
    | \b (?P<term> AND | OR ) \b
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_BETWEEN = re.compile(r"\bBETWEEN\s+\S+\s*$", re.IGNORECASE)


def on_lines(sql: str) -> str:
    """One clause per line; statements that are short or have lines already stay as they are."""
    text = sql.strip()
    if "\n" in text or len(text) <= 60:
        return text
    written, depth, at = "", 0, 0
    for found in _TOKEN.finditer(text):
        written += text[at : found.start()]
        at = found.end()
        depth += {"(": 1, ")": -1}.get(found["bracket"] or "", 0)
        is_clause = found["clause"] and depth == 0
        is_term = found["term"] and depth == 0 and not _BETWEEN.search(written)
        if is_clause or is_term:
            written = f"{written.rstrip()}\n{'' if is_clause else '  '}"
        written += found[0]
    return written + text[at:]
