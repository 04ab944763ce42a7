"""Patterns that a right answer has, as people read and write them: as plain words."""

import re

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_BEFORE, _AFTER = r"(?<![\d.])", r"(?!\.?\d)"
_ESCAPED = re.compile(r"\\(.)")
_PLAIN = re.compile(r"[^\W_](?:[\w .,:;%/'-]*[\w%])?")
"""Words, names and numbers: nothing in them is taken for the sign of a pattern."""


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


def as_written(pattern: str) -> str:
    """A pattern as it stands in a spreadsheet: plain words, or the pattern itself, `/so/` if in doubt."""
    words = as_words(pattern)
    if _PLAIN.fullmatch(words) and as_pattern(words) == pattern:
        return words
    is_doubtful = _PLAIN.fullmatch(pattern) or _slashed(pattern)
    return f"/{pattern}/" if is_doubtful else pattern


def as_meant(written: str) -> str:
    """The pattern that was written so."""
    if _slashed(written):
        return written[1:-1]
    return as_pattern(written) if _PLAIN.fullmatch(written) else written


def _slashed(text: str) -> bool:
    return len(text) > 1 and text.startswith("/") and text.endswith("/")
