"""What the embedded SQL writer makes of a question."""

from agent.drafts import SqlDeclined, SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database

READER = Caller("reader")


async def drafted(database: Database, question: str) -> SqlDraft | SqlDeclined:
    """The statement that is written for a question, or why there is none."""
    return await EmbeddedSqlWriter().write(SqlTask(question, database, READER))
