"""The neighbours that complete a sentence when it is quoted."""

import re
from collections.abc import Sequence

_POINTS_BACK = re.compile(
    r"(?:it|this|that|these|those|they|he|she|its|their|such|there|however|otherwise|also|then"
    r"|in (?:this|that|such a) case|(?:after|beyond|above|below|before) (?:this|that)|thereafter|afterwards"
    r"|dies|diese[rsnm]?|dann|danach|daf\u00fcr|dagegen|jedoch|sonst|ansonsten|andernfalls|anschlie\u00dfend"
    r"|dar\u00fcber hinaus|in diese[mn] F\u00e4lle?n?)\b",
    re.I,
)
"""A sentence that begins so is half of what it says; the one before has the other half."""
_QUALIFIES = re.compile(
    r"(?:otherwise|however|but|except|unless|only|if not|in (?:this|that|such a) case"
    r"|(?:this|that) (?:does not|doesn't|is not|applies|only|limit|rule)"
    r"|(?:after|beyond|above|below|before) (?:this|that)|thereafter|afterwards"
    r"|jedoch|sonst|ansonsten|andernfalls|danach|anschlie\u00dfend|dar\u00fcber hinaus|au\u00dfer|ausgenommen|nur|in diese[mn] F\u00e4lle?n?"
    r"|dies (?:gilt|betrifft) (?:nicht|nur))\b",
    re.I,
)
"""A sentence that begins so takes back, limits or goes on with what the one before says."""
_OPENS = (":",)
_FEW_ITEMS = 6


def complete(text: str, place: tuple[int, int], sentences: Sequence[tuple[int, int]]) -> str:
    """A sentence of a passage's text with the neighbours that complete it, as they stand there.

    `place` is where it stands, `sentences` are the places of all in the passage, in order.
    """
    at = sentences.index(place)
    first = last = at
    if first and _POINTS_BACK.match(_cut(text, sentences[at])):
        first -= _follows(text, sentences[at - 1], sentences[at])
    if text[: place[1]].endswith(_OPENS):
        last = min(at + _FEW_ITEMS, _end_of_block(text, sentences, at))
    elif at + 1 < len(sentences) and _QUALIFIES.match(_cut(text, sentences[at + 1])):
        last += _follows(text, place, sentences[at + 1])
    return text[sentences[first][0] : sentences[last][1]]


def with_neighbors(
    text: str, place: tuple[int, int], sentences: Sequence[tuple[int, int]]
) -> tuple[str, ...]:
    """A sentence with the one behind it, and with the one before it, of the same paragraph."""
    at, found = sentences.index(place), list[str]()
    for first, last in ((at, at + 1), (at - 1, at)):
        is_there = first >= 0 and last < len(sentences)
        if is_there and _follows(text, sentences[first], sentences[last]):
            found.append(text[sentences[first][0] : sentences[last][1]])
    return tuple(found)


def _cut(text: str, place: tuple[int, int]) -> str:
    return text[slice(*place)]


def _follows(text: str, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two sentences stand in one paragraph."""
    return "\n" not in text[one[1] : other[0]]


def _end_of_block(text: str, sentences: Sequence[tuple[int, int]], at: int) -> int:
    """The last sentence before the next gap; a gap right behind the colon is none."""
    last = at
    for then in range(at + 1, len(sentences)):
        if "\n\n" in text[sentences[last][1] : sentences[then][0]] and last > at:
            break
        last = then
    return last
