"""Patterns that a right answer has, as people read and write them: as plain words."""

import re

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_BEFORE, _AFTER = r"(?<![\d.])", r"(?!\.?\d)"
_ESCAPED = re.compile(r"\\(.)")


def as_pattern(words: str) -> str:
    """A pattern for words, without thousands separators, that is no part of another number."""
    plain = _THOUSANDS.sub("", words)
    before = _BEFORE if plain[:1].isdigit() else ""
    after = _AFTER if plain[-1:].isdigit() else ""
    escaped = re.escape(plain).replace("\\ ", " ")
    return f"{before}{escaped}{after}"


def as_words(pattern: str) -> str:
    """The words that a pattern is for; a pattern that is for no words alone, as it is."""
    words = _ESCAPED.sub(r"\1", pattern.removeprefix(_BEFORE).removesuffix(_AFTER))
    return words if as_pattern(words) == pattern else pattern
