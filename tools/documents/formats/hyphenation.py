"""Words that a line's end has cut in two, put together again."""

import re
from collections.abc import Iterable, Set

_HYPHENS = ("-", "\u2010")
_CUTS = (*_HYPHENS, "\u00ad")
_COMPOUND = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)+")
_LAST_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*(?=[-\u2010]\Z)")
_FIRST_WORD = re.compile(r"\A[^\W\d_]+")
_WORD = re.compile(r"[^\W\d_]+")
_SOFT = "\u00ad"
_LEFT_OPEN = frozenset("and or to und oder bis sowie et ou y o e".split())
"""Words before which a hyphen is kept, as in `pre- and post-war`."""


def words_in(lines: Iterable[str]) -> frozenset[str]:
    """The words that no line's end has cut, in small letters, and their parts between hyphens."""
    whole, was_cut = list[str](), False
    for line in lines:
        rest = _FIRST_WORD.sub("", line, count=1) if was_cut else line
        was_cut = is_cut(line)
        whole.append(_LAST_WORD.sub("", rest) if rest.endswith(_HYPHENS) else rest)
    # Each once: a report repeats most of its words, and no word has white space in it.
    text = "\n".join(set("\n".join(whole).lower().split()))
    return frozenset([*_COMPOUND.findall(text), *_WORD.findall(text)])


def is_cut(text: str) -> bool:
    """Whether a text ends in the middle of a word."""
    return text.endswith(_CUTS) and text[-2:-1].isalnum()


def join(text: str, line: str, known: Set[str], *, glue: str = " ") -> str:
    """The text and the line that follows it, as one word where one was cut, else with the glue.

    A hyphen stays before capitals and digits, where the word has others, and where the words that
    are `known` have it with one, or both its parts and not the two as one.
    """
    first = _FIRST_WORD.match(line)
    if not is_cut(text) or not line[:1].isalnum():
        return f"{text}{glue}{line}"
    if text.endswith(_SOFT):
        return f"{text[:-1]}{line}"
    if first and first.group() in _LEFT_OPEN:
        return f"{text} {line}"
    last = _LAST_WORD.search(text)
    if not first or not last or not line[0].islower():
        return f"{text}{line}"
    left, right = last.group().lower(), first.group()
    are_two = {left, right} <= known and left + right not in known
    stays = "-" in left or f"{left}-{right}" in known or are_two
    return f"{text}{line}" if stays else f"{text[:-1]}{line}"


def rejoin(text: str) -> str:
    """A text of several lines with the words together that the lines' ends have cut."""
    lines = text.split("\n")
    known = words_in(lines)
    joined = lines[0]
    for line in lines[1:]:
        joined = join(joined, line.lstrip() if is_cut(joined) else line, known, glue="\n")
    return joined
