"""Names that are asked for in so many words, and names that only say again what something is."""

from serving.models.embedded.english.words import name_stems, stem
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.scan.mentions import Meaning
from serving.models.embedded.scan.resolve import Item, table_of
from serving.models.embedded.schema.lexicon import DISPLAY
from serving.models.embedded.schema.targets import ColumnRef, is_text


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
