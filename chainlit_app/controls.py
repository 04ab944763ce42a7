from collections.abc import Mapping, Sequence
from typing import TypeGuard, cast

import chainlit as cl
from chainlit.input_widget import InputWidget, MultiSelect, Select, Slider, Switch, TextInput

from chainlit_app.options import Defaults, modes
from chainlit_app.texts.language import Language, current_language
from chainlit_app.texts.table import texts, words_for
from serving.schema import Readiness

MOST_STARTERS = 3
_DEMO = (("orders", "rows"), ("warranty", "page"), ("price", "rows"), ("seller", "both"))
"""The starters for the sample data: the key of label and question, and the icon."""
_EMBEDDED = "embedded"
"""How the name of a chat model begins that is none."""


def widgets(
    defaults: Defaults, ready: Readiness | None, chosen: Mapping[str, object]
) -> list[InputWidget]:
    """The settings panel, without choices that have a single option; `chosen` is its state."""
    shown: list[InputWidget] = [
        Select(
            id="mode",
            label=words_for("settings.mode"),
            items=modes(),
            initial_value=str(chosen.get("mode", "auto")),
        ),
        Switch(
            id="use_knowledge",
            label=words_for("settings.use_knowledge"),
            initial=bool(chosen.get("use_knowledge", True)),
            description=words_for(f"settings.use_knowledge_about{_with_model(ready)}"),
        ),
        *_choice("databases", _databases(ready), chosen),
        *_choice("collections", _collections(ready), chosen),
        TextInput(
            id="add_to",
            label=words_for("settings.add_to"),
            initial=str(chosen.get("add_to", "")),
            placeholder=", ".join(_collections(ready)),
            description=words_for("settings.add_to_about"),
        ),
        *(_sliders(defaults, chosen) if _has_model(ready) else []),
    ]
    return shown


def _sliders(defaults: Defaults, chosen: Mapping[str, object]) -> list[InputWidget]:
    return [
        Slider(
            id="temperature",
            label=words_for("settings.temperature"),
            initial=_number(chosen.get("temperature"), defaults.temperature),
            min=0,
            max=2,
            step=0.1,
            description=words_for("settings.temperature_about"),
        ),
        Slider(
            id="max_tokens",
            label=words_for("settings.max_tokens"),
            initial=_number(chosen.get("max_tokens"), defaults.max_tokens),
            min=64,
            max=8192,
            step=64,
        ),
    ]


def _has_model(ready: Readiness | None) -> bool:
    """Whether a language model may answer: the embedded models have no temperature, and no length."""
    writers = ("chat", "sql_coder")
    named = [ready.models.get(each, "") for each in writers] if ready else [""]
    return not all(each.startswith(_EMBEDDED) for each in named)


def _with_model(ready: Readiness | None) -> str:
    """The end of a text's key: whether words come from a language model, or from rules."""
    is_rules = ready is not None and ready.models.get("chat", "").startswith(_EMBEDDED)
    return ".embedded" if is_rules else ""


def has_samples(ready: Readiness | None) -> TypeGuard[Readiness]:
    """Whether the sample database is the only one connected."""
    return ready is not None and [each.name for each in ready.databases] == ["demo"]


def sample_starters(ready: Readiness) -> list[cl.Starter]:
    """Questions to begin with, for the sample data, which is English.

    Without a language model questions to it are read in English only: there a label in another
    language says so.
    """
    language = "en" if _with_model(ready) else current_language()
    return [*(_sample(name, icon, language) for name, icon in _DEMO), _what_else()]


def _sample(name: str, icon: str, language: Language) -> cl.Starter:
    label = words_for(f"starter.{name}")
    if language != current_language():
        label = words_for(f"starter.in_{language}", label=label)
    question = texts(language)[f"starter.{name}.question"]
    return cl.Starter(label=label, message=question, icon=f"/public/icons/{icon}.svg")


def starters(questions: Sequence[str]) -> list[cl.Starter]:
    """Questions of a person's own data, and one about what else there is."""
    shown = chosen_starters(questions[:MOST_STARTERS])
    return [*shown, _what_else()]


def _what_else() -> cl.Starter:
    asked = words_for("starter.what")  # the service knows it in each of the page's languages
    return cl.Starter(label=asked, message=asked)


def chosen_starters(questions: Sequence[str]) -> list[cl.Starter]:
    """The questions that the operator chose."""
    return [cl.Starter(label=question, message=question) for question in questions]


def _choice(name: str, values: Sequence[str], chosen: Mapping[str, object]) -> list[InputWidget]:
    if len(values) < 2:
        return []
    given = cast("Sequence[str]", chosen.get(name) or ())
    initial = [value for value in values if value in given]  # others are not there any more
    label, about = words_for(f"settings.{name}"), words_for("settings.choice_about")
    return [MultiSelect(id=name, label=label, values=[*values], initial=initial, description=about)]


def _databases(ready: Readiness | None) -> list[str]:
    return [each.name for each in ready.databases] if ready else []


def _collections(ready: Readiness | None) -> list[str]:
    return ready.collections if ready else []


def _number(given: object, default: float) -> float:
    return given if isinstance(given, int | float) else default
