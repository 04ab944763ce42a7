"""Readable labels for the names of tables and columns: parted, and written in full."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tools.language.common_words import common_words
from tools.sql.semantic.draft.glossary import (
    GERMAN,
    SENSES,
    TERMS,
    Fits,
    Term,
    folded,
    german_compound,
    sense_of,
    term_of,
    together,
)
from tools.sql.words import name_words

_TABLE_MARKS = frozenset("tbl tb tab t dim fact fct vw v stg".split())
_EMPTY = frozenset({"master", "header", "detail"})
"""Words of a table's name that say how it is kept rather than what is in it."""
_TABLE_ENDINGS = {
    "stamm": "stamm",
    "stam": "stamm",
    "stm": "stamm",
    "st": "stamm",
    "pos": "pos",
    "p": "pos",
}
"""Behind a known word of a table's name: its master data, or its lines."""
_INITIALS, _LONG = 3, 4
"""Letters that may stand before a known word without being one, and the most of a word that is short."""
_ENDINGS = frozenset({"number", "code", "date", "name"})
_VOWELS = 2
"""Vowels of a name that is put together from short forms."""
_SHORTEST = 2
"""Letters of a part of a name that runs together."""


@dataclass(frozen=True, slots=True)
class Label:
    """A name in words; `german` are the words for it in German, `is_known` whether all were found."""

    words: tuple[str, ...]
    german: tuple[str, ...] = ()
    is_known: bool = True

    @property
    def text(self) -> str:
        """The words as people say them."""
        return together(self.words)


def anything(_: Term) -> bool:
    """Nothing is known of what is stored: it may be called anything."""
    return True


def table_label(name: str, *, is_german: bool = True, fits: Fits = anything) -> Label:
    """What the rows of a table are called, in the plural; by a word that `fits`, where one does.

    In a database that is not `is_german`, a common English word is not taken for German.
    """
    label = _label(_kept(name), is_german=is_german, fits=fits)
    label = label if label.is_known else _label(_kept(name), is_german=is_german)
    words = [word for word in label.words if word not in _EMPTY] or list(label.words)
    words += ["line"] if label.words[-1] == "detail" and len(label.words) > 1 else []
    return Label((*words[:-1], plural(words[-1])), tuple(reversed(label.german)), label.is_known)


def column_label(
    name: str,
    shared: str = "",
    table: str = "",
    *,
    is_german: bool = True,
    fits: Fits = anything,
) -> Label:
    """What a column is called; `shared` is what all columns of its table begin with.

    The last part of the name is a word that `fits`, or stays as it is. A first part that shortens the table's own name is what its rows are: of `t_fzg`, "fznr" is the
    vehicle number.
    """
    words = name_words(folded(name.removeprefix(shared)))
    label = _label(words, is_german=is_german, fits=fits)
    if label.is_known or len(label.words) == 1 or not table:
        return label
    first, rows = label.words[0], table_label(table, is_german=is_german)
    if first in TERMS or not _shortens(first, _kept(table)[0]):
        return label
    own = (*rows.words[:-1], singular(rows.words[-1]))
    return Label((*own, *label.words[1:]), (), rows.is_known)


def _kept(table: str) -> list[str]:
    """The parts of a table's name without what marks it as a table."""
    whole = list(name_words(folded(table)))
    pieces = [piece for piece in whole if not piece.isdigit()] or whole
    pieces = [*pieces[:-1], *_before_ending(pieces[-1])]
    return pieces[1:] if len(pieces) > 1 and pieces[0] in _TABLE_MARKS else pieces


def _before_ending(piece: str) -> list[str]:
    """A known word before what says how a table is kept: "kdst" is a "Kundenstamm"."""
    for ending, meant in _TABLE_ENDINGS.items():
        if piece.endswith(ending) and piece not in TERMS and piece.removesuffix(ending) in TERMS:
            return [piece.removesuffix(ending), meant]
    return [piece]


def singular(word: str) -> str:
    """The word for one of what a plural names."""
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return re.sub(r"(?<=ch|sh|.x|ss)es$|(?<!s)s$", "", word)


def shared_prefix(names: Sequence[str]) -> str:
    """What all names begin with up to an underscore: "ku_" of ku_name and ku_ort; mostly nothing."""
    first = names[0].partition("_")
    prefix = first[0] + first[1]
    is_shared = bool(first[1]) and all(n.startswith(prefix) and n != prefix for n in names)
    return prefix if is_shared and len(names) > 2 else ""


def speaks_german(names: Iterable[str]) -> bool:
    """Whether more of the names are German than English."""
    parts = [
        part for name in names for piece in name_words(folded(name)) for part in split_name(piece)
    ]
    sides = [_sides(part, TERMS[part]) for part in parts if part in TERMS]
    return sum(german for german, _ in sides) > sum(english for _, english in sides)


def _sides(part: str, term: Term) -> tuple[bool, bool]:
    """Whether a part that stands for a term is German alone, and whether it is English alone."""
    german = part in GERMAN or _is_short_of(part, term.german)
    english = _is_short_of(part, (term.english,))
    return german and not english, english and not german


def plural(word: str) -> str:
    """The English plural."""
    if word.endswith(("s", "x", "ch", "sh")):
        return word if word.endswith("s") and not word.endswith("ss") else f"{word}es"
    return f"{word[:-1]}ies" if re.search("[^aeiou]y$", word) else f"{word}s"


def split_name(piece: str) -> list[str]:
    """The known parts of a name that runs together ("kdgrp"), or the name; the fewest parts win.

    A common word is one: "storage" is no "stor" and "age".
    """
    if term_of(piece) or not piece.isalpha() or _is_common(piece):
        return [piece]
    best: dict[int, list[str]] = {0: []}
    for end in range(1, len(piece) + 1):
        for start in range(max(0, end - 20), end - _SHORTEST + 1):
            if start in best and piece[start:end] in TERMS:
                found = [*best[start], piece[start:end]]
                if end not in best or len(found) < len(best[end]):
                    best[end] = found
    found = best.get(len(piece), [])
    return _after_initials(piece) if not found or _is_a_word(piece, found) else found


def _is_a_word(piece: str, found: Sequence[str]) -> bool:
    """Whether short forms make up what is rather a word: "gebaut" is no "geb" of an "aut"."""
    are_short = all(len(part) <= _INITIALS for part in found)
    return are_short and len(re.findall("[aeiou]", piece)) > _VOWELS


def _after_initials(piece: str) -> list[str]:
    """The name parted before a number, a date or a long word ("anr", "epreis"), or as it is."""
    for start in range(1, min(_INITIALS, len(piece) - 1) + 1):
        tail = piece[start:]
        if tail in TERMS and (len(tail) > _LONG or TERMS[tail].english in _ENDINGS):
            return [piece[:start], tail]
    return [piece]


def _shortens(first: str, word: str) -> bool:
    """Whether a part has letters of a word in order, the first one first."""
    return first[0] == word[0] and _is_short_of(first, (word,))


def _is_common(piece: str) -> bool:
    return piece in common_words() or singular(piece) in common_words()


def _label(pieces: Sequence[str], *, is_german: bool, fits: Fits = anything) -> Label:
    parts = [part for piece in pieces for part in split_name(piece)]
    terms = [_term(part, is_german=is_german) for part in parts]
    if len(parts) > 1 and terms[-2] == TERMS["flag"] and terms[-1] == TERMS["number"]:
        terms[-2] = None  # what is numbered is more than true or false: "flnr"
    if terms and terms[-1] is not None and not fits(terms[-1]):
        *before, last = pieces
        parts = [*(part for piece in before for part in split_name(piece)), last]
        terms = [_term(part, is_german=is_german) for part in parts[:-1]]
        terms.append(sense_of(last, fits))
    words = tuple(term.english if term else part for term, part in zip(terms, parts, strict=True))
    return Label(words, _german(words, terms), all(terms))


def _german(words: tuple[str, ...], terms: Sequence[Term | None]) -> tuple[str, ...]:
    """The German words for a label: those of what it is together, else of its parts put together."""
    if (whole := TERMS.get(together(words))) is not None:
        return whole.german
    if len(words) > 1 and words[-1] in ("code", "flag"):
        return _german(words[:-1], terms[:-1])
    known = [term for term in terms if term is not None]
    return german_compound(known) if len(known) == len(terms) else ()


def _term(part: str, *, is_german: bool) -> Term | None:
    """What a part stands for; in an English schema, few letters are not short for a German word."""
    term = term_of(part)
    is_open = part in common_words() or len(part) < _LONG
    if part not in TERMS or is_german or not is_open:
        return term
    return next((one for one in SENSES.get(part, ()) if not _sides(part, one)[0]), None)


def _is_short_of(part: str, words: Sequence[str]) -> bool:
    """Whether a part is made of a word's letters, in order."""
    for word in map(folded, words):
        letters = iter(word)
        if all(letter in letters for letter in part):
            return True
    return False
