import pytest

from serving.models.embedded.schema.keys import with_inferred_keys
from tools.sql.schema import Column, Schema, Table


def table(name: str, *columns: str) -> Table:
    """A table without a declared key; a name that ends with "code" is a text column."""
    kinds = [(column, "TEXT" if column.endswith("code") else "INTEGER") for column in columns]
    return Table(name, tuple(Column(column, kind, nullable=False) for column, kind in kinds))


CASES: list[tuple[str, tuple[str, ...], tuple[str, ...], list[tuple[str, ...]]]] = [
    ("a shared name", ("boat", "bid"), ("trip", "trip_id", "bid"), [("bid", "boat", "bid")]),
    ("the other's name", ("boats", "id"), ("trips", "id", "boat_id"), [("boat_id", "boats", "id")]),
    (
        "a role",
        ("harbour", "harbour_code"),
        ("trip", "trip_id", "from_harbour_code"),
        [("from_harbour_code", "harbour", "harbour_code")],
    ),
    ("a measure", ("prices", "id"), ("items", "id", "list_price"), []),
    ("nothing shared", ("boats", "id"), ("trips", "id"), []),
]


@pytest.mark.parametrize(("why", "parent", "child", "expected"), CASES)
def test_a_column_named_like_another_tables_key_refers_to_it(
    why: str, parent: tuple[str, ...], child: tuple[str, ...], expected: list[tuple[str, ...]]
) -> None:
    tables = (table(*parent), table(*child))
    schema = with_inferred_keys(Schema("sqlite", tables, fingerprint=why))
    found = [
        (key.columns[0], key.referred_table, key.referred_columns[0])
        for key in schema.tables[1].foreign_keys
    ]
    assert found == expected
