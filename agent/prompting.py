"""What a model is told: prompts by name, and replies with what they cost."""

from collections.abc import Sequence
from functools import cache
from importlib import resources
from string import Template

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.runnables import Runnable

from agent.state import AgentInput, Counts, Exchange

REMEMBERED = 6
"""Exchanges of a thread that a model is shown; older ones would crowd out the evidence."""


@cache
def prompt(name: str) -> Template:
    """The text of agent/prompts/<name>.md, with its `$placeholders`."""
    return Template(resources.files("agent.prompts").joinpath(f"{name}.md").read_text("utf-8"))


def remembered(history: Sequence[Exchange]) -> list[BaseMessage]:
    """The last exchanges of a thread as messages, oldest first."""
    return [
        message
        for exchange in history[-REMEMBERED:]
        for message in (HumanMessage(exchange["question"]), AIMessage(exchange["answer"]))
    ]


def sampled(
    chat: Runnable[LanguageModelInput, AIMessage], state: AgentInput
) -> Runnable[LanguageModelInput, AIMessage]:
    """The chat model with the sampling that the question asks for."""
    wanted = {name: state.get(name) for name in ("temperature", "max_tokens")}
    chosen = {name: value for name, value in wanted.items() if value is not None}
    return chat.bind(**chosen) if chosen else chat


def usage_of(message: AIMessage) -> Counts:
    """What one reply cost, in tokens as the server counted them."""
    counted = message.usage_metadata
    return {
        "model_calls": 1,
        "input_tokens": counted["input_tokens"] if counted else 0,
        "output_tokens": counted["output_tokens"] if counted else 0,
    }
