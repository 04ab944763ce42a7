"""The session of the message that is being worked on, and its browser."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

import chainlit as cl


def conversation_id() -> str:
    """The name that Chainlit gave the conversation."""
    return cl.context.session.thread_id


def set_running(task: asyncio.Task[Any]) -> None:
    """Let the Stop button end this task."""
    cl.context.session.current_task = task


def stop_running() -> None:
    """End what the Stop button would end."""
    if task := cast("asyncio.Task[object] | None", cl.context.session.current_task):
        task.cancel()


async def give_address(question: str) -> None:
    """Give the conversation its address and its place in the list, as a typed question does."""
    if not cl.context.session.has_first_interaction:
        cl.context.session.has_first_interaction = True
        await cl.context.emitter.init_thread(question)


async def tell_id(question: str) -> None:
    """Tell the page which conversation it shows.

    Chainlit does too, in a task of its own that may run later, once the service knows of it.
    """
    id_ = conversation_id()
    # The page fetches its list where these words change: they must differ from Chainlit's own, or a
    # list that was fetched too early would stay without the conversation.
    told = {"interaction": f"{question} ", "thread_id": id_}
    await cl.context.emitter.emit("first_interaction", told)
    await cl.send_window_message({"docsql": "conversation", "id": id_})


async def list_anew(question: str) -> None:
    """Have the page fetch its list of conversations, which it could not while it was told the id."""
    told = {"interaction": f" {question}", "thread_id": conversation_id()}
    await cl.context.emitter.emit("first_interaction", told)


async def show_running() -> None:
    """Show the Stop button."""
    await cl.context.emitter.task_start()


async def show_done() -> None:
    """Take the Stop button away."""
    await cl.context.emitter.task_end()


def run_id() -> str | None:
    """The id of the step that stands for the whole turn, None outside of one."""
    run = cl.context.current_run
    return run.id if run else None


async def toast(text: str, kind: Literal["success", "error"]) -> None:
    """A note in the corner of the page."""
    await cl.context.emitter.send_toast(text, kind)


async def show_beside(
    title: str, elements: Sequence[Mapping[str, Any]], *, key: str | None
) -> None:
    """Show elements beside the conversation.

    Not by `cl.ElementSidebar`: it sends the element once more, and an arriving element that is not
    a side element closes the side view again.
    """
    emit = cl.context.emitter.emit
    await emit("set_sidebar_title", title)
    await emit("set_sidebar_elements", {"elements": list(elements), "key": key})


async def close_beside() -> None:
    """Close what stands beside the conversation."""
    await cl.context.emitter.emit("set_sidebar_elements", {"elements": [], "key": None})


async def keep_file(name: str, *, mime: str, content: bytes) -> str:
    """Keep a file for the session's browser; its id."""
    file = await cl.context.session.persist_file(name=name, mime=mime, content=content)
    return file["id"]


async def forget_step(id_: str) -> None:
    """Take a step with everything in it off the page."""
    await cl.context.emitter.emit("delete_message", {"id": id_})


async def show_conversation(
    id_: str, steps: Sequence[Mapping[str, Any]], elements: Sequence[Mapping[str, Any]]
) -> None:
    """Show these messages, steps and elements, in the place of all that the page shows."""
    shown = {"steps": list(steps), "elements": list(elements)}
    thread: dict[str, object] = {"id": id_, **shown, "metadata": {}}
    await cl.context.emitter.emit("resume_thread", thread)
