"""Numbers with the nouns that they count."""


def quantity(count: int, noun: str) -> str:
    """`1 passage`, `1,234 passages`: nouns that take an s."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
