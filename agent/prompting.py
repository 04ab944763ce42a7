"""Prompts by name, and replies with their usage."""

import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from itertools import takewhile
from string import Template

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.runnables import Runnable

from agent.state import AgentInput, Counts, Exchange
from agent.window import Window, fit_forms

REMEMBERED = 6
"""Exchanges of a thread that a model is shown; older ones would crowd out the evidence."""

THOUGHT = "reasoning_content"
"""Where a reply has its thoughts, in `additional_kwargs`: a field of several model servers."""

CONFIDENCE = "confidence"
"""The key in `response_metadata` of the probability that a reply answers, from 0 to 1."""

CUT_OFF = frozenset({"length", "max_tokens", "model_length"})
"""What servers give as the reason where a reply was ended by its most tokens."""


@cache
def prompt(name: str) -> Template:
    """The text of agent/prompts/<name>.md, with its `$placeholders`."""
    return Template(resources.files("agent.prompts").joinpath(f"{name}.md").read_text("utf-8"))


async def recent_history(
    history: Sequence[Exchange],
    window: Window,
    *,
    beside: Sequence[BaseMessage],
    reply: int | None = None,
    tools: Sequence[object] = (),
) -> list[BaseMessage]:
    """The last exchanges of a thread that there is room for, as messages, oldest first.

    `beside` and `tools` are the rest of the prompt; the newest exchange is the last to go.
    """
    if not history:
        return []
    newest = list(reversed(history[-REMEMBERED:]))
    fixed = "\n".join([*(message.text for message in beside), *map(json.dumps, tools)])
    wanted = [[f"{exchange['question']}\n{exchange['answer']}"] for exchange in newest]
    chosen = await fit_forms(window, fixed, wanted, reply=reply)
    kept = list(takewhile(lambda pair: pair[1] is not None, zip(newest, chosen, strict=True)))
    return [
        message
        for exchange, _ in reversed(kept)
        for message in (HumanMessage(exchange["question"]), AIMessage(exchange["answer"]))
    ]


def as_notes(notes: Sequence[str]) -> str:
    """One line a note: whatever a server's error said in it cannot begin a line of its own."""
    return "\n".join(f"- {' '.join(note.split())}" for note in dict.fromkeys(notes))


def with_sampling(
    chat: Runnable[LanguageModelInput, AIMessage], state: AgentInput
) -> Runnable[LanguageModelInput, AIMessage]:
    """The chat model with the sampling that the question asks for."""
    wanted = {name: state.get(name) for name in ("temperature", "max_tokens")}
    chosen = {name: value for name, value in wanted.items() if value is not None}
    return chat.bind(**chosen) if chosen else chat


def is_cut_off(message: BaseMessage) -> bool:
    """Whether a reply was cut off by the most tokens that it may have."""
    return message.response_metadata.get("finish_reason") in CUT_OFF


def thought_of(message: BaseMessage) -> str:
    """What the model thought before it replied, as far as its server tells."""
    return str(message.additional_kwargs.get(THOUGHT) or "")


def confidence_of(message: BaseMessage) -> float | None:
    """The probability that a reply answers; only the embedded model gives one."""
    return message.response_metadata.get(CONFIDENCE)


def usage_of(message: AIMessage) -> Counts:
    """The usage of one reply, in tokens as the server counted them."""
    counted = message.usage_metadata
    return {
        "model_calls": 1,
        "input_tokens": counted["input_tokens"] if counted else 0,
        "output_tokens": counted["output_tokens"] if counted else 0,
    }
