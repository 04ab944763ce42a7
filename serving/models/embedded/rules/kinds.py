"""Stored values that name what rows are: "breakdowns" are jobs of that kind."""

from collections.abc import Sequence

from serving.models.embedded.english.deeds import is_participle
from serving.models.embedded.english.triggers import OF_WORD, Kind, Trigger
from serving.models.embedded.english.words import name_stems, stem
from serving.models.embedded.scan.resolve import Item
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.targets import ColumnRef, Formula, TableRef
from serving.models.embedded.schema.values import Stored

_PARTING = frozenset({Kind.GROUP, Kind.BY, Kind.NOT, Kind.AGGREGATE, Kind.MOST, Kind.SUPERLATIVE})
_ASKING = frozenset("which what the all our list show me us give".split())

_KINDS = frozenset(
    map(
        stem,
        "type kind category class species role position profession occupation title speciality specialty".split(),
    )
)
"""Stems in the names of columns that say what a row is: a job title, a species."""


def kind_named(items: Sequence[Item], at: int | None, lexicon: Lexicon) -> str | None:
    """The table whose rows a value names by their kind, a noun with no other thing behind it."""
    item = items[at] if at is not None and at < len(items) else None
    if item is None or not isinstance(item.meaning, Stored) or not _is_noun(item, lexicon):
        return None
    column = item.meaning.column
    is_code = bool(lexicon.column(column).meaning.codes or _KINDS & {*name_stems(column.column)})
    behind = items[(at or 0) + 1] if (at or 0) + 1 < len(items) else None
    is_said_of = behind is not None and not behind.lead and _is_thing(behind, column)
    return column.table if is_code and not is_said_of else None


def kind_first(items: Sequence[Item], lexicon: Lexicon) -> str | None:
    """The table of what a question is about, where a kind of its rows is named before any table."""
    for at, item in enumerate(items):
        if isinstance(item.meaning, TableRef | Formula) or _parts(item):
            return None
        if isinstance(item.meaning, Stored):
            named = kind_named(items, at, lexicon)
            is_object = bool(item.lead) and not _ASKING.issuperset(item.lead)
            if named is not None and not is_object:
                return named
    return None


def _parts(item: Item) -> bool:
    """Whether what stands behind an item is not what the question is about."""
    # "Unpaid bills" are what the question is about, though "un" denies.
    return item.kind in _PARTING and item.meaning != Trigger(Kind.NOT, OF_WORD)


def _is_noun(item: Item, lexicon: Lexicon) -> bool:
    """Whether a value is said as a noun: in the plural, or with a capital where names are labelled."""
    if item.lead[-1:] in (("which",), ("what",)):
        return True  # "which project manager"
    is_large = lexicon.has_labels and item.text[:1].isupper()
    return is_large or (item.text[-1:] == "s" and item.text[-2:] not in ("ss", "us", "is"))


def _is_thing(item: Item, column: ColumnRef) -> bool:
    is_own = isinstance(item.meaning, ColumnRef) and item.meaning.table == column.table
    return is_own or (isinstance(item.meaning, TableRef) and not is_participle(item.text))
