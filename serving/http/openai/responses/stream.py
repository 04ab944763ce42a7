"""A response as the events of a stream, in the order that OpenAI sends them."""

from collections.abc import Iterator
from itertools import count
from typing import Any

from serving.http.openai.responses.shapes import (
    Shape,
    full_text,
    text_part,
    thought_part,
    waiting,
)
from serving.wire.answer import Answer

Sent = dict[str, Any]


class ResponseStream:
    """Turns what happens in a turn into events; each is numbered."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._numbers = count()
        self._told = self._thought = ""
        self._is_thinking = self._is_speaking = False

    def begun(self) -> Iterator[Sent]:
        """The first two events."""
        for name in ("created", "in_progress"):
            yield self._event(f"response.{name}", response=self._shape.begun())

    def think(self, text: str) -> Iterator[Sent]:
        """A piece of what a model thinks; once the answer has begun, nothing is added."""
        if self._is_speaking:
            return
        if not self._is_thinking:
            self._is_thinking = True
            yield self._added(self._shape.thinking("", "in_progress"), 0)
            yield self._of_thought("response.content_part.added", part=thought_part(""))
        self._thought += text
        yield self._of_thought("response.reasoning_text.delta", delta=text)

    def speak(self, text: str) -> Iterator[Sent]:
        """A piece of the answer's text."""
        if not self._is_speaking:
            yield from self._start_speaking()
        self._told += text
        yield self._of_text("response.output_text.delta", delta=text, logprobs=[])

    def completed(self, answer: Answer) -> Iterator[Sent]:
        """The rest of the text with its sources, what is cited, what waits, and the response."""
        text = full_text(answer)
        yield from self._speak_the_rest(answer, text)
        part = text_part(answer)
        for number, cited in enumerate(part["annotations"]):
            name = "response.output_text.annotation.added"
            yield self._of_text(name, annotation=cited, annotation_index=number)
        yield self._of_text("response.output_text.done", text=text, logprobs=[])
        yield self._of_text("response.content_part.done", part=part)
        yield self._done(self._shape.message(answer), self._place)
        for place, approval in enumerate(answer.approvals, start=self._place + 1):
            yield self._added(waiting(approval), place)
            yield self._done(waiting(approval), place)
        whole = self._shape.completed(answer, self._thought)
        yield self._event("response.completed", response=whole)

    def failed(self, said: str) -> Iterator[Sent]:
        """The last event of a turn that failed."""
        yield self._event("response.failed", response=self._shape.failed(said))

    @property
    def _place(self) -> int:
        """The message's place in the output: after what was thought."""
        return int(self._is_thinking)

    def _start_speaking(self) -> Iterator[Sent]:
        if self._is_thinking:
            thought = self._thought
            yield self._of_thought("response.reasoning_text.done", text=thought)
            yield self._of_thought("response.content_part.done", part=thought_part(thought))
            yield self._done(self._shape.thinking(thought), 0)
        self._is_speaking = True
        yield self._added(self._shape.message(None, "in_progress"), self._place)
        yield self._of_text("response.content_part.added", part=text_part(None))

    def _speak_the_rest(self, answer: Answer, text: str) -> Iterator[Sent]:
        """What was not streamed: the sources, and an answer that no model wrote.

        An answer that was corrected after it was streamed stands whole in the last events.
        """
        has_begun_so = text.startswith(self._told)
        rest = text[len(self._told) :] if has_begun_so else text.removeprefix(answer.answer)
        yield from self.speak(rest) if rest or not self._is_speaking else ()

    def _event(self, name: str, **fields: Any) -> Sent:
        return {"type": name, "sequence_number": next(self._numbers), **fields}

    def _added(self, item: Sent, place: int) -> Sent:
        return self._event("response.output_item.added", output_index=place, item=item)

    def _done(self, item: Sent, place: int) -> Sent:
        return self._event("response.output_item.done", output_index=place, item=item)

    def _of_text(self, name: str, **fields: Any) -> Sent:
        id_ = self._shape.message(None)["id"]
        where = {"item_id": id_, "output_index": self._place, "content_index": 0}
        return self._event(name, **where, **fields)

    def _of_thought(self, name: str, **fields: Any) -> Sent:
        where = {"item_id": self._shape.thinking("")["id"], "output_index": 0, "content_index": 0}
        return self._event(name, **where, **fields)
