"""Words of business databases, in English and German, with how people shorten them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

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


def _read() -> tuple[dict[str, Term], frozenset[str]]:
    found: dict[str, Term] = {}
    german: set[str] = set()
    entries = (files("tools.sql.semantic.draft") / "glossary.txt").read_text("utf-8")
    for line in filter(None, entries.splitlines()):
        english, words, shorts = (part.strip() for part in (*line.split(";"), "", "")[:3])
        term = Term(english, tuple(words.split()))
        named = [folded(word) for word in term.german]
        german.update(named)
        for short in (english, *named, *shorts.split()):
            word, _, own = short.partition("~")
            found.setdefault(word, Term(own.replace("_", " ")) if own else term)
    return found, frozenset(german)


def folded(word: str) -> str:
    """A word in lower case, its umlauts written out."""
    return word.lower().translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}))


TERMS, GERMAN = _read()


def _skeleton(word: str) -> str:
    """The first letter and the consonants behind it, each once where they are doubled."""
    consonants = re.sub("[aeiou ]", "", word[1:])
    return re.sub(r"(.)\1", r"\1", word[0] + consonants)


def _skeletons() -> dict[str, Term]:
    """Terms by the consonants of their words, where only one term has them."""
    found: dict[str, list[Term]] = {}
    for term in dict.fromkeys(TERMS.values()):
        for word in {term.english, *map(folded, term.german)}:
            found.setdefault(_skeleton(word), []).append(term)
    return {bare: terms[0] for bare, terms in found.items() if len(terms) == 1}


_SKELETONS = _skeletons()
_FEWEST_CONSONANTS = 4


def term_of(part: str) -> Term | None:
    """The term that a part of a name stands for: one of its words, a short form or its consonants."""
    if (known := TERMS.get(part)) is not None:
        return known
    is_bare = len(part) >= _FEWEST_CONSONANTS and not re.search("[aeiou]", part[1:])
    return _SKELETONS.get(_skeleton(part)) if is_bare else None


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
