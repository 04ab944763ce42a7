"""Numbers and lists as people write them."""

from collections.abc import Sequence


def how_many(number: int, noun: str) -> str:
    """`1 table`, `1,234 tables`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(names: Sequence[str], most: int = 12) -> str:
    """`a, b and c`; of more than `most`, the first and how many others there are."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
