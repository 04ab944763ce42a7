"""Has the chat model's server describe the tables of a database."""

import asyncio
from dataclasses import replace

from langchain_core.messages import HumanMessage, SystemMessage

from agent.asides import split_asides
from agent.prompting import prompt
from serving.config.settings import Settings
from serving.parts.chat import chat_part
from tools.sql.meaning import NO_GLOSSARY
from tools.sql.schema import Schema
from tools.sql.semantic.draft.proposed import ProposedTable, read_proposal


def described(settings: Settings, schema: Schema) -> dict[str, ProposedTable]:
    """What the model says of each table and its columns, by the table's name.

    Raises:
        Unavailable: its server does not answer.
    """
    return asyncio.run(_described(settings, schema))


async def _described(settings: Settings, schema: Schema) -> dict[str, ProposedTable]:
    chat, told = chat_part(settings, {}).model, prompt("describe_table").template
    found: dict[str, ProposedTable] = {}
    for table in schema.tables:
        shown = replace(schema, tables=(table,), glossary=NO_GLOSSARY).describe()
        reply = await chat.ainvoke([SystemMessage(told), HumanMessage(shown)])
        found[table.name] = read_proposal(split_asides(reply.text).said, table)
    return found
