"""`docsql usage`: tokens and model time of callers."""

import json
from calendar import monthrange
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from serving.cli.command_group import console, settings_here
from serving.cli.documents import AsJson
from serving.process import loop
from tools.errors import BadInput

if TYPE_CHECKING:
    from serving.conversations.usage import Used

_KEYS = ("day", "caller", "model")
Month = Annotated[
    str | None, typer.Option(help="The month, as 2026-11 (UTC). Default: the current one.")
]
By = Annotated[
    Literal["day", "caller", "model"] | None,
    typer.Option(help="Sum by one of these. Default: each day, caller and model."),
]


def usage(month: Month = None, by: By = None, *, as_json: AsJson = False) -> None:
    """Show tokens and model time by day, caller and model."""
    first, last = _days(month)
    rows = _added_up(loop.run_interruptible(_records(first, last)), by)
    if as_json:
        print(json.dumps([_told(row, by) for row in rows], indent=2))
        return
    if not rows:
        console.print(f"No model was used from {first} to {last}.")
        return
    from serving.cli.terminal import print_listing

    columns = {"input_tokens": "in", "output_tokens": "out", "estimated_tokens": "estimated"}
    told = [{**_told(row, by), "seconds": f"{row.seconds:.1f}"} for row in rows]
    heads = [columns.get(name, name) for name in told[0]]
    print_listing(console, heads, [tuple(map(str, row.values())) for row in told])


async def _records(first: str, last: str) -> "list[Used]":
    from serving.conversations.usage import UsageBook
    from serving.parts.assembly import open_conversations

    async with open_conversations(settings_here()) as conversations:
        return await UsageBook(conversations.threads).records(since=first, until=last)


def _told(row: "Used", by: str | None) -> dict[str, object]:
    """A row with what it is summed by, and without what it is summed over."""
    over = set(_KEYS) - {by} if by else set[str]()
    return {name: value for name, value in asdict(row).items() if name not in over}


def _days(month: str | None) -> tuple[str, str]:
    """The first and the last day of a month."""
    try:
        first = datetime.strptime(month or f"{datetime.now(UTC):%Y-%m}", "%Y-%m").replace(
            tzinfo=UTC
        )
    except ValueError as error:
        raise BadInput(f"{month!r} is not a month. Write it as 2026-11.") from error
    last = first.replace(day=monthrange(first.year, first.month)[1])
    return f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}"


def _added_up(rows: "list[Used]", by: str | None) -> "list[Used]":
    if by is None:
        return rows
    sums: dict[str, Used] = {}
    for row in rows:
        name = getattr(row, by)
        alone = replace(row, **{other: "" for other in _KEYS if other != by})
        sums[name] = sums[name].with_(alone) if name in sums else alone
    return [sums[name] for name in sorted(sums)]
