"""Questions about a value of an enumeration that no row has."""

import psycopg
from database_servers import postgres_server

from agent.drafts import SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database

_SCRIPT = """
CREATE TYPE state AS ENUM ('open', 'shipped', 'cancelled');
CREATE TABLE shipments (id integer PRIMARY KEY, status state);
INSERT INTO shipments VALUES (1, 'open'), (2, 'shipped'), (3, 'shipped')
"""


async def test_a_value_that_no_row_has_yet_is_no_unknown_word() -> None:
    with postgres_server() as server:
        address = f"postgresql://postgres@127.0.0.1:{server.port}/postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(_SCRIPT.encode())
        database = Database.open(address, name="parcels")
        try:
            for question, count in (
                ("How many shipments are cancelled?", 0),
                ("How many shipped shipments are there?", 2),
            ):
                draft = await EmbeddedSqlWriter().write(
                    SqlTask(question, database, Caller("someone"))
                )
                assert isinstance(draft, SqlDraft)
                assert database.run(draft.sql, caller=Caller("someone")).rows == ((count,),)
        finally:
            database.close()
