"""The graph as LangGraph Studio opens it (langgraph.json names this file)."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from langchain_core.runnables import Runnable

from agent.caller import CALLER
from agent.graph import build_graph
from serving.auth.local import LOCAL
from serving.config.settings import load_settings
from serving.parts.assembly import open_parts
from serving.process.private import close_to_others, private_files


@asynccontextmanager
async def docsql() -> AsyncGenerator[Runnable[Any, Any]]:
    """The machine over the configured parts, asked by this machine's person.

    Studio brings its own checkpoints. With embedded parts no service may run on the data folder.
    """
    settings = load_settings()
    close_to_others(settings)
    with private_files():
        async with open_parts(settings) as parts:
            yield build_graph(parts.toolbox).with_config(configurable={CALLER: LOCAL})
