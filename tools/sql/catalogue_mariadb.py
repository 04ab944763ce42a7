"""MariaDB's catalogue: what of its databases a login or its role may read.

Source: https://mariadb.com/kb/en/information-schema-tables/
"""
# ruff: noqa: S608 - the queries are put together of the constants below and nothing else

from collections.abc import Hashable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from tools.sql.catalogue import Catalogue, Reads, StoredColumn, StoredTable
from tools.sql.schema import ForeignKey
from tools.sql.zones import zone

if TYPE_CHECKING:
    from pymysql.connections import Connection as Driver

_OPEN = """(table_schema = DATABASE() OR (LOWER(table_schema) IN %(others)s AND table_schema
  NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')))"""
_OWN = "table_schema = DATABASE()"
_KEY = f"IF({_OWN}, table_name, CONCAT(table_schema, '.', table_name))"

_DIGEST = f"""
SELECT DATABASE(), CURRENT_USER(), COUNT(*), BIT_XOR(CRC32(CONCAT_WS(' ', {_KEY}, column_name,
  ordinal_position, column_type, is_nullable, column_key, privileges)))
FROM information_schema.columns WHERE {_OPEN}
"""

_TABLES = f"""
SELECT {_KEY}, table_type LIKE '%%VIEW', table_rows, IF(table_type = 'VIEW', '', table_comment),
  IF({_OWN}, '', table_schema)
FROM information_schema.tables
WHERE {_OPEN} AND NOT (%(has_others)s AND LOCATE('.', table_name))
ORDER BY NOT {_OWN}, table_schema, table_name
"""

_COLUMNS = f"""
SELECT {_KEY}, column_name, column_type, is_nullable = 'YES', column_key = 'PRI',
  column_comment, NOT FIND_IN_SET('select', privileges)
FROM information_schema.columns
WHERE {_OPEN} AND NOT (%(has_others)s AND LOCATE('.', table_name))
ORDER BY table_schema, table_name, ordinal_position
"""

_KEYS = f"""
SELECT {_KEY}, constraint_name,
  IF(referenced_table_schema = DATABASE(), referenced_table_name,
    CONCAT(referenced_table_schema, '.', referenced_table_name)),
  column_name, referenced_column_name
FROM information_schema.key_column_usage
WHERE {_OPEN} AND referenced_table_name IS NOT NULL
ORDER BY table_schema, table_name, constraint_name, ordinal_position
"""

_VIEWS = f"""
SELECT {_KEY}, view_definition FROM information_schema.views
WHERE table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')
"""
"""Views of every database, since one may be between an open view and a denied column."""

_BASES = f"""
SELECT {_KEY} FROM information_schema.tables WHERE table_type <> 'VIEW'
"""


_ZONE = """
SELECT @@session.time_zone, @@system_time_zone, TIME_FORMAT(TIMEDIFF(NOW(), UTC_TIMESTAMP()), '%%H:%%i')
"""
_FUNCTIONS = """
SELECT CONCAT(routine_schema, '.', routine_name) FROM information_schema.routines
WHERE routine_type = 'FUNCTION' AND routine_schema NOT IN ('mysql', 'sys')
"""


def mariadb_digest(driver: "Driver[Any]", namespaces: Sequence[str]) -> Hashable:
    """A fingerprint of tables, columns and privileges."""
    return _rows(driver, _DIGEST, namespaces)[0]


def read_mariadb_catalogue(driver: "Driver[Any]", namespaces: Sequence[str]) -> Catalogue:
    """The database of the connection, and these others."""
    own = str(_rows(driver, "SELECT DATABASE()")[0][0])
    tables = [
        StoredTable(name, bool(is_view), rows, said, other)
        for name, is_view, rows, said, other in _rows(driver, _TABLES, namespaces)
    ]
    columns = [
        StoredColumn(table, name, kind, bool(null), bool(key), said, is_closed=bool(closed))
        for table, name, kind, null, key, said, closed in _rows(driver, _COLUMNS, namespaces)
    ]
    keys, reads = _keys(driver, namespaces), _reads(driver, own)
    functions = frozenset(name for (name,) in _rows(driver, _FUNCTIONS))
    zone = _timezone(driver)
    return Catalogue(own, tables, columns, keys, reads, functions=functions, timezone=zone)


def _timezone(driver: "Driver[Any]") -> str:
    """The session's zone by its name, else by what it is away from UTC now."""
    own, system, away = map(str, _rows(driver, _ZONE)[0])
    offset = away if away.startswith("-") else f"+{away}"
    return next((name for name in (own, system, offset) if zone(name)), "")


def _keys(driver: "Driver[Any]", namespaces: Sequence[str]) -> list[tuple[str, ForeignKey]]:
    named: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for table, constraint, other, here, there in _rows(driver, _KEYS, namespaces):
        named.setdefault((table, constraint, other), []).append((here, there))
    return [
        (table, ForeignKey(tuple(h for h, _ in pairs), other, tuple(t for _, t in pairs)))
        for (table, _, other), pairs in named.items()
    ]


def _reads(driver: "Driver[Any]", own: str) -> Reads:
    """Every column that a view's text names, under each of its tables: rather too many."""
    views = _Views(own, dict(_rows(driver, _VIEWS)), {key for (key,) in _rows(driver, _BASES)})
    return {view: views.reads(view, frozenset()) for view in views.definitions}


@dataclass(frozen=True, slots=True)
class _Views:
    own: str
    definitions: Mapping[str, str]
    bases: Set[str]

    def reads(self, view: str, above: frozenset[str]) -> frozenset[tuple[str, str]] | None:
        """None where its text, or what it reads, is hidden from the login or not to be read."""
        try:
            tree = parse_one(self.definitions[view], dialect="mysql")
        except SqlglotError:
            return None
        tables = {
            table.name if table.db in ("", self.own) else f"{table.db}.{table.name}"
            for table in tree.find_all(exp.Table)
        }
        if not tables <= self.bases | self.definitions.keys():
            return None
        names = {column.name for column in tree.find_all(exp.Column)}
        found = frozenset((table, name) for table in tables for name in names)
        for inner in (tables & self.definitions.keys()) - above - {view}:
            read = self.reads(inner, above | {view})
            if read is None:
                return None
            found |= read
        return found


def _rows(
    driver: "Driver[Any]", query: str, namespaces: Sequence[str] | None = None
) -> list[tuple[Any, ...]]:
    """The rows; catalogue queries get the other open databases as parameters."""
    others = {"others": [*(namespaces or ()), ""], "has_others": bool(namespaces)}
    with driver.cursor() as cursor:
        cursor.execute(query, others)
        return list(cursor.fetchall())
