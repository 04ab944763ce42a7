"""What `docsql serve` says once it answers: all that a person needs to go on, and no more."""

from collections.abc import Sequence

from serving.config.settings import Settings

MOST_NAMES = 8
"""Databases that are named; of more, the number is given."""


def greeting(settings: Settings, url: str) -> Sequence[str]:
    """Where the service and its page are, what it is connected to, and how it is stopped."""
    from serving.parts.names import model_names

    page = f"http://{settings.page.host}:{settings.page.port}"
    models = model_names(settings)
    return [
        f"DocSQL answers at {url} (API: {url}/openapi.json). Stop it with Ctrl-C.",
        f"  Chat page: run `docsql chat`, then open {page}",
        f"  Databases: {_databases(list(settings.databases))}",
        f"  Documents: {settings.documents.uri or settings.data}; chat model: {models['chat']}",
    ]


def _databases(names: Sequence[str]) -> str:
    if not names:
        return "none; DOCSQL_DATABASES__NAME__URL connects one"
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more
