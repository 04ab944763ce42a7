"""The least that an agent behind LangServe is: `python bare_agent.py PORT MODEL_URL FOLDER [DATABASE]`.

One model that calls tools, two tools that answer at once, checkpoints in SQLite, tokens as they
come. What it adds to its model calls is what the libraries take on a machine.
"""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvicorn
from fastapi import FastAPI
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.runnables import RunnableConfig, RunnableGenerator
from langchain_core.tools import BaseTool, tool
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langserve import add_routes  # pyright: ignore[reportUnknownVariableType]  # untyped
from pydantic import BaseModel, SecretStr
from uvicorn.loops.auto import auto_loop_factory


class Asked(BaseModel):
    """What it takes."""

    question: str


def query_database(question: str, database: str) -> str:
    """Ask a database."""
    return f"{question} {database}: 220"


def asking(chat: ChatOpenAI, file: Path) -> BaseTool:
    """A tool of the same name that has a statement written by a further call, and runs it."""

    @tool("query_database")
    async def ask(question: str, database: str) -> str:
        """Ask a database."""
        told = SystemMessage("# write_sql\nWrite SQL for: customers(id, name)")
        reply = await chat.ainvoke([told, HumanMessage(question)])
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as opened:
            return f"{database}: {opened.execute(reply.text).fetchall()}"

    return ask


def search_documents(query: str) -> str:
    """Search the documents."""
    return f"{query}: 12 percent"


async def main(port: int, url: str, folder: Path, database: Path | None = None) -> None:
    """Serve until a signal comes; with a `database`, a statement is written for it and run."""
    plain = ChatOpenAI(base_url=f"{url}/v1", api_key=SecretStr("none"), model="tgi")
    tools = [asking(plain, database) if database else query_database, search_documents]
    chat = plain.bind_tools(tools)

    async def model(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await chat.ainvoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("model", model)
    graph.add_node("tools", ToolNode(tools))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    async with AsyncSqliteSaver.from_conn_string(str(folder / "bare.db")) as saver:
        agent = graph.compile(checkpointer=saver)

        async def answer(asked: AsyncIterator[Any]) -> AsyncIterator[str]:
            async for one in asked:
                messages = MessagesState(messages=[HumanMessage(one["question"])])
                thread = RunnableConfig(configurable={"thread_id": uuid4().hex})
                streamed = agent.astream(
                    messages, thread, stream_mode="messages", durability="exit"
                )
                async for piece, _ in streamed:
                    if text := getattr(piece, "text", ""):
                        yield text

        app = FastAPI()
        runnable = RunnableGenerator(answer).with_types(input_type=Asked, output_type=str)
        add_routes(app, runnable, path="/agent")
        config = uvicorn.Config(app, port=port, log_level="critical", lifespan="off", ws="none")
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(main(int(sys.argv[1]), sys.argv[2], *map(Path, sys.argv[3:])))
