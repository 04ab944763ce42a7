"""What a prompt asks for, handed over beside its words.

A model server is sent the words. A model in this process reads the task itself, and need not take
a prompt apart that was put together a moment ago.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from langchain_core.messages import BaseMessage, SystemMessage
from pydantic import PrivateAttr

from agent.state import Exchange
from agent.toolbox import Evidence
from tools.documents.passage import FoundPassage

Role = Literal["rewrite", "decide", "answer", "talk"]


@dataclass(frozen=True, slots=True)
class ModelTask:
    """One task of the chat model.

    `earlier` are the exchanges before the question, oldest first; `has_results` says that a round
    of calls has been made, whatever it found, and `notes` what gave nothing. `search` finds what
    the documents have on the question, None where it cannot be searched.
    """

    role: Role
    question: str
    earlier: tuple[Exchange, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[str, ...] = ()
    has_results: bool = False
    search: Callable[[], Awaitable[Sequence[FoundPassage] | None]] | None = None


class TaskMessage(SystemMessage):
    """The system message of a prompt, with its task; only the words are ever serialised."""

    _task: ModelTask = PrivateAttr()

    @classmethod
    def of(cls, words: str, task: ModelTask) -> "TaskMessage":
        """The message of a prompt's fixed words and its task."""
        message = cls(content=words)
        message._task = task
        return message

    @property
    def task(self) -> ModelTask:
        """What the prompt asks for."""
        return self._task


def task_of(messages: Sequence[BaseMessage]) -> ModelTask:
    """The task of a prompt; a prompt of anybody else's is talk about its last words."""
    for message in messages:
        if isinstance(message, TaskMessage):
            return message.task
    said = [message.text for message in messages if message.type == "human"]
    return ModelTask("talk", said[-1] if said else "")
