"""A follow-up made to stand on its own, by putting its words into the question before it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from serving.models.embedded.chat.pointing import (
    KEY,
    NAME,
    NUMBER,
    THINGS,
    WORD,
    Exchanges,
    Kinds,
    Named,
    last_name,
    pointed_at,
    ranked_again,
    which_of,
)

ELLIPSIS = re.compile(r"\s*(?:and|but|or|what about|how about|also|now)\b[,\s]*", re.IGNORECASE)
PLURAL = r"their|they|them|those|these"
POINTER = re.compile(
    rf"\b(its|it|that one|this one|{PLURAL}|(?<=\bis )that|(?:that|this)(?=\W*$))\b"
    r"(?!\s+(?:day|week|month|quarter|year)s?\b)",
    re.IGNORECASE,
)
MANY = re.compile(rf"(?:{PLURAL})\Z", re.IGNORECASE)
ASKED = re.compile(
    r"\s*(?:which|what|who|show|list|find|count|how many|tell me|give me)\b"
    r"(?:\s+(?:me|us|all|of|the|are|is|were|was))*\s+",
    re.IGNORECASE,
)
ALONE = re.compile(r"(?:are|were|have|had|do|did|can|in|from|with|by|on|at|and)\Z", re.IGNORECASE)
COPULA = re.compile(r"\b(?:are|is|were|was|do we have|are there|exist)\b\s*", re.IGNORECASE)
PART_OF = re.compile(r"(?:\w+\s+){1,4}of\s+(?:all\s+|the\s+)*(?=\w)", re.IGNORECASE)
ONES = re.compile(r"^(?:the|those|only)\s+|\s+ones?$", re.IGNORECASE)
SHORT = 7
"""Words up to which "and in Europe?" is read as a change to the question before it."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """A name or a number in a question, which a follow-up may exchange for another."""

    start: int
    end: int
    text: str
    is_name: bool


def rewrite(question: str, earlier: Exchanges, kinds: Kinds, named: Named) -> str:
    """The question with what it leaves out; unchanged where it leaves nothing out."""
    told: Exchanges = ()
    for before, answer in earlier:
        told += ((_completed(before, told, kinds, named), answer),)
    return _completed(question, told, kinds, named)


def _completed(question: str, told: Exchanges, kinds: Kinds, named: Named) -> str:
    if not told:
        return question
    (before, answer), begun = told[-1], ELLIPSIS.match(question)
    if (which := which_of(question, told, kinds)) is not None:
        return which
    if begun and len(question.split()) <= SHORT:
        change = question[begun.end() :].rstrip(" ?")
        return ranked_again(change, before) or _changed(before, change, kinds)
    pointed = pointed_at(question, told, kinds, named)
    return pointed or _with_last(question, before, answer, kinds)


def _with_last(question: str, before: str, answer: str, kinds: Kinds) -> str:
    """The question with what was told or asked last, or with the things that were listed."""
    pointer = POINTER.search(question)
    if pointer is None:
        return question
    is_of_many = MANY.match(pointer[1])
    key = next((k for k in KEY.finditer(answer) if not NUMBER.fullmatch(k.group(1))), None)
    if key is not None:
        name = _named(key)
    elif is_of_many:
        return _of_many(question, pointer, _subject(before, kinds))
    elif (name := last_name(((before, ""),), kinds)) is None:
        return question
    own = "'s" if pointer[1].lower() in ("its", "their") else ""
    return f"{question[: pointer.start()]}{name}{own}{question[pointer.end() :]}"


def _named(key: re.Match[str]) -> str:
    """What the last answer put first, with the words that stood behind it."""
    described = [part.rpartition(": ")[2] for part in (key.group(2) or "").split("; ")]
    words = [word for word in described if word and not NUMBER.fullmatch(word)]
    return " ".join([key.group(1), *words])


def _subject(question: str, kinds: Kinds) -> str:
    """What a question is about: "customers in Europe" of "Which customers are in Europe?"."""
    asked = ASKED.match(question)
    if asked is None:
        return ""
    rest = COPULA.sub("", question[asked.end() :].rstrip(" ?.!"), count=1)
    part = PART_OF.match(rest)
    is_things = part and any(THINGS in kinds(word) for word in WORD.findall(part[0]))
    return (rest[part.end() :] if part and not is_things else rest).strip()


def _of_many(question: str, pointer: re.Match[str], subject: str) -> str:
    """The question with the things it points to; what it says of "those customers" they are."""
    start, end = pointer.span()
    before, after = question[:start], question[end:]
    if not subject:
        return question
    if pointer[1].lower() == "their":
        return f"{before}the{after.rstrip(' ?.!')} of {subject}?"
    noun = re.match(r"\s+(\w+)", after)
    if noun and noun[1].lower() in subject.lower().split():
        after = after[noun.end() :]
    elif noun and pointer[1].lower() in ("those", "these") and not ALONE.match(noun[1]):
        return question  # "those boats": of other things
    return f"{before}{subject}{after}"


def _changed(before: str, change: str, kinds: Kinds) -> str:
    """The earlier question with one name, number, table or stored value exchanged, or the change at its end."""
    stem = before.rstrip(" ?")
    new = next(_slots(f" {change}"), None)
    if new is not None:
        alike = [slot for slot in _slots(stem) if slot.is_name == new.is_name]
        wanted = kinds(new.text)
        same = [slot for slot in alike if kinds(slot.text) & wanted]
        for slot in reversed(same or alike):
            return f"{stem[: slot.start]}{new.text}{stem[slot.end :]}?"
    elif THINGS in kinds(change):
        things = [found for found in WORD.finditer(stem) if THINGS in kinds(found[0])]
        for found in things[-1:]:
            return f"{stem[: found.start()]}{change}{stem[found.end() :]}?"
    elif wanted := kinds(value := ONES.sub("", change)):
        for start, end in _runs(stem):
            if kinds(stem[start:end]) & wanted:
                return f"{stem[:start]}{value}{stem[end:]}?"
    return f"{stem} {change}?"


def _runs(text: str) -> Iterator[tuple[int, int]]:
    """The places of up to three words that follow each other, longer ones first, the last before others."""
    words = [found.span() for found in WORD.finditer(text)]
    for many in (3, 2, 1):
        for at in range(len(words) - many, -1, -1):
            yield words[at][0], words[at + many - 1][1]


def _slots(text: str) -> Iterator[_Slot]:
    for pattern, is_name in ((NAME, True), (NUMBER, False)):
        for found in pattern.finditer(text):
            yield _Slot(found.start(), found.end(), found.group(), is_name)
