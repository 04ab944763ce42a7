"""What is wrong with a text that cannot be parsed, in words, with the place of it."""

import re

from sqlglot.errors import ParseError, SqlglotError, TokenError

_INSIDES = re.compile(r"\x1b\[\d+m|<(?:Token|class) ")
"""What the parser's messages hold for those who work on the parser."""
_EXPECTED = re.compile(r"Expect(?:ed|ing) (\S+)")


def told_syntax(error: SqlglotError) -> str:
    """The first thing that keeps a statement from being read, and where it stands.

    The parser names its own classes, which tell somebody who writes SQL nothing.
    """
    if isinstance(error, TokenError):
        return "This cannot be read as SQL: a quotation mark or a comment is not closed."
    if not isinstance(error, ParseError) or not error.errors:
        return f"This cannot be read as SQL: {_first_line(error)}"
    first = error.errors[0]
    return _told(str(first["description"]), _place(first))


def _told(said: str, place: str) -> str:
    if said.startswith("Expected table name"):
        return f"This cannot be read as SQL: the name of a table is missing at {place}."
    if said.startswith("Required "):
        return f"This cannot be read as SQL: something is missing at {place}."
    if found := _EXPECTED.match(said):
        return f"This cannot be read as SQL: {found[1]} is missing at {place}."
    if said.startswith("Invalid expression") or _INSIDES.search(said):
        return f"This cannot be read as SQL: something does not fit at {place}."
    return f"This cannot be read as SQL: {said} at {place}."


def _place(found: dict[str, object]) -> str:
    """The words there, and where they begin; the parser counts to their last letter."""
    words, line, end = str(found["highlight"]), found["line"], found["col"]
    column = max(int(str(end)) - len(words.splitlines()[-1] if words else "") + 1, 1)
    return f"{words!r} (line {line}, column {column})"


def _first_line(error: SqlglotError) -> str:
    return next(iter(_INSIDES.sub("", str(error)).splitlines()), "unknown syntax")
