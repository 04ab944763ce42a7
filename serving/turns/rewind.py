"""A question that takes an earlier one's place: what was said from there on is forgotten."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import anyio
from langchain_core.runnables import RunnableConfig

from agent.graph import Machine
from agent.state import AgentState, Exchange
from serving.conversations.records import KeptTurn
from serving.conversations.store import ThreadStore
from serving.wire.answer import Answer
from tools.errors import UnknownName


@asynccontextmanager
async def replacing(
    threads: ThreadStore, graph: Machine, thread: str, answer_id: str | None
) -> AsyncGenerator[list[Exchange] | None]:
    """What was said before a turn, for the question in its place; None if it replaces none.

    The turn and those after it are forgotten when the question has been answered. If it fails, they
    stay.

    Raises:
        UnknownName: the thread has no such answer.
    """
    if answer_id is None:
        yield None
        return
    turns = await threads.ask(lambda records: records.turns(thread))
    at = next((place for place, turn in enumerate(turns) if turn.id == answer_id), None)
    if at is None:
        raise UnknownName(
            f"There is no answer {answer_id!r} on this thread that a question could replace. Ask "
            "it as a new question."
        )
    # By the graph's own memory, in which questions are as they were understood. A turn that waits
    # for a person, or was dropped while it did, is not in it.
    config = RunnableConfig(configurable={"thread_id": thread})
    with threads.saying_why():
        found = await graph.aget_state(config)
    said = cast("AgentState", found.values).get("history", [])
    gone = sum(_is_over(turn.answer) for turn in turns[at:])
    await threads.forget_memory(thread)
    try:
        yield said[: max(0, len(said) - gone)]
    except BaseException:
        with anyio.CancelScope(shield=True):
            await threads.forget_memory(thread)
            await graph.aupdate_state(config, {"history": said}, as_node="check")
        raise
    await threads.forget_turns(thread, turns[at:])


async def turns_before(
    threads: ThreadStore, thread: str, answer_id: str | None
) -> Sequence[KeptTurn]:
    """A thread's turns up to the one that a question replaces; all of them if it replaces none."""
    turns = await threads.ask(lambda records: records.turns(thread))
    at = next((place for place, turn in enumerate(turns) if turn.id == answer_id), len(turns))
    return turns[:at]


def _is_over(answer: str) -> bool:
    return Answer.model_validate_json(answer).status != "needs_approval"
