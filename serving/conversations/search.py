"""Search of a caller's conversations by their words, in the database that keeps them."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import JSON, ColumnElement, and_, case, cast, func, or_, select, true

from serving.conversations.tables import THREADS, TURNS

NO_LETTER_BEFORE = r"(?<![^\W_])"
_BEFORE, _BEHIND = 40, 60
"""Characters that an excerpt has around a hit."""
_BELOW = "text:"
"""Begins a cursor that stands below the hits in titles."""
_UNSPACED = "\u2e80"
"""From here on scripts put no spaces between words (Chinese, Japanese)."""


def is_titled(search: str, dialect: str) -> ColumnElement[bool]:
    """Whether every word of a search begins a word of the thread's title."""
    words = (_begins_word(THREADS.c.title, word, dialect) for word in search.split())
    return and_(true(), *words)


def mentions(search: str, dialect: str) -> ColumnElement[bool]:
    """Whether every word of a search begins a word of the thread: its title, questions, answers."""
    if dialect == "sqlite":
        answer: ColumnElement[str] = func.json_extract(TURNS.c.answer, "$.answer")
    else:
        answer = func.json_extract_path_text(cast(TURNS.c.answer, JSON), "answer")

    def somewhere(word: str) -> ColumnElement[bool]:
        said = (_begins_word(each, word, dialect) for each in (TURNS.c.question, answer))
        turns = select(TURNS.c.thread).where(or_(*said))
        return or_(_begins_word(THREADS.c.title, word, dialect), THREADS.c.thread.in_(turns))

    return and_(true(), *map(somewhere, search.split()))


def has_all(search: str, text: str) -> bool:
    """Whether every word of a search begins a word of a text."""
    return all(re.search(_beginning(word), text, re.IGNORECASE) for word in search.split())


def excerpt(search: str, texts: Iterable[str]) -> str:
    """The words around a hit in the text that has the most of what was searched for; or nothing."""
    words = [re.compile(_beginning(word), re.IGNORECASE) for word in search.split()]
    found = [(text, [hit for each in words if (hit := each.search(text))]) for text in texts]
    if not any(hits for _, hits in found):
        return ""
    text, hits = max(found, key=lambda one: len(one[1]))
    begin = max(0, hits[0].start() - _BEFORE)
    begin = text.find(" ", begin) + 1 if begin else 0
    cut = " ".join(text[begin : hits[0].end() + _BEHIND].split())
    return f"{'…' if begin else ''}{cut}{'…' if hits[0].end() + _BEHIND < len(text) else ''}"


def titles_first(search: str, dialect: str) -> Sequence[ColumnElement[Any]]:
    """The order of what a search found."""
    return case((is_titled(search, dialect), 0), else_=1), THREADS.c.updated_at.desc()


def follows(cursor: str, search: str, dialect: str) -> ColumnElement[bool]:
    """Whether a thread comes after a page that ended with `cursor`."""
    older = THREADS.c.updated_at < cursor.removeprefix(_BELOW)
    is_below = ~is_titled(search, dialect)
    if cursor.startswith(_BELOW):
        return and_(is_below, older)
    return or_(is_below, older)


def cursor_at(updated_at: str, *, is_titled: bool) -> str:
    """The cursor of a page of hits whose last one is this."""
    return updated_at if is_titled else f"{_BELOW}{updated_at}"


def _beginning(word: str) -> str:
    """The expression for a word's beginning, as Python writes it."""
    is_within = not word[0].isalnum() or word[0] >= _UNSPACED
    return f"{'' if is_within else NO_LETTER_BEFORE}{re.escape(word)}"


def _begins_word(text: ColumnElement[str], word: str, dialect: str) -> ColumnElement[bool]:
    is_within = not word[0].isalnum() or word[0] >= _UNSPACED
    if dialect == "sqlite":  # SQLAlchemy lends it Python's expressions
        return text.regexp_match(f"(?i){_beginning(word)}")
    before = "" if is_within else "(^|[^[:alnum:]])"
    return text.regexp_match(f"{before}{re.escape(word)}", flags="i")
