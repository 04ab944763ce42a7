"""A second reading of passages, by what quotes them without a language model."""

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage

from agent.advice import Deciding
from agent.fallback import is_not_found
from agent.prompting import prompt
from agent.support import says_the_same
from agent.task import ModelTask, TaskMessage
from agent.toolbox import Evidence
from tools.documents.passage import FoundPassage
from tools.language.pack import ENGLISH, pack_for

STANDS_IN = "The chat model found no answer in the passages; these are their own words."
NONE_ANSWERS = "No sentence of the passages found answers the question as it is asked."
NEAREST = "The passages' nearest words to the question say something else: they follow the answer."


@dataclass(frozen=True, slots=True)
class PassageReader:
    """Reads passages beside a chat model that failed its exam, as a second writer reads questions.

    `plain` quotes sentences word for word, in English; `deciding` tells whether the model is weak.
    """

    plain: BaseChatModel | None
    deciding: Deciding

    def doubts(self, question: str) -> bool:
        """Whether the model's answer is doubted: it failed its exam, and the question is English."""
        return self.deciding.by == "together" and pack_for(question).code == ENGLISH

    def is_asked(self, question: str, evidence: Sequence[Evidence]) -> bool:
        """Whether it reads these: passages alone, for a model that is not trusted with them."""
        is_read = self.plain is not None and bool(evidence) and self.doubts(question)
        return is_read and all(isinstance(item, FoundPassage) for item in evidence)

    async def quote(self, question: str, evidence: Sequence[Evidence]) -> str:
        """The sentences that answer, with their numbers; empty where none does."""
        if self.plain is None:
            return ""
        task = ModelTask("answer", question, evidence=tuple(evidence))
        told = TaskMessage.of(prompt("answer").template, task)
        reply = await self.plain.ainvoke([told, HumanMessage(question)])
        return "" if is_not_found(reply.text) else reply.text

    async def doubt(
        self, answer: str, question: str, evidence: Sequence[Evidence]
    ) -> tuple[str, str]:
        """Why an answer from these passages is not sure, and what they say instead.

        Both are empty where the quotation bears it out.
        """
        if not self.is_asked(question, evidence):
            return "", ""
        quoted = await self.quote(question, evidence)
        if not quoted:
            return NONE_ANSWERS, ""
        return ("", "") if says_the_same(answer, quoted, question) else (NEAREST, quoted)
