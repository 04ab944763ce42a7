"""`docsql keys …`: API keys."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.command_group import console, errors, settings_here
from serving.cli.documents import AsJson

if TYPE_CHECKING:
    from serving.auth.keys import Keys

app = typer.Typer(help="Create, list and revoke API keys.", no_args_is_help=True)

Listed = Annotated[str, typer.Option(help="Separated by commas.")]


@app.command()
def create(name: str, groups: Listed = "", scopes: Listed = "ask,documents:read") -> None:
    """Create a key and print it, once.

    Scopes: ask, sql, documents:read, documents:write, documents:all, metrics.
    """
    from serving.auth.keys import scopes_named

    made = _keys().create(name, groups=_names(groups), scopes=scopes_named(_names(scopes)))
    errors.print(
        f"The key of {name!r}. It is not stored and cannot be shown again. From the first key on, "
        "the service requires one from everyone.",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    print(made)


@app.command("list")
def list_keys(*, as_json: AsJson = False) -> None:
    """List all keys, revoked ones included."""
    records = _keys().records()
    if as_json:
        shown = [record.model_dump(mode="json", exclude={"sha256"}) for record in records]
        print(json.dumps(shown, indent=2))
        return
    if not records:
        console.print("No keys yet; `docsql keys create NAME` makes one.")
        return
    from serving.cli.terminal import print_listing

    rows = [
        (
            record.name,
            ", ".join(record.groups),
            ", ".join(record.scopes),
            f"{record.created:%Y-%m-%d}",
            f"{record.revoked:%Y-%m-%d}" if record.revoked else None,
        )
        for record in records
    ]
    print_listing(console, ("name", "groups", "scopes", "created", "revoked"), rows)


@app.command()
def revoke(name: str) -> None:
    """Revoke a key, effective with the next request."""
    _keys().revoke(name)
    console.print(f"Revoked the key of {name!r}.", markup=False)


def _keys() -> "Keys":
    from serving.auth.keys import KEYS_FILE, Keys

    return Keys(settings_here().data / KEYS_FILE)


def _names(listed: str) -> list[str]:
    return [name for part in listed.split(",") if (name := part.strip())]
