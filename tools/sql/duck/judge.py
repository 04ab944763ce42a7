"""A second check of a statement, on the engine's own parse tree.

DuckDB has no authorizer, but tells the tree that its parser makes of a text. A second judge, which
shares nothing with the guard but the list of functions, walks over it: one SELECT of known parts,
over open tables, with listed functions.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from tools.errors import QueryFailed, Refused
from tools.sql.access import VisibleSchema
from tools.sql.allowed_duckdb import FUNCTIONS, TABLE_FUNCTIONS
from tools.sql.folding import ascii_lower

_OPERATORS = frozenset(
    """+ - * / // % ^ || ~~ !~~ ~~* !~~* ~~~ & | << >> ~ ! list_value array_extract array_slice
    struct_extract like_escape not_like_escape ilike_escape not_ilike_escape regexp_full_match
    date_part main.date_part count_star trim ltrim rtrim row substring unnest get_current_timestamp
    current_localtimestamp current_localtime get_current_time timezone nullif ifnull
    __between __cast position""".split()
)
"""Functions that the engine's grammar makes of operators and keywords."""

_CALLS = FUNCTIONS.keys() | TABLE_FUNCTIONS.keys() | _OPERATORS

_VALUES = frozenset(
    {"current_catalog", "current_role", "current_schema", "current_user", "session_user"}
)
"""Names that are calls where no column has them."""

_CLASSES = frozenset(
    """BETWEEN CASE CAST COLLATE COLUMN_REF COMPARISON CONJUNCTION CONSTANT FUNCTION OPERATOR STAR
    SUBQUERY WINDOW TYPE""".split()
)
_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
_SOURCES = frozenset(
    {"BASE_TABLE", "JOIN", "SUBQUERY", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "EMPTY_FROM"}
)

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TreeJudge:
    """The open tables as (schema, name), and the functions; all folded.

    `shadowed` are the engine's own functions under whose name somebody stored a macro.
    """

    tables: frozenset[tuple[str, str]]
    opened: frozenset[str]
    shadowed: frozenset[str]

    @classmethod
    def of(cls, sight: VisibleSchema, macros: Collection[str]) -> "TreeJudge":
        """The rules that follow from what is open."""
        own = ascii_lower(sight.namespace)
        tables = frozenset(
            (ascii_lower(table.namespace) or own, ascii_lower(table.own_name))
            for table in sight.schema.tables
        )
        return cls(tables, sight.functions, frozenset(map(ascii_lower, macros)))

    def judge(self, serialized: str) -> None:
        """Look at what `json_serialize_sql` told of a text.

        Raises:
            QueryFailed: the engine cannot read it.
            Refused: a part of it is not open.
        """
        told: Node = json.loads(serialized)
        if told.get("error"):
            raise _unread(told)
        statements = cast("list[Node]", told["statements"])
        if len(statements) != 1:
            raise _refusal("more than one statement")
        for part, prepared in _parts(statements[0]):
            self._check(part, prepared)

    def _check(self, part: Node, prepared: Collection[str]) -> None:
        kind = str(part.get("type", ""))
        if "class" in part and part["class"] not in _CLASSES:
            raise _refusal(str(part["class"]).lower())
        if part.get("class") == "STAR" and (part.get("columns") or part.get("expr")):
            raise _refusal("COLUMNS()")
        if ("select_list" in part or kind.endswith("_NODE")) and kind not in _NODES:
            raise _refusal(kind.lower())
        if "sample" in part and "class" not in part and kind not in (_SOURCES | _NODES):
            raise _refusal(kind.lower())
        if kind == "COLUMN_REF" and _only_name(part) in _VALUES:
            raise _refusal(_only_name(part))
        if kind == "BASE_TABLE":
            self._check_table(part, prepared)
        if kind == "TABLE_FUNCTION":
            self._check_function(cast("Node", part["function"]), TABLE_FUNCTIONS)
        elif "function_name" in part:
            self._check_function(part, _CALLS)

    def _check_table(self, part: Node, prepared: Collection[str]) -> None:
        schema = ascii_lower(str(part.get("schema_name") or ""))
        name = ascii_lower(str(part.get("table_name") or ""))
        is_open = (schema, name) in self.tables or (not schema and name in prepared)
        if part.get("catalog_name") or not is_open:
            raise _refusal(f"the table {name!r}")

    def _check_function(self, call: Node, listed: Collection[str]) -> None:
        name = ascii_lower(str(call["function_name"]))
        schema = ascii_lower(str(call.get("schema") or ""))
        if f"{schema}.{name}" in self.opened:
            return
        is_plain = schema in ("", "main") and not call.get("catalog")
        if not is_plain or name in self.shadowed or name not in listed:
            raise _refusal(f"the function {name}()")


def _parts(node: object) -> Iterator[tuple[Node, frozenset[str]]]:
    """Every object of the tree, with the names of WITH that are tables where it stands."""
    waiting: list[tuple[object, frozenset[str]]] = [(node, frozenset())]
    while waiting:
        each, known = waiting.pop()
        if isinstance(each, list):
            waiting += [(item, known) for item in cast("list[object]", each)]
        elif isinstance(each, dict):
            part = cast("Node", each)
            for name, query in _prepared(part):
                waiting.append((query, known))  # in here its name is still that of a table
                known = known | {name}
            yield part, known
            again = known | {ascii_lower(str(part.get("cte_name")))}
            for key, value in part.items():
                if key != "cte_map":
                    is_again = key == "right" and part.get("type") == "RECURSIVE_CTE_NODE"
                    waiting.append((value, again if is_again else known))


def _only_name(column: Node) -> str:
    names = cast("list[str]", column.get("column_names") or [])
    return ascii_lower(names[0]) if len(names) == 1 else ""


def _prepared(part: Node) -> Iterator[tuple[str, Node]]:
    """The names of a WITH, which are read without a schema, and what each stands for, in order."""
    named = part.get("cte_map")
    for entry in cast("list[Node]", named.get("map", ())) if isinstance(named, dict) else ():
        yield ascii_lower(str(entry["key"])), cast("Node", entry["value"])


def _refusal(what: str) -> Refused:
    return Refused(f"The database forbids {what} here. Use only what its schema shows.")


def _unread(told: Node) -> QueryFailed | Refused:
    if told.get("error_type") == "not implemented":
        return Refused("Write exactly one SELECT that changes nothing.")
    return QueryFailed(f"DuckDB could not read this: {told.get('error_message', '')}")
