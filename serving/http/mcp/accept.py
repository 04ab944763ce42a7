"""Whether a client takes JSON (RFC 9110, 12.5.1)."""

from collections.abc import Sequence


def takes_json(given: Sequence[str]) -> bool:
    """Whether Accept headers allow JSON; the most specific range that they name decides."""
    accept = ",".join(given)
    if not accept.strip():
        return True
    quality: dict[str, float] = {}
    for each in accept.lower().split(","):
        name, *parameters = (part.strip() for part in each.split(";"))
        values = [part.partition("=")[2] for part in parameters if part.startswith("q=")]
        quality[name] = _number(values[0]) if values else 1.0
    named = [name for name in ("application/json", "application/*", "*/*") if name in quality]
    return bool(named) and quality[named[0]] > 0


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0
