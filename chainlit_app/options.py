from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from chainlit_app.texts.table import words_for
from serving.schema import Mode, Question, ThreadSettings

MODES: tuple[Mode, ...] = ("auto", "sql", "documents")
"""In the order of the panel. `chat` is its switch: no use of documents and databases."""


def modes() -> dict[str, str]:
    """The modes by their labels."""
    return {words_for(f"settings.mode.{mode}"): mode for mode in MODES}


@dataclass(frozen=True, slots=True)
class Defaults:
    """The initial state of the settings panel; an untouched slider sends nothing."""

    temperature: float
    max_tokens: int


def question_of(
    text: str,
    *,
    thread_id: str | None,
    chosen: Mapping[str, object],
    defaults: Defaults,
    replaces: str | None = None,
) -> Question:
    """A person's question with their settings, as an API request.

    `chosen` is the settings panel's state, by widget; what is missing there is left to the API.
    `replaces` is the answer whose place this one's takes.

    Raises:
        pydantic.ValidationError: the text is too long, or a setting is out of bounds.
    """
    given = {"question": text, "thread_id": thread_id, "replaces": replaces}
    return Question.model_validate({**given, **_sent(chosen, defaults)})


def settings_of(chosen: Mapping[str, object], defaults: Defaults) -> ThreadSettings:
    """The settings panel's state as a thread keeps it.

    Raises:
        pydantic.ValidationError: a setting is out of bounds.
    """
    return ThreadSettings.model_validate(_sent(chosen, defaults))


def chosen_in(settings: ThreadSettings) -> dict[str, object]:
    """What a thread keeps as the settings panel's state; what is missing is as it is by default."""
    chosen = settings.model_dump(exclude_none=True)
    if settings.mode == "chat":
        chosen |= {"mode": "auto", "use_knowledge": False}
    return chosen


def looks_in(chosen: Mapping[str, object]) -> str:
    """Where questions look with these settings; empty where they look everywhere."""
    kinds = {"sql": "databases", "documents": "collections"}
    mode = str(chosen.get("mode") or "auto")
    if not chosen.get("use_knowledge", True):
        return words_for("settings.looks.nowhere")
    named = {kind: _names(chosen, kind) for kind in kinds.values()}
    if mode in kinds:
        names = named[kinds[mode]]
        only = words_for(f"settings.looks.{mode}")
        return words_for("settings.looks.only", names=names) if names else only
    parts = (f"{words_for(f'settings.{kind}')}: {names}" for kind, names in named.items() if names)
    return " · ".join(parts)


def _names(chosen: Mapping[str, object], kind: str) -> str:
    return ", ".join(cast("Sequence[str]", chosen.get(kind) or ()))


def _sent(chosen: Mapping[str, object], defaults: Defaults) -> dict[str, object]:
    temperature = chosen.get("temperature", defaults.temperature)
    max_tokens = chosen.get("max_tokens", defaults.max_tokens)
    return {
        "mode": chosen.get("mode") or "auto",
        "use_knowledge": chosen.get("use_knowledge", True),
        "databases": chosen.get("databases") or None,
        "collections": chosen.get("collections") or None,
        "temperature": None if temperature == defaults.temperature else temperature,
        "max_tokens": None if max_tokens == defaults.max_tokens else max_tokens,
    }
