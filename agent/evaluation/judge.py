"""A chat model compares an answer with the right one, where both are free text and no scorer can.

What it reads is not to be trusted: an answer may ask for a verdict. It stands between lines that it
cannot end, and a reply that holds anything but one verdict counts for none.
"""

from dataclasses import dataclass
from typing import Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage
from pydantic import BaseModel, ValidationError

from agent.asides import split_asides
from agent.evidence import fenced, indented
from agent.prompting import prompt, usage_of
from agent.state import Counts, add_counts

Opinion = Literal["right", "wrong"]
READINGS = 2
"""Times that a reply is asked for, until one can be read."""
UNREAD = "The judge gave no verdict that could be read."


class _Reply(BaseModel):
    verdict: Opinion
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ToJudge:
    """What is judged: an answer beside the right one."""

    question: str
    reference: str
    answer: str

    def told(self) -> str:
        """The three as data."""
        parts = {
            "Question": self.question,
            "Right answer": self.reference,
            "Answer to judge": self.answer,
        }
        return fenced([f"{name}:\n{indented(text)}" for name, text in parts.items()])


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the judge says, `opinion` None where it could not be read, and what it cost."""

    opinion: Opinion | None
    reason: str
    usage: Counts

    @property
    def tokens(self) -> int:
        """All that were read and written."""
        return self.usage.get("input_tokens", 0) + self.usage.get("output_tokens", 0)


def judge_prompt() -> str:
    """What the judge is told, whatever it judges."""
    return prompt("judge").template


async def judge(chat: BaseChatModel, compared: ToJudge) -> Judgement:
    """Have an answer judged.

    Raises:
        Unavailable: the model behind it does not answer.
    """
    asked = [SystemMessage(judge_prompt()), HumanMessage(compared.told())]
    usage: Counts = {}
    for _ in range(READINGS):
        reply = await chat.ainvoke(asked)
        usage = add_counts(usage, usage_of(reply))
        if read := _read(reply.text):
            return Judgement(read.verdict, " ".join(read.reason.split()), usage)
    return Judgement(None, UNREAD, usage)


def _read(text: str) -> _Reply | None:
    """The one JSON object of a reply; with a second one, as if the answer were quoted, none."""
    said = split_asides(text).said
    try:
        return _Reply.model_validate_json(said[said.find("{") : said.rfind("}") + 1])
    except ValidationError:
        return None
