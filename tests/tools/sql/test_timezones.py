"""One time zone for a database: for "today", for its bounds, and for the engine's own clock."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pymysql
import pytest
from database_servers import mariadb_server, postgres_server

from agent.drafts import SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.choose.cache import Readers
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.errors import BadInput
from tools.sql.run import Database
from tools.sql.zones import midnight

READER = Caller("someone")
EAST, WEST = "Pacific/Tongatapu", "Pacific/Pago_Pago"
DAY = date(2026, 3, 10)
"""The day that is asked about; its first moment is one of two days in the other zone."""
MOMENTS = (midnight(DAY, EAST), midnight(DAY, WEST), midnight(DAY, WEST))
SCRIPT = "CREATE TABLE visits (id integer PRIMARY KEY, visitor {text}, seen_at {moment})"


@pytest.fixture
def visits(tmp_path: Path) -> str:
    path = tmp_path / "visits.sqlite"
    connection = sqlite3.connect(path)
    connection.execute(SCRIPT.format(text="text", moment="integer"))
    rows = [(n, f"v{n}", int(moment.timestamp())) for n, moment in enumerate(MOMENTS)]
    connection.executemany("INSERT INTO visits VALUES (?, ?, ?)", rows)
    connection.commit()
    connection.close()
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with postgres_server() as server:
        address = f"postgresql://postgres@127.0.0.1:{server.port}/postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(SCRIPT.format(text="text", moment="timestamptz").encode())
            for n, moment in enumerate(MOMENTS):
                connection.execute("INSERT INTO visits VALUES (%s, %s, %s)", (n, f"v{n}", moment))
        yield address


@pytest.fixture(scope="module")
def mariadb() -> Iterator[str]:
    with mariadb_server() as server:
        connection = pymysql.connect(host="127.0.0.1", port=server.port, user="root")
        with connection, connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE zoo")
            cursor.execute("USE zoo")
            cursor.execute("SET time_zone = '+00:00'")
            cursor.execute(SCRIPT.format(text="varchar(9)", moment="timestamp NULL"))
            for n, moment in enumerate(MOMENTS):
                row = (n, f"v{n}", moment.astimezone(UTC).replace(tzinfo=None))
                cursor.execute("INSERT INTO visits VALUES (%s, %s, %s)", row)
            connection.commit()
        yield f"mariadb://root@127.0.0.1:{server.port}/zoo"


async def count(url: str, timezone: str) -> int:
    database = Database.open(url, name="zoo", timezone=timezone)
    try:
        writer = EmbeddedSqlWriter(readers=Readers(today=lambda _: DAY))
        draft = await writer.write(SqlTask("How many visits were there today?", database, READER))
        assert isinstance(draft, SqlDraft), draft
        ((found,),) = database.run(draft.sql, caller=READER).rows
        return int(str(found))
    finally:
        database.close()


@pytest.mark.parametrize("engine", ["visits", "postgres", "mariadb"])
async def test_a_day_has_the_bounds_of_its_zone(
    engine: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(engine)
    # The day in the west begins when the one in the east ends.
    assert [await count(url, EAST), await count(url, WEST)] == [1, 2]


CLOCKS = {
    "visits": "SELECT STRFTIME('%Y-%m-%d %H:%M', DATETIME('now', 'localtime'))",
    "postgres": "SELECT TO_CHAR(LOCALTIMESTAMP, 'YYYY-MM-DD HH24:MI')",
    "mariadb": "SELECT DATE_FORMAT(NOW(), '%Y-%m-%d %H:%i')",
}


@pytest.mark.parametrize("engine", CLOCKS)
def test_the_engines_own_clock_is_in_the_zone(engine: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(engine)
    database = Database.open(url, name="zoo", timezone=EAST)
    try:
        ((told,),) = database.run(CLOCKS[engine], caller=READER).rows
        late = datetime.now(ZoneInfo(EAST)) - datetime.fromisoformat(str(told)).replace(
            tzinfo=ZoneInfo(EAST)
        )
        assert timedelta() <= late < timedelta(minutes=2)
        assert database.schema().timezone == EAST
    finally:
        database.close()


def test_the_servers_own_zone_counts_where_none_is_set(postgres: str, mariadb: str) -> None:
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("ALTER ROLE postgres SET timezone = 'Asia/Kathmandu'")
    try:
        for url, zones in ((postgres, {"Asia/Kathmandu"}), (mariadb, {"UTC", "+00:00", "CET"})):
            database = Database.open(url, name="zoo")
            assert database.schema().timezone in zones
            database.close()
    finally:
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute("ALTER ROLE postgres RESET timezone")


def test_a_zone_that_nobody_knows_is_refused(visits: str) -> None:
    with pytest.raises(BadInput, match="Unknown time zone 'Mars/Olympus'"):
        Database.open(visits, name="zoo", timezone="Mars/Olympus")
