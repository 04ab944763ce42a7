"""Which doors there are, and what a caller needs to go through each."""

from typing import get_args

from serving.config.access import Scope

SCOPES: tuple[Scope, ...] = get_args(Scope)
EVERY_SCOPE: frozenset[str] = frozenset(SCOPES)

RAW_SQL: Scope = "sql"
"""Sending a statement of one's own: at `/statements`, and `/mcp` asks for it."""

WITHIN_GROUPS: frozenset[str] = EVERY_SCOPE - {"documents:all"}
"""Every door, and behind them what the caller's groups may see."""

PUBLIC = frozenset({"/health", "/ready"})
"""Paths that answer strangers: probes have no key. `/ready` names nothing to them."""

READING = frozenset({"GET", "HEAD", "OPTIONS"})

DOORS: tuple[tuple[str, Scope | None, Scope | None], ...] = (
    ("/agent", "ask", "ask"),
    ("/answers", "ask", "ask"),
    ("/documents", "documents:read", "documents:write"),
    ("/feedback", "ask", "ask"),
    ("/mcp", "ask", "ask"),
    ("/metrics", "metrics", "metrics"),
    ("/openapi.json", None, None),
    ("/saved-questions", "ask", "ask"),
    ("/statements", RAW_SQL, RAW_SQL),
    ("/suggestions", "ask", "ask"),
    ("/threads", "ask", "ask"),
    ("/v1", "ask", "ask"),
    ("/whoami", None, None),
)
"""A path prefix with the scopes for reading and for everything else.

None: any verified caller. A test compares every route with this table.
"""


def is_public(path: str) -> bool:
    """Whether a stranger may ask for it."""
    return path in PUBLIC


def is_known_path(path: str) -> bool:
    """Whether something is known to be served there."""
    return is_public(path) or _door(path) is not None


def required_scope(method: str, path: str) -> Scope | None:
    """The scope that a request takes, None where being somebody is enough."""
    door = _door(path)
    if door is None:
        return None
    _, reading, changing = door
    return reading if method in READING else changing


def _door(path: str) -> tuple[str, Scope | None, Scope | None] | None:
    return next((d for d in DOORS if path == d[0] or path.startswith(f"{d[0]}/")), None)
