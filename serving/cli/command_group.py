"""Error handling of the command line: one line on standard error and an exit code."""

from typing import Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from serving.config.settings import Settings, SettingsError, load_settings
from serving.process.private import close_to_others, private_files
from tools.errors import DocsqlError, Refused

FAILED, REFUSED, DECLINED, WAITING = 1, 3, 4, 5
"""Exit codes: failed, refused by the gate, no answer found, waiting for approval.

(2: wrong usage.)
"""

console = Console()
errors = Console(stderr=True)


class CommandGroup(TyperGroup):
    """Runs a command; whatever is meant for a person becomes a line, and nothing else is hidden."""

    def invoke(self, ctx: Any) -> Any:  # Typer has a copy of Click's Context that it keeps private
        try:
            with private_files():
                return super().invoke(ctx)
        except Refused as error:
            _say_why(error)
            raise typer.Exit(REFUSED) from error
        except _told() as error:
            _say_why(error)
            raise typer.Exit(FAILED) from error


def _told() -> tuple[type[Exception], ...]:
    """The errors that become one line. Imported on failure, because it needs an HTTP client."""
    from serving.client import ServiceError
    from serving.process.listening import PortTaken

    return DocsqlError, SettingsError, ServiceError, PortTaken


def settings_here() -> Settings:
    """The settings of a command that works on the data folder, which is closed to others first."""
    settings = load_settings()
    close_to_others(settings)
    return settings


def _say_why(error: Exception) -> None:
    errors.print(f"docsql: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
