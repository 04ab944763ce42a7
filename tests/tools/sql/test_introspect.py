from collections.abc import Callable
from pathlib import Path

from tools.sql.comments import read_comments
from tools.sql.run import Database
from tools.sql.schema import Column, ForeignKey, Table

OpenFile = Callable[..., Database]
MakeFile = Callable[..., Path]


def table_of(database: Database, name: str) -> Table:
    table = database.schema().table(name)
    assert table is not None
    return table


def test_a_table_shows_columns_keys_comments_and_values(shop: Database) -> None:
    customers = table_of(shop, "customers")
    assert (customers.comment, customers.rows) == ("People and firms who buy", 4)
    assert [column.name for column in customers.columns] == [
        "id", "name", "tier", "region_id", "since", "tags",
    ]  # fmt: skip
    assert customers.foreign_keys == (ForeignKey(("region_id",), "regions", ("id",)),)
    assert customers.column("TIER") == Column(
        "tier", "TEXT", nullable=True, comment="'gold' pays later", samples=("gold", "silver")
    )
    since = customers.column("since")
    assert since is not None
    assert since.range == ("2021-03-01", "2023-11-30")
    assert since.samples == ()


def test_the_description_is_what_a_model_reads(shop: Database) -> None:
    text = shop.schema().describe()
    assert "table customers (4 rows): People and firms who buy\n  id INTEGER primary key" in text
    assert "  since DATE -- first contract -- from 2021-03-01 to 2023-11-30\n" in text
    assert "  customer_id -> customers(id)" in text
    assert "view price_list\n  name TEXT" in text


def test_what_is_denied_appears_nowhere(shop: Database) -> None:
    text = shop.schema().describe()
    denied = ["password", "api_key", "CANARY", "secret", "amount", "manuals", "leaky", "catalogue"]
    assert [word for word in denied if word in text] == []
    assert shop.schema().table("salaries") is None


def test_odd_names_are_quoted_where_values_are_looked_at(shop: Database) -> None:
    odd = table_of(shop, "update")
    assert {c.name: c.samples for c in odd.columns} == {
        "id": (),
        "select": ("x", "y"),
        'a "b"': ("quoted",),
        "first name": ("Ada", "Max"),
    }


def test_many_or_long_values_are_no_samples(make_file: MakeFile, open_file: OpenFile) -> None:
    script = """
        CREATE TABLE t (few TEXT, many TEXT, long TEXT, number INTEGER, mixed TEXT);
        WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 90)
        INSERT INTO t SELECT CASE WHEN x % 3 THEN 'often' ELSE 'rare' END, 'v' || x,
            printf('%41s', 'x'), x % 2, x'00' FROM n;
    """
    table = table_of(open_file(make_file(script)), "t")
    assert {column.name: column.samples for column in table.columns} == {
        "few": ("often", "rare"),
        "many": (),
        "long": (),
        "number": (),
        "mixed": (),
    }


def test_a_large_table_is_counted_by_its_last_row(make_file: MakeFile, open_file: OpenFile) -> None:
    script = """
        CREATE TABLE t (id INTEGER PRIMARY KEY);
        WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 200005)
        INSERT INTO t SELECT x FROM n;
    """
    assert table_of(open_file(make_file(script)), "t").rows == 200_005


def test_a_key_to_a_closed_table_is_left_out(make_file: MakeFile, open_file: OpenFile) -> None:
    script = "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a_id REFERENCES a (id));"
    assert table_of(open_file(make_file(script)), "b").foreign_keys
    assert table_of(open_file(make_file(), allowed_tables=["b"]), "b").foreign_keys == ()


def test_a_broken_view_is_left_out(make_file: MakeFile, open_file: OpenFile) -> None:
    path = make_file("CREATE TABLE a (x); CREATE VIEW v AS SELECT y FROM gone;")
    assert [table.name for table in open_file(path).schema().tables] == ["a"]


def test_a_view_that_joins_by_the_name_of_a_denied_column_is_left_out(
    make_file: MakeFile, open_file: OpenFile
) -> None:
    """SQLite tells of no column that USING or NATURAL JOIN compares."""
    path = make_file(
        "CREATE TABLE a (id, name, secret); CREATE TABLE b (id, town);"
        "CREATE VIEW by_id AS SELECT name, town FROM a JOIN b USING (id);"
        "CREATE VIEW alike AS SELECT town FROM b NATURAL JOIN (SELECT 1 AS id);"
        "CREATE VIEW guessed AS SELECT a.name FROM a JOIN (SELECT 'x' AS secret) USING (secret);"
        "CREATE VIEW unsaid AS SELECT n FROM a NATURAL JOIN (SELECT 'x' AS secret, 1 AS n);"
        "CREATE VIEW deep AS SELECT count(*) AS n FROM guessed;"
        "CREATE VIEW counted AS SELECT count(*) AS n FROM a NATURAL JOIN (SELECT 'x' AS secret);"
    )
    shown = open_file(path, denied_columns=["a.secret"]).schema()
    assert {table.name for table in shown.tables} == {"a", "b", "by_id", "alike"}
    everything = open_file(path).schema()
    assert everything.table("guessed") is not None
    assert everything.table("counted") is not None


def test_the_fingerprint_is_of_the_shape_and_not_of_the_values(
    make_file: MakeFile, open_file: OpenFile
) -> None:
    path = make_file("CREATE TABLE a (x TEXT);")
    before = open_file(path).schema().fingerprint
    make_file("INSERT INTO a VALUES ('more');")
    assert open_file(path).schema().fingerprint == before
    make_file("ALTER TABLE a ADD COLUMN y INTEGER;")
    assert open_file(path).schema().fingerprint != before


def test_comments_go_to_what_they_stand_behind() -> None:
    found = read_comments(
        """CREATE TABLE "my t" ( -- what it is
            -- over two lines
            id INTEGER PRIMARY KEY, -- the key
            price DECIMAL(10, 2) DEFAULT (1 + 2) /* net */ CHECK (price > 0), -- in euro
            -- who gave it
            name TEXT DEFAULT '-- no comment' -- the last one
        )""",
        dialect="sqlite",
    )
    assert found.table == "what it is over two lines"
    assert found.columns == {
        "id": "the key",
        "price": "net in euro",
        "name": "who gave it the last one",
    }


def test_a_creation_that_cannot_be_read_has_no_comments() -> None:
    assert read_comments("CREATE TABLE t (a 'open", dialect="sqlite").columns == {}
