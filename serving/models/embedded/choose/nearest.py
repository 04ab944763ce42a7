"""The nearest question that can be answered, offered where one is declined."""

from collections.abc import Iterator

from serving.models.embedded.choose.reader import Reader, StatementCandidate
from serving.models.embedded.english.words import Word
from serving.models.embedded.scan.cutting import scan
from serving.models.embedded.scan.mentions import Scan
from serving.models.embedded.scan.resolve import table_of
from tools.sql.words import name_words

_LEADING = frozenset("of on in at by for from to with as the a an have has had".split())
"""Words that lead to the next one, and go with it."""
_MOST = 0.4
"""Share of its words that a question may lose and still be near."""
_PLAIN = 0.9
"""The quality of the best name in a question that says what it is about."""
_OFFERED = 3
"""Questions that are tried before nothing is offered."""


def nearest(
    question: str, reader: Reader, best: StatementCandidate | None
) -> Iterator[tuple[str, StatementCandidate]]:
    """Questions like this one that are read for certain, the nearest first, with their statements.

    The question itself is tried without the words that have no place, unless an operation would go
    with them and turn its meaning, then a count of each thing that it names.
    """
    fresh = reader.on(reader.today)
    found = scan(question, reader.lexicon, reader.values, reader.today)
    shorter = "" if best and best.idle else _without_lost(found)
    tried = dict.fromkeys([shorter, *_counts(found)])
    for text in [text for text in tried if text][:_OFFERED]:
        for read in fresh.read(text)[:1]:
            is_plain = read.features["strongest"] >= _PLAIN
            if is_plain and fresh.is_sure(read) and not (read.unplaced or read.idle):
                yield text, read


def _without_lost(found: Scan) -> str:
    """The words that have a place; those before what is lost at the end go with it."""
    dropped = {at for at, word in enumerate(found.words) if word in found.unplaced}
    if not dropped or len(dropped) > _MOST * len(found.words):
        return ""
    if any(at + 1 < len(found.words) and found.words[at + 1].lower == "of" for at in dropped):
        return ""  # "the warranty of …" is what was asked for
    ends = [at for at in dropped if at + 1 not in dropped and _ends(found, at + 1)]
    for end in ends:
        at = end
        while at in dropped or (at >= 0 and found.words[at].lower in _LEADING):
            dropped.add(at)
            at -= 1
    return _written([word for at, word in enumerate(found.words) if at not in dropped])


def _ends(found: Scan, at: int) -> bool:
    """Whether nothing behind this place belongs to what stands before it."""
    return at >= len(found.words) or found.words[at].lower in _LEADING


def _counts(found: Scan) -> Iterator[str]:
    plain = [mention.table for mention in found.mentions]
    spoken = [table_of(o.meaning) for mention in found.mentions for o in mention.options[:1]]
    for table in dict.fromkeys([*plain, *spoken]):
        if table is not None:
            yield f"How many {' '.join(name_words(table))} are there?"


def _written(words: list[Word]) -> str:
    texts = (f'"{word.text}"' if word.is_quoted else word.text for word in words)
    text = " ".join(texts).replace(" ,", ",").strip(" ,")
    return f"{text[:1].upper()}{text[1:]}?" if text else ""
