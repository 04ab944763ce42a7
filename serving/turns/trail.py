"""What a turn went through: the steps that its thread keeps, and how long they took."""

from dataclasses import dataclass, field, replace
from typing import Any

from agent import events
from serving.turns.stream import event_on_the_wire
from serving.wire.events import PassagesFound, RowsRead

MAX_EXCERPT = 240
"""Characters of a found passage: the documents have the rest."""
MAX_THOUGHT = 20_000
"""Characters of one piece of reasoning."""


@dataclass(slots=True)
class Trail:
    """Hears a turn's events; `stood_in` are the fallback models that answered, in order."""

    seconds: dict[str, float] = field(default_factory=dict[str, float])
    stood_in: list[events.FallbackUsed] = field(default_factory=list[events.FallbackUsed])
    _heard: list[events.ShownEvent] = field(default_factory=list[events.ShownEvent])

    def hear(self, event: events.GraphEvent) -> None:
        """Take in the next event."""
        match event:
            case events.FallbackUsed():
                self.stood_in.append(event)
            case events.AnswerToken() | events.RequestRetried():
                pass  # the answer has it, or nobody needs it any more
            case events.ThoughtToken():
                self._think(event)
            case events.NodeFinished(step, seconds):
                self.seconds[step] = self.seconds.get(step, 0.0) + seconds
                self._heard.append(event)
            case _:
                self._heard.append(event)

    def steps(self) -> list[dict[str, Any]]:
        """The steps as the wire has them, without what the turn's evidence has already."""
        return [_kept(event) for event in self._heard]

    def _think(self, event: events.ThoughtToken) -> None:
        last = self._heard[-1] if self._heard else None
        if not isinstance(last, events.ThoughtToken) or (last.step, last.call) != (
            event.step,
            event.call,
        ):
            self._heard.append(event)
        elif len(last.text) < MAX_THOUGHT:
            self._heard[-1] = replace(last, text=(last.text + event.text)[:MAX_THOUGHT])


def _kept(event: events.ShownEvent) -> dict[str, Any]:
    if isinstance(event, events.RowsFetched):
        event = replace(event, result=replace(event.result, rows=()))
    shown = event_on_the_wire(event)
    if isinstance(shown, PassagesFound):
        for passage in shown.passages:
            passage.text = _beginning(passage.text)
    return shown.model_dump(mode="json", exclude_defaults=not isinstance(shown, RowsRead)) | {
        "event": shown.event
    }


def _beginning(text: str) -> str:
    return text if len(text) <= MAX_EXCERPT else f"{text[: MAX_EXCERPT - 1]}…"
