"""A follow-up made to stand on its own, by putting its words into the question before it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

ELLIPSIS = re.compile(r"\s*(?:and|but|or|what about|how about|also|now)\b[,\s]*", re.IGNORECASE)
POINTER = re.compile(r"\b(its|it|their|they|them|that one|this one|that|this)\b", re.IGNORECASE)
KEY = re.compile(r"\*\*(.+?)\*\*(?: \(([^)]*)\))?")
NAME = re.compile(
    r"(?<!^)(?<![.?!] )\b[A-Z][\w&.-]*(?: (?:&|and|of|[A-Z0-9][\w&.-]*))*(?<! of)(?<! and)"
)
NUMBER = re.compile(r"\b\d[\d.,]*\b")
SHORT = 7
"""Words up to which "and in Europe?" is read as a change to the question before it."""

Kinds = Callable[[str], frozenset[str]]
"""Where a text is stored (the columns that hold it as a value); empty where nobody knows."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """A name or a number in a question, which a follow-up may exchange for another."""

    start: int
    end: int
    text: str
    is_name: bool


def rewrite(question: str, earlier: tuple[tuple[str, str], ...], kinds: Kinds) -> str:
    """The question with what it leaves out; unchanged where it leaves nothing out."""
    if not earlier:
        return question
    before, answer = earlier[-1]
    begun = ELLIPSIS.match(question)
    if begun and len(question.split()) <= SHORT:
        return _changed(before, question[begun.end() :].rstrip(" ?"), kinds)
    key = KEY.search(answer)
    if key and POINTER.search(question):
        return POINTER.sub(lambda found: _named(found.group(1), key), question, count=1)
    return question


def _named(pointer: str, key: re.Match[str]) -> str:
    """What the last answer put first, with the words that stood behind it."""
    described = [part.rpartition(": ")[2] for part in (key.group(2) or "").split("; ")]
    words = [word for word in described if word and not NUMBER.fullmatch(word)]
    name = " ".join([key.group(1), *words])
    return f"{name}'s" if pointer.lower() in ("its", "their") else name


def _changed(before: str, change: str, kinds: Kinds) -> str:
    """The earlier question with one name or number exchanged, or with the change at its end."""
    stem = before.rstrip(" ?")
    new = next(_slots(f" {change}"), None)
    if new is not None:
        alike = [slot for slot in _slots(stem) if slot.is_name == new.is_name]
        wanted = kinds(new.text)
        same = [slot for slot in alike if kinds(slot.text) & wanted]
        for slot in reversed(same or alike):
            return f"{stem[: slot.start]}{new.text}{stem[slot.end :]}?"
    return f"{stem} {change}?"


def _slots(text: str) -> Iterator[_Slot]:
    for pattern, is_name in ((NAME, True), (NUMBER, False)):
        for found in pattern.finditer(text):
            yield _Slot(found.start(), found.end(), found.group(), is_name)
