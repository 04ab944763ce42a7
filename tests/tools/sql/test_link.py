"""Choosing tables of a schema that no prompt could hold."""

from collections.abc import Sequence

import pytest
from large_schema import Asked, large_schema

from tools.errors import Unavailable
from tools.sql.ddl import create_statements
from tools.sql.link import MOST_TABLES, SchemaLinker, fits, prompt_tokens
from tools.sql.schema import Column, ForeignKey, Schema, Table

TOKENS = 3_000


class Meanings:
    """Knows that two words mean the same, and nothing else."""

    def __init__(self, *, works: bool = True) -> None:
        self.works = works

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        if not self.works:
            raise Unavailable("The embedding server does not answer.")
        return [1.0, 0.0] if "staff" in text or "employee" in text else [0.0, 1.0]


@pytest.fixture(scope="module")
def large() -> tuple[SchemaLinker, Sequence[Asked]]:
    schema, asked = large_schema()
    return SchemaLinker.of(schema), asked


def column(name: str, *, primary_key: bool = False) -> Column:
    return Column(name, "integer", nullable=True, primary_key=primary_key)


def schema_of(*tables: Table) -> Schema:
    return Schema("sqlite", tables, "made")


def names(linker: SchemaLinker, question: str, *, most: int = MOST_TABLES) -> list[str]:
    return [table.name for table in linker.tables(question, most=most)]


def test_two_thousand_tables_are_narrowed_to_the_needed_ones(
    large: tuple[SchemaLinker, Sequence[Asked]],
) -> None:
    linker, asked = large
    assert len(linker.schema.tables) == 2_000
    found = needed = 0
    for question in asked:
        narrowed = linker.narrow(question.question, tokens=TOKENS)
        assert len(narrowed.tables) <= MOST_TABLES
        assert sum(map(prompt_tokens, narrowed.tables)) <= TOKENS
        found += len({table.name for table in narrowed.tables} & set(question.needed))
        needed += len(question.needed)
    assert needed > 200
    assert found / needed > 0.97


def test_a_narrowed_schema_keeps_the_keys_that_join_it(
    large: tuple[SchemaLinker, Sequence[Asked]],
) -> None:
    linker, asked = large
    for question in asked:
        narrowed = linker.narrow(question.question, tokens=TOKENS)
        for table in narrowed.tables:
            for key in table.foreign_keys:
                other = narrowed.table(key.referred_table)
                assert other is not None
                assert all(table.column(name) for name in key.columns)
                assert all(other.column(name) for name in key.referred_columns)


@pytest.mark.parametrize(
    ("table", "question"),
    [
        ("cust_acct", "Which customer has two accounts?"),
        ("hrEmployee", "How many employees are there?"),
        ("orderitems", "Which items are in an order?"),
        ("shipments", "When did the shipmants leave?"),
        ("t0412", "Who asked for leave?"),
        ("articles", "What is the price of the Nordlicht?"),
    ],
)
def test_a_table_is_found_by_whatever_says_what_it_is(table: str, question: str) -> None:
    noise = [Table(f"noise_{n}", (column("id"), column("note"))) for n in range(50)]
    meant = {
        "t0412": Table("t0412", (column("id"),), comment="requests for leave"),
        "articles": Table(
            "articles", (Column("title", "text", nullable=True, samples=("Nordlicht", "Aurora")),)
        ),
    }.get(table, Table(table, (column("id"),)))
    apart = [Table("order", (column("id"),)), Table("item", (column("id"),))]
    assert table in names(SchemaLinker.of(schema_of(*noise, *apart, meant)), question, most=3)


def test_what_joins_two_tables_is_chosen_with_them() -> None:
    between = Table(
        "x17",
        (column("a"), column("b")),
        (ForeignKey(("a",), "author", ("id",)), ForeignKey(("b",), "book", ("id",))),
    )
    noise = [Table(f"noise_{n}", (column("id"),)) for n in range(30)]
    tables = (*noise, between, *(Table(name, (column("id"),)) for name in ("author", "book")))
    assert set(names(SchemaLinker.of(schema_of(*tables)), "books by author")) >= {
        "author",
        "x17",
        "book",
    }


def test_of_a_wide_table_the_asked_columns_and_the_keys_are_kept() -> None:
    wide = Table(
        "measurement",
        (
            column("id", primary_key=True),
            *(column(f"channel_{n}") for n in range(400)),
            column("humidity"),
        ),
    )
    narrowed = SchemaLinker.of(schema_of(wide)).narrow(
        "the mean humidity of measurements", tokens=500
    )
    (kept,) = narrowed.tables
    assert len(kept.columns) < 30
    assert {"id", "humidity"} <= {column.name for column in kept.columns}
    assert len(create_statements(narrowed)) < 1_500


def test_a_schema_that_fits_is_left_whole() -> None:
    small = schema_of(Table("a", (column("id"),)), Table("b", (column("id"),)))
    assert fits(small, 100)
    assert not fits(large_schema()[0], 100_000)


def test_embeddings_find_what_shares_no_word() -> None:
    noise = [Table(f"noise_{n}", (column("id"), column("people"))) for n in range(50)]
    schema = schema_of(*noise, Table("staff", (column("id"),)))
    question = "How many employees?"
    assert "staff" not in names(SchemaLinker.of(schema), question)
    assert names(SchemaLinker.of(schema, Meanings()), question)[0] == "staff"


def test_embeddings_that_do_not_answer_are_done_without() -> None:
    schema = schema_of(Table("staff", (column("id"),)), Table("order", (column("id"),)))
    assert names(SchemaLinker.of(schema, Meanings(works=False)), "orders") == ["order"]
    meanings = Meanings()
    linker = SchemaLinker.of(schema, meanings)
    meanings.works = False
    assert names(linker, "orders") == ["order"]
