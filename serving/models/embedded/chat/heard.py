"""What the graph says to a chat model, read back: the embedded model is spoken to like any other."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

Role = Literal["rewrite", "decide", "answer", "talk", "write_sql"]
ROLES: tuple[Role, ...] = ("rewrite", "decide", "answer", "talk", "write_sql")
RESULTS = "Results so far:"
NOTES = "What was looked for and not found:"


@dataclass(frozen=True, slots=True)
class Rows:
    """A result as the evidence shows it; `row_count` counts the rows that are not shown as well.

    `truncated` says that a cap held further rows back.
    """

    number: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | bool | None, ...], ...]
    row_count: int
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Quotable:
    """A passage as the evidence shows it; `number` is what cites it."""

    number: int
    title: str
    section: str
    text: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A conversation taken apart.

    `earlier` are the exchanges before the question, oldest first; `has_results` says that a round
    of calls has been made, whatever it found; `notes` say line by line what gave nothing.
    """

    role: Role
    question: str
    earlier: tuple[tuple[str, str], ...]
    passages: tuple[Quotable, ...]
    rows: tuple[Rows, ...]
    has_results: bool
    notes: str = ""


def hear(messages: Sequence[BaseMessage]) -> Heard:
    """Take a conversation apart; the heading of the system message says what is wanted."""
    role: Role = "talk"
    said: list[str] = []
    earlier: list[tuple[str, str]] = []
    for message in messages:
        match message:
            case SystemMessage():
                role = _role(message.text)
            case HumanMessage():
                said.append(message.text)
            case AIMessage():
                earlier.append((said.pop() if said else "", message.text))
            case _:
                continue
    results = said.pop() if len(said) > 1 and said[-1].startswith(RESULTS) else ""
    told, _, evidence = (said[-1] if said else "").partition("\n\nEvidence:\n")
    question, _, notes = told.partition(f"\n\n{NOTES}\n")
    items = list(_items(evidence or results))
    return Heard(
        role=role,
        question=question.removeprefix("Question: ").strip(),
        earlier=tuple(earlier),
        passages=tuple(item for item in items if isinstance(item, Quotable)),
        rows=tuple(item for item in items if isinstance(item, Rows)),
        has_results=bool(results),
        notes=notes,
    )


def _role(system: str) -> Role:
    heading = system.partition("\n")[0].removeprefix("#").strip()
    for role in ROLES:
        if role == heading:
            return role
    return "talk"


def _items(lines: str) -> list[Quotable | Rows]:
    found: list[Quotable | Rows] = []
    for line in lines.splitlines():
        if line.startswith('{"number"'):
            item = cast("dict[str, Any]", json.loads(line))
            found.append(_rows(item) if item["kind"] == "rows" else _quotable(item))
    return found


def _rows(item: dict[str, Any]) -> Rows:
    return Rows(
        number=item["number"],
        columns=tuple(item["columns"]),
        rows=tuple(tuple(row) for row in item["rows"]),
        row_count=item["row_count"],
        truncated=item.get("truncated", False),
    )


def _quotable(item: dict[str, Any]) -> Quotable:
    return Quotable(item["number"], item["title"], item["section"], item["text"])
