"""PostgreSQL's catalogue: what of its schemas a login or its role may read.

Source: https://www.postgresql.org/docs/current/catalogs.html
"""
# ruff: noqa: S608 - the queries are put together of the constants below and nothing else

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, LiteralString

import psycopg

from tools.sql.catalogue import Catalogue, Reads, StoredColumn, StoredTable
from tools.sql.schema import ForeignKey

Driver = psycopg.Connection[Any]

_ITEMS: LiteralString = """
WITH open AS (
  SELECT oid, CASE WHEN nspname = current_schema() THEN '' ELSE nspname END AS other
  FROM pg_namespace WHERE nspname = current_schema()
    OR (lower(nspname) = ANY (%(others)s::text[]) AND nspname !~ '^pg_'
      AND nspname <> 'information_schema' AND has_schema_privilege(oid, 'USAGE'))
), item AS (
  SELECT c.oid, c.relname, c.relkind, c.relacl, c.reltuples, c.xmin, o.other,
    CASE WHEN o.other = '' THEN c.relname ELSE o.other || '.' || c.relname END AS key
  FROM pg_class c JOIN open o ON o.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND (cardinality(%(others)s::text[]) = 0 OR strpos(c.relname, '.') = 0)
)
"""

_DIGEST: LiteralString = f"""{_ITEMS}
SELECT current_schema(), current_user, count(*), (SELECT count(*) FROM pg_enum), md5(string_agg(concat_ws(' ', i.oid, i.key,
  i.relkind, i.relacl, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attacl,
  a.xmin, i.xmin), ',' ORDER BY i.oid, a.attnum))
FROM item i JOIN pg_attribute a ON a.attrelid = i.oid
WHERE a.attnum > 0 AND NOT a.attisdropped
"""

_TABLES: LiteralString = f"""{_ITEMS}
SELECT key, relkind IN ('v', 'm'), reltuples::bigint,
  coalesce(obj_description(oid, 'pg_class'), ''), other
FROM item WHERE relname !~ '^pg_' AND has_any_column_privilege(oid, 'SELECT')
ORDER BY other, key
"""

_TYPE: LiteralString = """
  CASE t.typtype
    WHEN 'e' THEN 'ENUM(' || array_to_string((ARRAY(SELECT quote_literal(enumlabel)
      FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder))[1:40], ', ') || ')'
    WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod)
    ELSE format_type(a.atttypid, a.atttypmod)
  END
"""
"""An enumeration with its first values, and of a domain the type that it is of."""

_COLUMNS: LiteralString = f"""{_ITEMS}
SELECT i.key, a.attname, {_TYPE}, NOT a.attnotnull,
  coalesce(a.attnum = ANY (k.conkey), false), coalesce(col_description(i.oid, a.attnum), ''),
  NOT has_column_privilege(i.oid, a.attnum, 'SELECT')
FROM item i JOIN pg_attribute a ON a.attrelid = i.oid JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_constraint k ON k.conrelid = i.oid AND k.contype = 'p'
WHERE a.attnum > 0 AND NOT a.attisdropped
ORDER BY i.key, a.attnum
"""

_KEYS: LiteralString = f"""{_ITEMS}
SELECT i.key, f.key,
  ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY n(num, place)
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.num ORDER BY n.place),
  ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY n(num, place)
    JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = n.num ORDER BY n.place)
FROM pg_constraint k JOIN item i ON i.oid = k.conrelid JOIN item f ON f.oid = k.confrelid
WHERE k.contype = 'f' ORDER BY i.key, k.conname
"""

_READS: LiteralString = """
WITH named AS (
  SELECT c.oid, c.relkind, CASE WHEN n.nspname = current_schema() THEN c.relname
    ELSE n.nspname || '.' || c.relname END AS key
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
)
SELECT DISTINCT v.key, t.key, a.attname
FROM pg_rewrite r JOIN named v ON v.oid = r.ev_class
JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
  AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid
JOIN named t ON t.oid = d.refobjid
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0
  AND (d.refobjsubid = a.attnum OR d.refobjsubid = 0 OR r.ev_action::text LIKE '%:varattno 0 %')
WHERE v.relkind IN ('v', 'm') AND v.key !~ '^(pg_catalog|information_schema)\\.'
"""
"""Views everywhere, since one may be between an open view and a denied column. Whole rows count as
every column, and where one stands beside columns only the view's own tree tells of it; views that
read views are followed in Python."""

_PARENTS: LiteralString = """
WITH RECURSIVE named AS (
  SELECT c.oid, CASE WHEN n.nspname = current_schema() THEN c.relname
    ELSE n.nspname || '.' || c.relname END AS key
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
), above AS (
  SELECT inhrelid AS child, inhparent AS parent FROM pg_inherits
  UNION
  SELECT a.child, i.inhparent FROM above a JOIN pg_inherits i ON i.inhrelid = a.parent
)
SELECT c.key, array_agg(p.key::text) FROM above a JOIN named c ON c.oid = a.child
JOIN named p ON p.oid = a.parent GROUP BY c.key
"""

_FUNCTIONS: LiteralString = """
SELECT DISTINCT n.nspname || '.' || p.proname
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND p.prokind IN ('f', 'a', 'w')
  AND has_function_privilege(p.oid, 'EXECUTE') AND has_schema_privilege(n.oid, 'USAGE')
"""

_OPERATORS: LiteralString = """
SELECT n.nspname, array_agg(DISTINCT o.oprname::text)
FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
WHERE n.nspname <> 'pg_catalog' GROUP BY n.nspname
"""


def postgres_digest(driver: Driver, namespaces: Sequence[str]) -> Hashable:
    """A fingerprint of tables, columns and privileges."""
    return driver.execute(_DIGEST, {"others": list(namespaces)}).fetchone()


def read_postgres_catalogue(driver: Driver, namespaces: Sequence[str]) -> Catalogue:
    """The first schema of the search path, and these others."""
    others = {"others": list(namespaces)}
    schema = driver.execute("SELECT current_schema()").fetchone()
    tables = [StoredTable(*row) for row in driver.execute(_TABLES, others)]
    columns = [StoredColumn(*row) for row in driver.execute(_COLUMNS, others)]
    keys = [
        (table, ForeignKey(tuple(here), other, tuple(there)))
        for table, other, here, there in driver.execute(_KEYS, others)
    ]
    zoned = driver.execute("SELECT current_setting('TimeZone')").fetchone()
    namespace = str(schema[0]) if schema and schema[0] else ""
    return Catalogue(
        namespace,
        tables,
        columns,
        keys,
        _reads(driver),
        parents={child: frozenset(above) for child, above in driver.execute(_PARENTS)},
        functions=frozenset(name for (name,) in driver.execute(_FUNCTIONS)),
        operators={owner: frozenset(symbols) for owner, symbols in driver.execute(_OPERATORS)},
        timezone=str(zoned[0]) if zoned else "",
    )


def _reads(driver: Driver) -> Reads:
    direct: dict[str, set[tuple[str, str]]] = {}
    for view, table, column in driver.execute(_READS):
        direct.setdefault(view, set()).add((table, column))
    return {view: _through(view, direct, frozenset()) for view in direct}


def _through(
    view: str, direct: Mapping[str, set[tuple[str, str]]], above: frozenset[str]
) -> frozenset[tuple[str, str]]:
    """The tables that a view reads, including through other views."""
    found = set(direct[view])
    inner = {table for table, _ in direct[view] if table in direct} - above - {view}
    for table in inner:
        found |= _through(table, direct, above | {view})
    return frozenset(found)
