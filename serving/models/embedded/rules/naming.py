"""Names that are asked for in so many words, and names that only say again what something is."""

from serving.models.embedded.english.deeds import is_participle
from serving.models.embedded.english.words import name_stems, stem
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.scan.mentions import Meaning
from serving.models.embedded.scan.resolve import Item, table_of
from serving.models.embedded.schema.lexicon import DISPLAY
from serving.models.embedded.schema.targets import ColumnRef, TableRef, is_text, is_year


def asks_for_names(now: Reading, item: Item) -> bool:
    """Whether an item asks for names in so many words: "the titles"."""
    ref = item.meaning
    if not isinstance(ref, ColumnRef) or ref not in now.lexicon.display(ref.table):
        return False
    said, kind = stem(item.text.split()[-1]), name_stems(ref.column)[-1]
    return said == kind and kind in DISPLAY and ref in now.frame.columns


def says_name(now: Reading, at: int) -> bool:
    """Whether "name" only says again that a text is one: "the district name"."""
    item = now.items[at]
    before = now.items[at - 1].meaning if at else None
    is_next = isinstance(before, ColumnRef) and not item.lead
    if isinstance(before, ColumnRef) and is_next and before.table != table_of(item.meaning):
        return True  # "email address" speaks of no other thing's address
    after = now.items[at + 1] if at + 1 < len(now.items) else None
    is_before = after is not None and set(after.lead) in ({"of"}, {"of", "the"})
    is_before = is_before and after is not None and _is_text(now, after.meaning)
    return (is_next or is_before) and item.text.lower() in {"name", "names"}


def _is_text(now: Reading, meaning: Meaning) -> bool:
    return isinstance(meaning, ColumnRef) and is_text(now.lexicon.column(meaning))


def is_object(now: Reading, at: int, column: ColumnRef) -> bool:
    """Whether a number only says what was done for the things asked for: "picked up parcels in May"."""
    said, *more = now.items[at].text.split()
    before = now.items[at - 1] if at else None
    if more and is_participle(said):
        is_done = True
    elif before is not None and is_participle(before.text.split()[0]):
        is_day = now.column(at - 1, accept=now.is_time) is not None
        is_done = is_day or isinstance(before.meaning, TableRef)
        is_done = is_done and table_of(before.meaning) == column.table
    else:
        is_done = False
    is_its = column.table != now.frame.head
    asked = now.items[0].lead[-1:] in (("which",), ("who",)) and not now.items[at].lead
    return is_done and is_its and asked and now.has_many(column.table) and now.is_measure(column)


def is_identity(now: Reading, column: ColumnRef) -> bool:
    """Whether a shown column tells one row of its table from the others."""
    keys = now.lexicon.own_keys(column.table)
    is_name = column in now.lexicon.display(column.table) and now.is_own_name(column)
    return len(keys) == 1 and (column in keys or is_name)


def is_category(now: Reading, column: ColumnRef) -> bool:
    """Whether many rows share each of a column's few values."""
    kind, rows = now.lexicon.column(column), now.lexicon.table(column.table).rows
    is_shared = bool(kind.samples) and (rows is None or 2 * len(kind.samples) <= rows)
    return (is_shared or is_year(kind)) and not is_identity(now, column)
