"""Two words that name one column: "date shipped", "bill number"."""

from collections.abc import Sequence

from serving.models.embedded.english.deeds import is_participle
from serving.models.embedded.english.words import Word
from serving.models.embedded.scan.mentions import Option
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.targets import ColumnRef

_DATES = frozenset(("date", "dates", "day", "time"))
_NUMBERING = frozenset(("number", "numbers", "no", "id"))
_QUALITY, _NUMBER, _WHOLE = 0.95, 1.0, 0.97


def dated(words: Sequence[Word], lexicon: Lexicon) -> list[Option]:
    """The dates of a deed: "shipping date" and "date shipped" are the column shipped_on."""
    first, second = words
    if second.lower in _DATES:
        deed = first
    elif first.lower in _DATES and is_participle(second.lower):
        deed = second
    else:
        return []
    return [Option(column, _QUALITY) for column in lexicon.done_on(deed.lower)]


def numbered(words: Sequence[Word], lexicon: Lexicon) -> list[Option]:
    """The column that is called like the thing it numbers: "bill number" is `bill`."""
    first, second = words
    named = lexicon.phrases.get((first.stem,), ()) if second.lower in _NUMBERING else ()
    numbers = (one.target for one in named if one.quality >= _WHOLE)
    return [
        Option(ref, _NUMBER)
        for ref in numbers
        if isinstance(ref, ColumnRef) and ref.column.lower() == first.lower
    ]
