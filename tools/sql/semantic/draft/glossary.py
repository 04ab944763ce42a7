"""Words of business databases, in English and German, with how people shorten them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tools.sql.clipped import fit

_COMPOUNDS = {
    ("supplier", "date"): "delivery date",
    ("supplier", "address"): "delivery address",
    ("order", "date"): "order date",
    ("hire", "date"): "hire date",
    ("line", "number"): "line number",
    ("country", "code"): "country code",
    ("hazardous", "flag"): "hazardous",
    ("active", "flag"): "active",
    ("e", "price"): "unit price",
    ("warehouse", "order"): "stock level",
    ("minimum", "order"): "minimum stock",
    ("warehouse", "stock"): "stock level",
    ("name", "flag"): "paid",
    ("paid", "flag"): "paid",
    ("blocked", "flag"): "blocked",
    ("cancelled", "flag"): "cancelled",
    ("st", "code"): "status",
    ("region", "date"): "registration date",
    ("street", "date"): "start date",
    ("minutes", "order"): "minimum stock",
    ("minutes", "stock"): "minimum stock",
    ("reorder level", "quantity"): "reorder level",
    ("stock", "quantity"): "stock",
}
"""What two words together are called, where it is not the one and the other."""
PEOPLE = frozenset({"employee", "person", "user", "member"})
ROLES = frozenset(
    {"manager", "driver", "representative", "doctor", "teacher", "created", "changed"}
)
"""Parts that people play: the key of a row of people may be called by one."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word of business: in English, and the German ones, the first of them its singular."""

    english: str
    german: tuple[str, ...] = ()


Senses = Mapping[str, tuple[Term, ...]]
Fits = Callable[[Term], bool]
"""Whether what is stored may be called so."""


def _read() -> tuple[dict[str, Term], Senses, frozenset[str]]:
    found: dict[str, Term] = {}
    senses: dict[str, tuple[Term, ...]] = {}
    german: set[str] = set()
    entries = (files("tools.sql.semantic.draft") / "glossary.txt").read_text("utf-8")
    for line in filter(None, entries.splitlines()):
        english, words, shorts = (part.strip() for part in (*line.split(";"), "", "")[:3])
        term = Term(english, tuple(words.split()))
        named = [folded(word) for word in term.german]
        german.update(named)
        for short in (english, *named, *shorts.split()):
            word, _, own = short.partition("~")
            meant = Term(own.replace("_", " ")) if own else term
            found.setdefault(word, meant)
            senses[word] = (*senses.get(word, ()), meant)
    return found, senses, frozenset(german)


def folded(word: str) -> str:
    """A word in lower case, its umlauts written out."""
    return word.lower().translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}))


TERMS, SENSES, GERMAN = _read()
"""What each word and short form stands for: first of all, and all of it."""


def _skeleton(word: str) -> str:
    """The first letter and the consonants behind it, each once where they are doubled."""
    consonants = re.sub("[aeiou ]", "", word[1:])
    return re.sub(r"(.)\1", r"\1", word[0] + consonants)


def _skeletons() -> dict[str, list[Term]]:
    """Terms by the consonants of their words."""
    found: dict[str, list[Term]] = {}
    for term in dict.fromkeys(TERMS.values()):
        for word in {term.english, *map(folded, term.german)}:
            found.setdefault(_skeleton(word), []).append(term)
    return found


_BARE = _skeletons()
_SKELETONS = {bare: terms[0] for bare, terms in _BARE.items() if len(terms) == 1}
"""The one term that has these consonants."""
_FEWEST_CONSONANTS, _FEWEST_FITTING = 4, 3


def term_of(part: str) -> Term | None:
    """The term that a part of a name stands for: one of its words, a short form or its consonants.

    Where its consonants are those of no word, some of one word's will do: `zhlg` is a "Zahlung".
    """
    if (known := TERMS.get(part)) is not None:
        return known
    if len(part) < _FEWEST_FITTING or re.search("[aeiou]", part[1:]):
        return None
    if len(part) < _FEWEST_CONSONANTS:
        return None if part.endswith("nr") else _fitting(part)  # "gnr" is some number
    return _SKELETONS.get(_skeleton(part)) or _shortened(part)


@cache
def _fitting(part: str) -> Term | None:
    """The one term of whose words it has all consonants: `mhn` is a "Mahnung"."""
    found = {
        term
        for term in TERMS.values()
        for word in (term.english, *(one.lower() for one in term.german))
        if " " not in word and fit(part, word) == 1
    }
    return found.pop() if len(found) == 1 else None


@cache
def _shortened(part: str) -> Term | None:
    """The one term with a word that has one consonant more than these, the same at its ends."""
    found = {term for bare, terms in _BARE.items() for term in terms if _is_one_less(part, bare)}
    return found.pop() if len(found) == 1 else None


def _is_one_less(part: str, bare: str) -> bool:
    rests = (bare[:at] + bare[at + 1 :] for at in range(1, len(bare) - 1))
    return len(bare) == len(part) + 1 and part in rests


def sense_of(part: str, fits: Fits) -> Term | None:
    """The first term that a part stands for and that fits what is stored."""
    known = SENSES.get(part) or tuple(filter(None, [term_of(part)]))
    return next(filter(fits, known), None)


_LINKED_BY_S = (
    "ung",
    "heit",
    "keit",
    "schaft",
    "ion",
    "tät",
    "trag",
    "kauf",
    "tritt",
    "brauch",
    "halt",
    "burt",
)
"""Endings of German nouns behind which a compound goes on with an s."""


def german_compound(terms: Sequence[Term]) -> tuple[str, ...]:
    """The German word for several terms together; nothing where one has no German word."""
    words = [term.german[0] for term in terms if term.german]
    if len(words) < len(terms):
        return ()
    *first, last = words
    return ("".join(map(_linked, first)).capitalize() + last.lower(),)


def _linked(word: str) -> str:
    """A German noun as the beginning of a compound: "Kunden-", "Rechnungs-"."""
    if word.endswith(_LINKED_BY_S):
        return f"{word}s".lower()
    return f"{word}n".lower() if word.endswith("e") else word.lower()


def together(words: tuple[str, ...]) -> str:
    """Words of a name as people say them."""
    said = list(words)
    for at in range(len(said) - 1):
        if (whole := _COMPOUNDS.get((said[at], said[at + 1]))) is not None:
            return " ".join([*said[:at], whole, *said[at + 2 :]])
    return " ".join(said)
