"""A question that takes an earlier one's place: what was said from there on is forgotten."""

from typing import cast

from langchain_core.runnables import RunnableConfig

from agent.graph import Machine
from agent.state import AgentState, Exchange
from serving.conversations.store import ThreadStore
from serving.wire.answer import Answer
from tools.errors import UnknownName


async def rewind(
    threads: ThreadStore, graph: Machine, thread: str, answer_id: str
) -> list[Exchange]:
    """Forget a turn and those after it; what was said before, for the question in its place.

    Raises:
        UnknownName: the thread has no such answer.
    """
    turns = await threads.ask(lambda records: records.turns(thread))
    at = next((place for place, turn in enumerate(turns) if turn.id == answer_id), None)
    if at is None:
        raise UnknownName(
            f"There is no answer {answer_id!r} on this thread that a question could replace. Ask "
            "it as a new question."
        )
    # By the graph's own memory, in which questions are as they were understood. A turn that waits
    # for a person, or was dropped while it did, is not in it.
    with threads.saying_why():
        found = await graph.aget_state(RunnableConfig(configurable={"thread_id": thread}))
    said = cast("AgentState", found.values).get("history", [])
    gone = sum(_is_over(turn.answer) for turn in turns[at:])
    await threads.rewind(thread, turns, to=at)
    return said[: max(0, len(said) - gone)]


def _is_over(answer: str) -> bool:
    return Answer.model_validate_json(answer).status != "needs_approval"
