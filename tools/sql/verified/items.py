"""What an item of a question is, and which items say one thing."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from tools.language.pack import LanguagePack
from tools.sql.verified.compounds import deeds_of
from tools.sql.verified.reading import SaidItem

WORKED_OUT = frozenset("COUNT SUM AVG MOST LEAST TOP MUCH".split())
"""Classes of words that ask for a figure, or an order."""
_IDLE = frozenset({"WITH", "FROM", *(WORKED_OUT - {"AVG"})})
"""Classes that a reading of the whole question has heeded wherever they stand."""
_IDLE_BOUND = frozenset({"WITH", "FROM", "PER", *WORKED_OUT})
_SHARED, _ENDING = 5, 3
"""Letters that two words of one root share at least, and that each has more at most."""


def is_said(part: str, said: frozenset[str]) -> bool:
    """Whether a thing is among those that are said, or a column of it is."""
    if part in said:
        return True
    return part.startswith("t:") and any(one.startswith(f"c:{part[2:]}.") for one in said)


def is_class(item: SaidItem) -> bool:
    """Whether it is a small word that stands for what it means, such as COUNT."""
    return item.kind == "word" and not item.names and item.key.isupper()


def is_superlative(item: SaidItem) -> bool:
    """Whether the most or the least of it is asked for."""
    return bool({"MOST", "LEAST"} & set(item.bound))


def is_plain(item: SaidItem) -> bool:
    """Whether it is a word that names nothing and is no small word."""
    return item.kind == "word" and not item.names and not item.key.isupper()


def conditions(item: SaidItem) -> frozenset[str]:
    """The classes before an item that say something of it, and nothing of the statement."""
    return frozenset(item.bound) - _IDLE_BOUND


def operations(items: Sequence[SaidItem]) -> Counter[str]:
    """How often each word that asks for a figure, or an order, is said."""
    said = [key for item in items for key in (*item.bound, item.key if is_class(item) else "")]
    return Counter("MOST" if key == "TOP" else key for key in said if key in WORKED_OUT)


def with_none(items: Sequence[SaidItem]) -> Iterator[SaidItem]:
    """The items with "zero deliveries" as "no deliveries"."""
    is_none = False
    for item in items:
        if item.kind == "number" and item.number == 0 and item.text.isalpha() and not item.bound:
            is_none = True
            continue
        yield replace(item, bound=(*item.bound, "NOT")) if is_none else item
        is_none = False


def one_root(word: str, other: str) -> bool:
    """Whether two words begin alike and differ in their endings alone."""
    pairs = zip(word, other, strict=False)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return shared >= _SHARED and max(len(word), len(other)) - shared <= _ENDING


def deeds(item: SaidItem, pack: LanguagePack) -> Iterator[str]:
    """The nouns of what was done, as stems: "Leerung" of "geleert", "Arbeit" of "gearbeitet"."""
    return deeds_of(item.key, pack)


def restrictions(items: Sequence[SaidItem]) -> Counter[str]:
    """How often each small word is said that changes what is asked, "from" a value apart."""
    said = (key for item in items for key in (*item.bound, item.key if is_class(item) else ""))
    return Counter(key for key in said if key and key != "from" and key not in _IDLE)
