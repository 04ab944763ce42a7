"""A reply to the person while it is streamed: what is told of it, and what it comes to."""

from dataclasses import dataclass, field

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.ai import add_ai_message_chunks

from agent.asides import AsideSplitter, SplitReply, split_asides
from agent.calls import TOOLS
from agent.events import AnswerToken, ThoughtToken, emit
from agent.printed_calls import may_become_call, printed_calls
from agent.prompting import confidence_of, is_cut_off, thought_of, usage_of
from agent.state import Counts


@dataclass(slots=True)
class Reply:
    """Tells a reply's words and thoughts as they come; calls of tools that it prints are dropped.

    A reply that begins with one of `kept_back` is not told.
    """

    step: str
    kept_back: tuple[str, ...] = ()
    _chunks: list[AIMessageChunk] = field(default_factory=list[AIMessageChunk])
    _parting: AsideSplitter = field(default_factory=lambda: AsideSplitter("said"))
    _held: str = ""
    _has_begun: bool = False

    def take(self, chunk: AIMessageChunk) -> None:
        """Hear the next piece."""
        self._chunks.append(chunk)
        if thought := thought_of(chunk):
            emit(ThoughtToken(self.step, thought))
        if chunk.text:
            self._tell(self._parting.take(chunk.text))

    def end(self) -> None:
        """Tell what was held back, unless it is a call."""
        self._tell(self._parting.end(is_cut=self.is_cut))
        is_kept = self._held.startswith(self.kept_back)
        if self._held and not is_kept and not printed_calls(self._held, TOOLS):
            emit(AnswerToken(self._held))

    @property
    def text(self) -> str:
        """What is said to the person; nothing where the model only thought, or called a tool."""
        said = split_asides(self._whole.text, is_cut=self.is_cut).said
        is_call = may_become_call(said, TOOLS) and printed_calls(said, TOOLS)
        return "" if is_call else said

    @property
    def is_cut(self) -> bool:
        """Whether it was cut off by the most tokens that a reply may have."""
        return is_cut_off(self._whole)

    @property
    def has_called(self) -> bool:
        """Whether it has a tool called, in whatever way, although none was offered."""
        return bool(self._whole.tool_calls or printed_calls(self._whole.text, TOOLS))

    @property
    def has_thought(self) -> bool:
        """Whether the model thought before it replied."""
        return bool(all_thought(self._whole))

    @property
    def confidence(self) -> float | None:
        """The probability that it answers, None where its writer gives none."""
        return confidence_of(self._whole)

    @property
    def usage(self) -> Counts:
        """What it cost."""
        return usage_of(self._whole)

    @property
    def _whole(self) -> AIMessageChunk:
        if len(self._chunks) != 1:  # put together once, however often it is asked for
            self._chunks = [add_ai_message_chunks(AIMessageChunk(content=""), *self._chunks)]
        return self._chunks[0]

    def _tell(self, given: SplitReply) -> None:
        if given.thought:
            emit(ThoughtToken(self.step, given.thought))
        said = self._held + given.said
        if not self._has_begun and (may_become_call(said, TOOLS) or self._is_kept_back(said)):
            self._held = said
            return
        self._has_begun, self._held = True, ""
        if said:
            emit(AnswerToken(said))

    def _is_kept_back(self, said: str) -> bool:
        return any(kept.startswith(said[: len(kept)]) for kept in self.kept_back)


def all_thought(message: AIMessage) -> str:
    """What a model thought before a reply, whether its server or its text tells."""
    return thought_of(message) + split_asides(message.text).thought


def emit_thought(step: str, thought: str, *, call: str = "") -> None:
    """Tell what was thought at a step, if anything was."""
    if thought:
        emit(ThoughtToken(step, thought, call))
