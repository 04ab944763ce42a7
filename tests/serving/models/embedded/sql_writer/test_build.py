from datetime import date

import pytest

from serving.models.embedded.choose.reader import Reader
from serving.models.embedded.schema.joins import Joins
from serving.models.embedded.schema.lexicon import ColumnRef, Lexicon
from serving.models.embedded.schema.values import index
from tools.sql.schema import Column, ForeignKey, Schema, Table

TODAY = date(2026, 3, 15)
TABLES = (
    Table(
        "Crew",
        (
            Column("Id", "INTEGER", nullable=False, primary_key=True),
            Column("Name", "TEXT", nullable=False),
        ),
    ),
    Table(
        "order",
        (
            Column("id", "INTEGER", nullable=False, primary_key=True),
            Column("crew_id", "INTEGER", nullable=False),
            Column("placed_on", "DATE", nullable=False),
            Column("total", "NUMERIC", nullable=True),
        ),
        (ForeignKey(("crew_id",), "Crew", ("Id",)),),
    ),
)
NAMES = index([(ColumnRef("Crew", "Name"), ["Mae O'Hara; DROP TABLE Crew"])])
CASES = [
    (
        "postgres",
        "orders of Mae O'Hara; DROP TABLE Crew",
        'SELECT "order".id, "Crew"."Name", "order".placed_on, "order".total '
        'FROM "order" JOIN "Crew" ON "order".crew_id = "Crew"."Id" '
        """WHERE "Crew"."Name" = 'Mae O''Hara; DROP TABLE Crew'""",
    ),
    (
        "mysql",
        "orders per month since 2025",
        "SELECT SUBSTRING(CAST(`order`.placed_on AS CHAR), 1, 7) AS month, "
        "COUNT(*) AS count_order FROM `order` WHERE `order`.placed_on >= '2025-01-01' "
        "GROUP BY SUBSTRING(CAST(`order`.placed_on AS CHAR), 1, 7) "
        "ORDER BY SUBSTRING(CAST(`order`.placed_on AS CHAR), 1, 7) ASC",
    ),
    (
        "postgres",
        "the order with the highest total",
        'SELECT "order".id, "order".total, "Crew"."Name", "order".placed_on FROM "order" '
        'LEFT JOIN "Crew" ON "order".crew_id = "Crew"."Id" WHERE NOT "order".total IS NULL '
        'ORDER BY "order".total DESC, "order".id ASC LIMIT 1',
    ),
]


@pytest.mark.parametrize(("dialect", "question", "expected"), CASES)
def test_a_statement_is_in_the_databases_dialect_with_names_and_values_quoted(
    dialect: str, question: str, expected: str
) -> None:
    schema = Schema(dialect=dialect, tables=TABLES, fingerprint=dialect)
    reader = Reader(Lexicon.of(schema), Joins.of(schema), NAMES, TODAY)
    assert reader.read(question)[0].sql == expected


def test_a_question_is_scanned_and_its_statement_written_once() -> None:
    schema = Schema(dialect="sqlite", tables=TABLES, fingerprint="sqlite")
    reader = Reader(Lexicon.of(schema), Joins.of(schema), NAMES, TODAY)
    (question,) = {asked for _, asked, _ in CASES[:1]}
    best = reader.read(question)[0]
    assert reader.scanned(question) is reader.scanned(question)
    assert best.sql is reader.on(TODAY).read(question)[0].sql
