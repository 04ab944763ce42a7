from collections.abc import Sequence

import chainlit as cl
from chainlit.input_widget import InputWidget, MultiSelect, Select, Slider, Switch, TextInput

from chainlit_app.options import MODES, Defaults
from serving.schema import Readiness

MOST_STARTERS = 3
_DEMO = (
    ("Orders per year", "How many orders were placed each year?", "rows"),
    (
        "Warranty of the Compute series",
        "How long is the standard warranty of the Compute series?",
        "page",
    ),
    ("Average price by series", "Average hourly price by series", "rows"),
    (
        "Best seller: still under warranty?",
        "Is the best-selling instance of 2025 still under standard warranty after 30 months?",
        "both",
    ),
)
"""Label, question and icon of the starters for the sample data."""


def widgets(defaults: Defaults, ready: Readiness | None) -> list[InputWidget]:
    """The settings panel, without choices that have a single option."""
    shown: list[InputWidget] = [
        Select(id="mode", label="Where to look", items=dict(MODES), initial_value="auto"),
        Switch(
            id="use_knowledge",
            label="Use documents and databases",
            initial=True,
            description="Off: the model answers from what it knows, and nothing is looked up.",
        ),
        *_choice("databases", "Databases", [d.name for d in ready.databases] if ready else []),
        *_choice("collections", "Document collections", ready.collections if ready else []),
        TextInput(
            id="add_to",
            label="Collection for new documents",
            initial="",
            placeholder=", ".join(ready.collections) if ready else "",
            description="A new name makes a new collection. Empty: the service's own.",
        ),
        Slider(
            id="temperature",
            label="Temperature",
            initial=defaults.temperature,
            min=0,
            max=2,
            step=0.1,
            description="0 repeats the same answer. The embedded models ignore it.",
        ),
        Slider(
            id="max_tokens",
            label="Longest answer, in tokens",
            initial=defaults.max_tokens,
            min=64,
            max=8192,
            step=64,
        ),
    ]
    return shown


def has_samples(ready: Readiness | None) -> bool:
    """Whether the sample data are connected, and nothing else."""
    return ready is not None and [each.name for each in ready.databases] == ["demo"]


def sample_starters() -> list[cl.Starter]:
    """Questions to begin with, for the sample data."""
    return [
        cl.Starter(label=label, message=question, icon=f"/public/icons/{icon}.svg")
        for label, question, icon in _DEMO
    ]


def starters(questions: Sequence[str]) -> list[cl.Starter]:
    """Questions of a person's own data, and one about what else there is."""
    shown = [*questions[:MOST_STARTERS], "What can I ask?"]
    return [cl.Starter(label=question, message=question) for question in shown]


def _choice(name: str, label: str, values: list[str]) -> list[InputWidget]:
    if len(values) < 2:
        return []
    return [MultiSelect(id=name, label=label, values=values, description="None chosen: all.")]
