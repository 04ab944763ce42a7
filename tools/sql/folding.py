"""Names as an engine compares them."""

from string import ascii_lowercase, ascii_uppercase

_ASCII = str.maketrans(ascii_uppercase, ascii_lowercase)


def ascii_lower(name: str) -> str:
    """The name with its ASCII letters lowered, as SQLite compares and PostgreSQL folds."""
    return name.translate(_ASCII)
