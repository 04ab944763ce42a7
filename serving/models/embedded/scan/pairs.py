"""Words that name a column together: "date shipped", "bill number", "between departure and arrival"."""

from collections.abc import Sequence

from serving.models.embedded.english.deeds import is_participle
from serving.models.embedded.english.words import Word
from serving.models.embedded.scan.mentions import Option
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.targets import ColumnRef

_DATES = frozenset(("date", "dates", "day", "time"))
_NUMBERING = frozenset(("number", "numbers", "no", "id"))
_ENDS = frozenset("between from until till after before since".split())
_QUALITY, _LASTING, _NUMBER, _WHOLE = 0.95, 0.85, 1.0, 0.97


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


def lasting(words: Sequence[Word], at: int, lexicon: Lexicon) -> list[Option]:
    """The dates of a deed behind a word that says from when or until when."""
    before = [word.lower for word in words[:at]]
    opened = before[-1:] == ["to"] and "from" in before
    opened = opened or (before[-1:] == ["and"] and "between" in before)
    if not opened and not (before and before[-1] in _ENDS):
        return []
    return [Option(column, _LASTING) for column in lexicon.done_on(words[at].lower)]


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
