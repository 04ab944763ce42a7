"""What a server lets robots read: its robots.txt (RFC 9309), with `*` and `$` in paths."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

_LONGEST = 500 * 1024
"""Characters to read; the RFC requires at least this many."""


@dataclass(frozen=True, slots=True)
class Robots:
    """Rules in the order of a file, as (path pattern, whether it allows); `delay_s` between requests."""

    rules: tuple[tuple[str, bool], ...] = ()
    delay_s: float = 0.0

    def allow(self, url: str) -> bool:
        """Whether a page may be read: the longest rule that matches decides, an allowing one first."""
        parts = urlsplit(url)
        path = unquote(parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        matching = [(len(rule), allows) for rule, allows in self.rules if _matches(rule, path)]
        return max(matching, default=(0, True))[1]


def parse_robots(text: str, agent: str) -> Robots:
    """The rules for this agent or, if none names it, those for all."""
    named, for_all = list[tuple[str, str]](), list[tuple[str, str]]()
    has_own = False
    for agents, lines in _groups(text[:_LONGEST]):
        if agent.lower() in agents:
            has_own = True
            named += lines
        elif "*" in agents:
            for_all += lines
    return _robots(named if has_own else for_all)


def _robots(lines: list[tuple[str, str]]) -> Robots:
    rules = tuple(
        (unquote(value), key == "allow") for key, value in lines if key != "crawl-delay" and value
    )
    delays = [value for key, value in lines if key == "crawl-delay"]
    numbers = [float(value) for value in delays if re.fullmatch(r"\d+(\.\d+)?", value)]
    return Robots(rules, max(numbers, default=0.0))


def _groups(text: str) -> Iterator[tuple[set[str], list[tuple[str, str]]]]:
    agents, lines = set[str](), list[tuple[str, str]]()
    for line in text.splitlines():
        key, _, value = (part.strip() for part in line.partition("#")[0].partition(":"))
        key = key.lower()
        if key == "user-agent":
            if lines:
                yield agents, lines
                agents, lines = set[str](), list[tuple[str, str]]()
            agents.add(value.lower())
        elif key in {"allow", "disallow", "crawl-delay"}:
            lines.append((key, value))
    yield agents, lines


def _matches(rule: str, path: str) -> bool:
    """Each piece at its first place behind the last: a rule with many stars costs no more time."""
    first, *others = rule.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    end = others.pop() if others and rule.endswith("$") else None
    for piece in others:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    if end is None:
        return not rule.endswith("$") or at == len(path)
    return path.endswith(end) and len(path) - len(end) >= at
