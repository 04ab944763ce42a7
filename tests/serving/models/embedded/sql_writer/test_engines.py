"""Dates as numbers and as text, flags and missing values, where a server runs the statement."""

from collections.abc import Iterator

import psycopg
import pymysql
import pytest
from database_servers import mariadb_server, postgres_server

from agent.drafts import SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database

READER = Caller("someone")
TABLE = """
CREATE TABLE parcels (
    id integer PRIMARY KEY, shipped_on varchar(10), delivered_at bigint,
    inspected_day integer, is_fragile {flag}, depot varchar(9)
)
"""
ROWS = (
    (1, "01.03.2026", 1772496000000, 20260305, True, "North"),
    (2, "02.04.2026", 1775174400000, 20260405, False, None),
    (3, "09.04.2026", 1775779200000, 20260412, False, "South"),
)
INSERT = "INSERT INTO parcels VALUES (%s, %s, %s, %s, %s, %s)"
CASES = {
    "How many parcels were shipped in April 2026?": {("2",)},
    "How many parcels were delivered in April 2026?": {("2",)},
    "How many parcels were inspected in April 2026?": {("2",)},
    "How many parcels were delivered per month?": {("2026-03", "1"), ("2026-04", "2")},
    "How many parcels were delivered per quarter?": {("2026-Q1", "1"), ("2026-Q2", "2")},
    "How many parcels were shipped per month?": {("2026-03", "1"), ("2026-04", "2")},
    "How many parcels were inspected per month?": {("2026-03", "1"), ("2026-04", "2")},
    "the newest parcel of each depot": {
        ("North", "1", "01.03.2026"),
        ("South", "3", "09.04.2026"),
        ("None", "2", "02.04.2026"),
    },
    "How many fragile parcels are there?": {("1",)},
    "How many parcels are not fragile?": {("2",)},
    "How many parcels are not in the depot North?": {("2",)},
}


@pytest.fixture(scope="module")
def postgres() -> Iterator[Database]:
    with postgres_server() as server:
        address = f"postgresql://postgres@127.0.0.1:{server.port}/postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(TABLE.format(flag="boolean").encode())
            connection.cursor().executemany(INSERT, ROWS)
        database = Database.open(address, name="parcels", timezone="UTC")
        yield database
        database.close()


@pytest.fixture(scope="module")
def mariadb() -> Iterator[Database]:
    with mariadb_server() as server:
        connection = pymysql.connect(host="127.0.0.1", port=server.port, user="root")
        with connection, connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE parcels")
            cursor.execute("USE parcels")
            cursor.execute(TABLE.format(flag="boolean"))
            cursor.executemany(INSERT, ROWS)
            connection.commit()
        address = f"mariadb://root@127.0.0.1:{server.port}/parcels"
        database = Database.open(address, name="parcels", timezone="UTC")
        yield database
        database.close()


@pytest.mark.parametrize("question", CASES)
@pytest.mark.parametrize("engine", ["postgres", "mariadb"])
async def test_a_question_gets_its_rows_on_a_server(
    engine: str, question: str, request: pytest.FixtureRequest
) -> None:
    database = request.getfixturevalue(engine)
    draft = await EmbeddedSqlWriter().write(SqlTask(question, database, READER))
    assert isinstance(draft, SqlDraft), draft
    rows = database.run(draft.sql, caller=READER).rows
    assert {tuple(map(str, row)) for row in rows} == CASES[question], draft.sql
