"""A follow-up made to stand on its own, by putting its words into the question before it."""

import re

ELLIPSIS = re.compile(r"\s*(?:and|but|or|what about|how about|also|now)\b[,\s]*", re.IGNORECASE)
POINTER = re.compile(r"\b(its|it|their|they|them|that one|this one|that|this)\b", re.IGNORECASE)
KEY = re.compile(r"\*\*(.+?)\*\*")
PLACE = re.compile(
    r"\b(in|for|from|of|during|since|before|after|per|by|with)\s+(?:the\s+)?[\w-]+(?:\s+[A-Z0-9][\w-]*)*"
)
SHORT = 6
"""Words up to which "and in Europe?" is read as a change to the question before it."""


def rewrite(question: str, earlier: tuple[tuple[str, str], ...]) -> str:
    """The question with what it leaves out; unchanged where it leaves nothing out."""
    if not earlier:
        return question
    before, answer = earlier[-1]
    begun = ELLIPSIS.match(question)
    if begun and len(question.split()) <= SHORT:
        return _changed(before, question[begun.end() :].rstrip(" ?"))
    key = KEY.search(answer)
    if key and POINTER.search(question):
        return POINTER.sub(lambda found: _named(found.group(1), key.group(1)), question, count=1)
    return question


def _named(pointer: str, key: str) -> str:
    return f"{key}'s" if pointer.lower() in ("its", "their") else key


def _changed(before: str, change: str) -> str:
    """The earlier question with one phrase exchanged, or with another one at its end."""
    stem = before.rstrip(" ?")
    preposition = change.split(" ", 1)[0].lower()
    for found in reversed(list(PLACE.finditer(stem))):
        if found.group(1).lower() == preposition:
            return f"{stem[: found.start()]}{change}{stem[found.end() :]}?"
    return f"{stem} {change}?"
