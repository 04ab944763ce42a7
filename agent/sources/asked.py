"""Whether a question is about the sources themselves, and about what of them.

A question is when it has a word for them, and every other word frames the question or names a
source. One word more ("which documents mention discounts?") makes it a question to the sources.
"""

import re
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Literal

from agent.sources import words
from agent.sources.names import SourceNames
from agent.sources.words import FRAME, AskedWord, asked_words

About = Literal["sources", "documents", "databases", "meaning", "questions", "freshness"]
_LONGEST = 18
"""Words; a longer question says more than that."""
_NOUNS = words.DOCUMENTS | words.DATABASES | words.DATA | words.ONE_TABLE
_KEYS = (
    _NOUNS
    | words.ASKED
    | words.HELP
    | words.ABLE
    | words.MEANS
    | words.SPAN
    | words.RELATED
    | words.DESCRIBED
)
_TWO = 2
_SENTENCES = re.compile(r"(?<=[.!?])\s+")
_ASIDE = re.compile(
    r"\W*(?:i(?:'m|\u2019m| am) |we(?:'re|\u2019re| are) |just |only |please |thanks|thank you|hi\b|hello\b|ich bin |wir sind |nur |bitte )",
    re.IGNORECASE,
)
"""How a sentence begins that asks nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question wants to know of the sources; `subject` narrows it, and may be empty."""

    about: About
    subject: str = ""


@dataclass(frozen=True, slots=True)
class _Cut:
    """A question's words: those that name something of a source, and the others in order.

    `free` is what follows the first word such as "about", as it was written.
    """

    rest: Sequence[str]
    names: Sequence[str]
    quoted: Sequence[str]
    free: str
    before: Sequence[str]
    databases: Sequence[str]
    columns: Sequence[str]
    has_early_name: bool

    @property
    def subject(self) -> str:
        return ", ".join(dict.fromkeys([*self.names, *self.quoted]))

    def is_only(self, allowed: Set[str]) -> bool:
        """Whether nothing else is said."""
        return all(word in allowed or word in FRAME for word in self.rest)

    def has(self, any_of: Set[str]) -> bool:
        return not any_of.isdisjoint(self.rest)


def asked_about(question: str, vocabulary: Callable[[], SourceNames]) -> Asked | None:
    """What of the sources the question is about; None for a question that they have to answer.

    What stands before or behind the question in sentences of their own does not matter: "I'm new
    here. What can I ask?", "Which documents are there? Just the titles."
    """
    asked = _asked_about(question, vocabulary)
    sentences = [one for one in _SENTENCES.split(question.strip()) if one]
    if asked is not None or len(sentences) != _TWO:
        return asked
    found = [_asked_about(one, vocabulary) for one in sentences]
    is_aside = any(
        _ASIDE.match(one) for one, said in zip(sentences, found, strict=True) if not said
    )
    return next((said for said in found if said), None) if is_aside else None


def _asked_about(question: str, vocabulary: Callable[[], SourceNames]) -> Asked | None:
    found = asked_words(question)
    told = {token.lower for token in found}
    if not found or len(found) > _LONGEST or told.isdisjoint(_KEYS):
        return None
    known = vocabulary()
    cut = _cut(found, known)
    tried = (_meaning(cut), _freshness(cut, known), _questions(cut), _sources(cut, known))
    return next((asked for asked in tried if asked), None)


def _cut(found: Sequence[AskedWord], known: SourceNames) -> _Cut:
    rest: list[str] = []
    names: list[str] = []
    lead = next((at for at, token in enumerate(found) if token.lower in words.LEADING), len(found))
    at, has_early = 0, False
    while at < len(found):
        name, size = "", 0
        if found[at].lower not in _KEYS and not found[at].is_quoted:
            name, size = known.named([token.lower for token in found[at:]])
        if name and not (size == 1 and found[at].lower in FRAME):
            names.append(name)
            has_early |= at < lead
        elif not found[at].is_quoted:
            rest.append(found[at].lower)
        at += max(1, size)
    quoted = [token.text for token in found if token.is_quoted]
    free = " ".join(token.text for token in found[lead + 1 :])
    before = [token.lower for token in found[:lead]]
    databases = [name for name in names if name in known.databases]
    columns = [name for name in names if name not in known.tables | known.databases]
    return _Cut(rest, names, quoted, free, before, databases, columns, has_early_name=has_early)


def _meaning(cut: _Cut) -> Asked | None:
    is_here = cut.has({"is", "ist"}) and cut.has(
        words.DATA | {"here", "hier", "database", "datenbank"}
    )
    is_inside = not cut.has(words.DATA) or cut.has({"in", "here", "hier", "im"})
    is_one = (
        is_here and is_inside and cut.has({"a", "an", "ein", "eine"})
    )  # "what is a region in this data?"
    if not (cut.has(words.MEANS) or is_one) or not (cut.names or cut.quoted):
        return None
    is_only = cut.is_only(words.MEANS | words.TERMS | words.DATA | words.CONTAINERS)
    return Asked("meaning", cut.subject) if is_only else None


def _freshness(cut: _Cut, known: SourceNames) -> Asked | None:
    others = words.STATES | words.DEEDS | words.SPAN | words.LATEST | {"last", "zuletzt"}
    if not cut.is_only(_NOUNS | others):  # most questions, without a look at what the data are of
        return None
    nouns = {word for word in _NOUNS if word in words.DATA or not known.is_data(word)}
    if not cut.is_only(nouns | others):
        return None
    rest, has_noun = list(cut.rest), cut.has(nouns)
    is_state = any(_is_predicate(rest, at, nouns) for at in range(len(rest)))
    is_deed = cut.has(words.DEEDS) and cut.has({"when", "wann", "last", "zuletzt"})
    is_latest = cut.has(words.LATEST) and cut.has(words.DATA) and not cut.names
    if (has_noun and (is_state or is_deed or is_latest)) or (
        (has_noun or cut.names) and _is_span(rest)
    ):
        is_documents = cut.has(words.DOCUMENTS)
        return Asked("freshness", "documents" if is_documents else cut.subject)
    return None


def _is_predicate(rest: Sequence[str], at: int, nouns: Set[str]) -> bool:
    """Whether a state is asked for ("how old is the data"), not used to pick ("the current data")."""
    is_attribute = at + 1 < len(rest) and rest[at + 1] in nouns
    return rest[at] in words.STATES and not is_attribute


def _is_span(rest: Sequence[str]) -> bool:
    """Whether the first and the last day of something are asked for."""
    told, said = " ".join(rest), set(rest)
    if any(far in told for far in words.HOW_FAR) or said & words.PERIODS:
        return True
    is_range = bool(said & {"range", "span"}) and bool(said & words.DATED)
    return is_range or ("when" in said and bool(said & words.GOES))


def _questions(cut: _Cut) -> Asked | None:
    allowed = words.ASKED | words.HELP | words.ABLE | {"things", "thing"}
    if cut.has_early_name or not cut.is_only(allowed):
        return None
    is_help = cut.has(words.HELP) and cut.has(words.YOU) and cut.has(words.ABLE)
    is_alone = list(cut.rest) in (["help"], ["hilfe"], ["was", "kannst", "du"])
    if cut.has(words.ASKED) or is_help or is_alone:
        return Asked("questions", cut.subject)
    return None


def _sources(cut: _Cut, known: SourceNames) -> Asked | None:
    spoken = [word for word in cut.rest if word in words.DATA or not known.is_data(word)]
    return _documents(cut, spoken) or _structure(cut, spoken) or _databases(cut, spoken)


def _documents(cut: _Cut, spoken: Sequence[str]) -> Asked | None:
    if words.DOCUMENTS.isdisjoint(spoken) or _is_one_document(cut.rest):
        return None
    allowed = words.DOCUMENTS | words.SEARCHED
    if cut.is_only(allowed) and not cut.names:
        return Asked("documents", ", ".join(cut.quoted))
    # "Do you have documents about travel?" is about the library, whatever stands behind "about".
    before = set(cut.before)
    is_library = bool(before & (words.YOU | {"there", "we", "any", "es", "wir"}))
    if cut.free and is_library and before & words.DOCUMENTS and before <= FRAME | allowed:
        return Asked("documents", cut.free)
    return None


def _structure(cut: _Cut, spoken: Sequence[str]) -> Asked | None:
    """A table that is described, or how several hang together."""
    if cut.has(words.RELATED):
        is_only = cut.is_only(words.RELATED | words.DATABASES) and len(set(cut.names)) >= _TWO
        return Asked("databases", cut.subject) if is_only else None
    described = cut.has(words.DESCRIBED) and cut.names
    is_one = not words.ONE_TABLE.isdisjoint(spoken) and not cut.has(words.SHOWS) and cut.names
    is_only = cut.is_only(words.ONE_TABLE | words.DATABASES | words.DESCRIBED)
    return Asked("databases", cut.subject) if is_only and (described or is_one) else None


def _databases(cut: _Cut, spoken: Sequence[str]) -> Asked | None:
    said = set(spoken)
    kinds = words.DATABASES | words.DATA | words.DESCRIBED | words.ONE_TABLE
    if not said & (words.DATABASES | words.DATA) or not cut.is_only(kinds):
        return None
    if not said & words.DATABASES:
        asks = bool(words.ASKING & said)
        # "All the information about hiring" is what the rows hold.
        is_rows = cut.names and ("all" in said or not cut.free)
        return Asked("sources", cut.subject) if asks and not is_rows else None
    # "Which countries are in the database?" is about countries.
    is_inside = said & words.DATABASES <= words.CONTAINERS and len(cut.names) > len(cut.databases)
    is_listed = cut.has(words.SHOWS) and cut.columns and not said & words.CONTAINERS
    return None if is_inside or is_listed else Asked("databases", cut.subject)


def _is_one_document(rest: Sequence[str]) -> bool:
    """Whether a certain document is spoken of: "the document"."""
    ones = [at for at, word in enumerate(rest) if word == "document" and at]
    return any(rest[at - 1] in ("the", "this", "that", "a") and at + 1 == len(rest) for at in ones)
