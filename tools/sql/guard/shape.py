"""Allowed syntax: node kinds, and the parts of each.

Kinds and parts that are not listed are refused, including those that sqlglot adds later.
"""

import re

from sqlglot import exp

from tools.errors import Refused
from tools.sql.allowed import ANY
from tools.sql.dialects import Allowed
from tools.sql.guard.nodes import ALL_UNITS, UNITS, TypedText
from tools.sql.guard.parts import SHAPES
from tools.sql.guard.places import check_engine_place, check_named_argument

_MOST_WINDOWS = 50
"""Each sorts and keeps all rows."""


def check(tree: exp.Query, dialect: str, allowed: Allowed) -> None:
    """Refuse what is not listed: kinds, parts, functions, types, units, names that are cut short.

    Raises:
        Refused: the message says what to leave out.
    """
    shape = SHAPES[dialect]
    if sum(1 for _ in tree.find_all(exp.Window)) > _MOST_WINDOWS:
        raise Refused(f"It has more than {_MOST_WINDOWS} windows (OVER). Use fewer.")
    for node in tree.walk():
        parts = shape.get(type(node))
        if parts is None:
            raise Refused(f"{_spoken(type(node).__name__)} is not allowed here. Do without it.")
        if any(node.args.get(name) is None for name, needed in node.arg_types.items() if needed):
            raise Refused(f"{_spoken(type(node).__name__)} is not complete here. Write all of it.")
        for name, value in node.args.items():
            if value not in (None, False, "", []) and name not in parts:
                raise Refused(_part_refusal(node, name))
        _check_node(node, dialect, allowed)


def _check_node(node: exp.Expr, dialect: str, allowed: Allowed) -> None:
    match node:
        case exp.Anonymous():
            _check_call(node, dialect, allowed)
        case exp.DataType():
            _check_type(node, dialect, allowed)
        case exp.Identifier() if allowed.longest_name:
            if len(node.name.encode()) > allowed.longest_name:
                raise Refused(f"The name {node.name!r} is too long for the database. Shorten it.")
        case exp.Var():
            _check_word(node, dialect)
        case exp.Column() if not isinstance(node.this, exp.Identifier | exp.Star):
            raise Refused(f"Write the column {node.name!r} without single quotes.")
        case exp.Literal() if not node.is_string and len(node.name) > _LONGEST_NUMBER:
            raise Refused("A number has too many digits. Shorten it.")
        case exp.Kwarg() if dialect in WRITTEN_TYPES:
            check_named_argument(node)
        case _:
            _check_table(node)
            check_engine_place(node)


def _check_table(node: exp.Expr) -> None:
    match node:
        case exp.JSONTable() if not isinstance(node.parent, exp.Table):
            raise Refused("JSON_TABLE may stand in FROM. Do without it here.")
        case exp.JSONColumnDef() if not _is_whole_column(node):
            raise Refused(f"Give the JSON column {node.name!r} a type and a PATH.")
        case _:
            pass


_LONGEST_NUMBER = 60


def _is_whole_column(column: exp.JSONColumnDef) -> bool:
    parts = column.args
    has_path = isinstance(parts.get("path"), exp.Literal)
    has_content = bool(parts.get("kind") or parts.get("nested_schema"))
    return bool(parts.get("ordinality")) or (has_path and has_content)


def _check_call(call: exp.Anonymous, dialect: str, allowed: Allowed) -> None:
    name = call.name.lower()
    if isinstance(call.parent, exp.Table | exp.Lateral):
        listed = name in allowed.table_functions
    else:
        listed = name in allowed.functions
    if not listed and name not in allowed.opened:
        opened = [each for each in allowed.opened if each.rpartition(".")[2] == name]
        if len(opened) == 1:
            call.set("this", opened[0])
            return
        raise Refused(f"The function {call.name}() is not allowed. Do without it.")
    most = allowed.functions.get(name, ANY)
    if len(call.expressions) > most:
        some = "one argument" if most == 1 else f"{most} arguments"
        raise Refused(f"{call.name}() takes {some} at most. Remove the others.")
    call.set("this", name if dialect == "postgres" or "." in name else call.name)


def _check_type(kind: exp.DataType, dialect: str, allowed: Allowed) -> None:
    if allowed.types is None:
        return
    if written := kind.text("kind") if dialect in WRITTEN_TYPES else "":
        named = _LENGTHS.sub("", written).upper()
    else:
        named = kind.this.value if isinstance(kind.this, exp.DType) else str(kind.this)
    if named not in allowed.types:
        raise Refused(f"Values cannot be cast to {written or kind.sql()!r} here. Use a plain type.")


_LENGTHS = re.compile(r"\([^)]*\)")
WRITTEN_TYPES = frozenset({"tsql", "oracle", "snowflake", "bigquery"})
"""Where a cast's type stays as it was written."""


def _check_word(word: exp.Var, dialect: str) -> None:
    """A bare word is a unit of time, a collation, a character set, or a frame's exclusion."""
    is_server = dialect in WRITTEN_TYPES
    known = _may_stand_on_a_server(word) if is_server else None
    if not (_may_stand(word) if known is None else known):
        raise Refused(f"{word.name} cannot stand here. Do without it.")


def _may_stand_on_a_server(word: exp.Var) -> bool | None:
    """Of the words that SQL Server and its like alone have; None where any engine has them."""
    match word.parent:
        case exp.Extract() | exp.Interval() | exp.IntervalSpan():
            return word.name.lower() in ALL_UNITS
        case exp.Anonymous():  # their parsers know the place
            return word.arg_key == "expressions" and word.name.lower() in ALL_UNITS
        case TypedText():
            return word.arg_key == "this"
        case exp.WithTableHint():
            return word.name.upper() in _HARMLESS_HINTS
        case exp.Window() as window:
            return word.name.upper() == "DENSE_RANK" and _is_kept(window)
        case _:
            return None


def _may_stand(word: exp.Var) -> bool:
    match word.parent:
        case exp.Extract() | exp.Interval() | exp.IntervalSpan():
            is_known = word.name.lower() in UNITS
        case exp.Anonymous():
            is_known = (
                word.arg_key == "expressions"
                and word.index in (0, len(word.parent.expressions) - 1)
                and word.name.lower() in UNITS
            )
        case exp.Collate():
            is_known = word.name.replace("_", "").isalnum()
        case exp.WindowSpec():
            is_known = word.name.upper() in _EXCLUSIONS
        case exp.CharacterSet() | exp.DataType():
            is_known = word.name.lower() in _CHARACTER_SETS
        case exp.Limit():
            is_known = word.name.upper() == "ALL"
        case exp.Select():
            is_known = word.name.upper() in _MODIFIERS
        case exp.Kwarg():
            is_known = word.name.isidentifier()
        case _:
            is_known = False
    return is_known


def _is_kept(window: exp.Window) -> bool:
    """Oracle's `KEEP (DENSE_RANK LAST ORDER BY …)`."""
    parts = window.args
    is_whole = parts.get("first") is not None and parts.get("order") is not None
    return is_whole and parts.get("over") == "KEEP" and not parts.get("partition_by")


_HARMLESS_HINTS = frozenset({"NOLOCK", "READUNCOMMITTED"})
_MODIFIERS = frozenset({"STRAIGHT_JOIN", "SQL_NO_CACHE"})
_EXCLUSIONS = frozenset({"CURRENT ROW", "GROUP", "TIES", "NO OTHERS"})
_CHARACTER_SETS = frozenset({"utf8mb4", "utf8mb3", "utf8", "latin1", "ascii", "binary"})


def _part_refusal(node: exp.Expr, part: str) -> str:
    if isinstance(node, exp.In):  # `x IN name` reads the table of that name
        return "After IN, write a list in parentheses or (SELECT …)."
    kind = _spoken(type(node).__name__)
    return f"{kind} is allowed here, but not with {_spoken(part.rstrip('_'))}. Do without it."


def _spoken(name: str) -> str:
    """`RowNumber` as ROW NUMBER, `JSONExtract` as JSON EXTRACT, in SQL's own words where it has them."""
    spaced = _WORD_STARTS.sub(" ", name.replace("_", " ")).upper()
    return _SQL_WORDS.get(spaced, spaced)


_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SQL_WORDS = {
    "VERSION": "AS OF or another point in time",
    "SAMPLE": "TABLESAMPLE",
    "CONNECT": "CONNECT BY",
    "WITH TABLE HINT": "a table hint",
    "LIMIT OPTIONS": "PERCENT or WITH TIES",
    "PIVOTS": "PIVOT or UNPIVOT",
}
