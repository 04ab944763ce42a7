from collections.abc import Mapping
from dataclasses import dataclass

from chainlit_app.texts.table import words_for
from serving.schema import Mode, Question

MODES: tuple[Mode, ...] = ("auto", "sql", "documents", "chat")
"""In the order of the panel."""


def modes() -> dict[str, str]:
    """The modes by their labels."""
    return {words_for(f"settings.mode.{mode}"): mode for mode in MODES}


@dataclass(frozen=True, slots=True)
class Defaults:
    """The initial state of the settings panel; an untouched slider sends nothing."""

    temperature: float
    max_tokens: int


def question_of(
    text: str, *, thread_id: str | None, chosen: Mapping[str, object], defaults: Defaults
) -> Question:
    """A person's question with their settings, as an API request.

    `chosen` is the settings panel's state, by widget; what is missing there is left to the API.

    Raises:
        pydantic.ValidationError: the text is too long, or a setting is out of bounds.
    """
    temperature = chosen.get("temperature", defaults.temperature)
    max_tokens = chosen.get("max_tokens", defaults.max_tokens)
    return Question.model_validate(
        {
            "question": text,
            "thread_id": thread_id,
            "mode": chosen.get("mode") or "auto",
            "use_knowledge": chosen.get("use_knowledge", True),
            "databases": chosen.get("databases") or None,
            "collections": chosen.get("collections") or None,
            "temperature": None if temperature == defaults.temperature else temperature,
            "max_tokens": None if max_tokens == defaults.max_tokens else max_tokens,
        }
    )
