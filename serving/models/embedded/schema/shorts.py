"""Names that are put together from clipped words, and which words of a question they are short for."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from serving.models.embedded.english.words import Word, stem
from serving.models.embedded.schema.targets import ColumnRef, TableRef, truth
from serving.models.embedded.schema.values import Stored
from tools.language.common_words import common_words
from tools.sql.clipped import fit, initial
from tools.sql.schema import Schema, Table
from tools.sql.words import is_bare_of, name_words

_MARKS = frozenset("tbl tb tab t dim fact fct vw v stg".split())
_TAILS = frozenset("nr no num id cd dt dat nm nam key".split())
"""Last parts of names that people leave out: the "country" of `ctry_cd`."""
_ALONE = 3
"""Letters of a short form that stands alone."""
_FIT_ALONE, _FIT_PART, _FIT_FLAG = 0.6, 0.5, 1.0
_FIT_CODE, _CODED = 0.9, 0.72
"""How well a stored code has to fit a word, and the quality of such a value."""
_COMMON_ABROAD = 4
"""Letters of a common English word that another language may clip to."""
_WORD = 4
"""Letters of a word that is clipped."""
_LEAST, _MOST = 0.5, 0.88
"""The quality of a name that may be short for a word, from the worst fit to the best."""
_SHORTENED = 5
"""Letters of a name that a longer word may begin with: "indep" is short for independence."""
_ENDING = 4
"""Letters of a word that a compound may end with."""


@dataclass(frozen=True, slots=True)
class Short:
    """The parts of a name and what it names."""

    parts: tuple[str, ...]
    target: TableRef | ColumnRef
    is_flag: bool = False
    """Whether it says yes or no, so that the word is what a thing is: `lt` of late."""


Shorts = Mapping[str, Sequence[Short]]
"""Short forms by the letters that their parts begin with."""


def has_labels(schema: Schema) -> bool:
    """Whether the names of a schema are in another language as well, or only."""
    return any(one.meaning.labels for table in schema.tables for one in (table, *table.columns))


def shorts(schema: Schema) -> Shorts:
    """The clipped names of a schema; a name of common words is none.

    Without a semantic model there are none: nobody has then looked at what else the names may be,
    and more was answered wrongly than rightly when it was tried.
    """
    if not any(table.meaning.name for table in schema.tables):
        return {}
    found: dict[str, dict[Short, None]] = defaultdict(dict)
    # "hers" is a word in English, and short for a Hersteller where names are in another language.
    is_foreign = has_labels(schema)
    for table in schema.tables:
        for target, name in _names(table):
            is_flag = isinstance(target, ColumnRef) and _is_flag(table, target.column)
            for parts in _ways(name, _COMMON_ABROAD if is_foreign else 0):
                short = Short(parts, target, is_flag)
                found["".join(part[0] for part in parts)].setdefault(short)
    return {letters: tuple(named) for letters, named in found.items()}


def _is_flag(table: Table, column: str) -> bool:
    found = table.column(column)
    return found is not None and truth(found) is not None


def _names(table: Table) -> Iterator[tuple[TableRef | ColumnRef, str]]:
    """The names of a table and its columns as they are stored, and as a semantic model has them."""
    this, stored = TableRef(table.name), table.meaning.stored.rpartition(".")[2]
    yield from ((this, name) for name in dict.fromkeys(filter(None, (table.own_name, stored))))
    led_to = {k.columns[0]: k.referred_table for k in table.foreign_keys if len(k.columns) == 1}
    for column in table.columns:
        stored = column.meaning.stored or column.name
        is_thing = column.name in led_to and name_words(stored)[-1] not in _TAILS
        column_named = ColumnRef(table.name, column.name)
        meant = TableRef(led_to[column.name]) if is_thing else column_named
        yield from ((meant, name) for name in dict.fromkeys((column.name, stored)))


def _ways(name: str, shortest: int) -> Iterator[tuple[str, ...]]:
    """The ways to part a name, unless it is made of common words of more letters than `shortest`."""
    words = [word for word in name_words(name) if word.isalpha()]
    parts = words[1:] if len(words) > 1 and words[0] in _MARKS else words
    whole = _TAILS | {part for part in parts if part in common_words() and len(part) > shortest}
    if whole.issuperset(parts):
        return
    yield tuple(parts)
    if len(parts) > 1:
        yield ("".join(parts),)
    if len(parts) > 1 and parts[-1] in _TAILS:
        yield tuple(parts[:-1])


def clipped_names(
    words: Sequence[str], known: Shorts
) -> Iterator[tuple[TableRef | ColumnRef, float]]:
    """What names words that it is short for, with its quality; two words in either order."""
    for said in {tuple(words), tuple(reversed(words))} if len(words) == 2 else {tuple(words)}:
        for short in known.get("".join(map(initial, said)), ()):
            if (quality := _quality(short, said)) > 0:
                yield short.target, quality


def is_clipped(part: str, word: str) -> bool:
    """Whether a part of a name is what a deed begins with: `hir` of hired, `mel` of gemeldet."""
    forms = (word, word.removeprefix("ge"))
    return len(part) >= _ALONE and max(fit(part, form) for form in forms) >= _FIT_CODE


def coded(
    word: str, codes: Mapping[ColumnRef, Sequence[str]], *, is_place: bool
) -> Iterator[tuple[Stored, float]]:
    """The codes that are short for a word, one of a column's at most, each with its quality.

    Two letters are enough for a place or time: "in Texas" is `TX`.
    """
    for column, values in codes.items():
        fits = sorted(((fit(code.lower(), word), code) for code in values), reverse=True)
        (best, code), next_best = fits[0], fits[1][0]
        is_enough = len(code) >= (_ALONE - is_place) and len(word) >= _WORD
        if best >= _FIT_CODE and next_best < best and is_enough:
            yield Stored(column, (code,), whole=True), _CODED


def _quality(short: Short, words: Sequence[str]) -> float:
    parts = short.parts
    fits = [_fit(part, word) for part, word in zip(parts, words, strict=True)]
    if len(parts) == 1:
        is_enough = len(parts[0]) >= _ALONE and fits[0] >= _FIT_ALONE
        is_enough = is_enough or (short.is_flag and fits[0] >= _FIT_FLAG)
        is_enough = is_enough and len(words[0]) >= _WORD
    else:
        is_enough = min(fits) >= _FIT_PART
    return _LEAST + (_MOST - _LEAST) * sum(fits) / len(fits) if is_enough else 0.0


def _fit(part: str, word: str) -> float:
    if part == word or stem(part) == stem(word):
        return 1.0
    return 0.0 if part in common_words() and len(part) > _COMMON_ABROAD else fit(part, word)


def is_shortened_to(name: str, word: Word) -> bool:
    """Whether a name shortens a word, or is a compound that ends with it: "hometown".

    It is the beginning of the word, or has nothing but consonants of it: `scrn` is a screen.
    """
    is_begun = len(name) >= _SHORTENED and word.lower.startswith(name)
    return (
        is_begun
        or is_bare_of(name, word.lower)
        or (len(word.stem) >= _ENDING and name != word.stem and name.endswith(word.stem))
    )
