"""What is printed on every page, such as the running head and the page's number."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tools.documents.printed.words import Line, PrintedPage, printed_lines, segments_of

_EDGE_LINES = 2
"""Lines at the top and the bottom of a page that may be printed on others too."""
_EDGE = 5.0
"""Ems from the page's first and last words within which they lie."""
_FEWEST_PAGES, _BOTH = 3, 2
_SHARE = 0.3
_EMPTIED = 0.5
"""The share of pages that have nothing else, from which on it is what the file is about."""
_DIGITS = re.compile(r"\d+")
_PAGE = re.compile(
    r"(?:page\s*)?[-\u2013—|\s]*\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?[-\u2013—|\s]*", re.I
)
_Places = dict[int, list[Line]]


def without_furniture(pages: Sequence[PrintedPage]) -> list[PrintedPage]:
    """The pages without what many of them have at the same edge.

    Its first appearance stays, that at the bottom of a page behind all else of it: it would part a
    sentence that runs on in the next column.
    """
    edges = {page.number: _edges(page) for page in pages}
    repeated = _repeated(edges)
    seen, kept = set[str](), list[PrintedPage]()
    for page in pages:
        found = [line for line in edges[page.number] if _key(line.text) in repeated]
        new = [one for one in found if _key(one.text) not in seen and not _PAGE.fullmatch(one.text)]
        seen.update(map(_key, (line.text for line in found)))
        low = [line for line in new if _is_at_bottom(line, page)]
        dropped = {
            id(word)
            for line in found
            if line in low or line not in new
            for each in line.segments
            for word in each.words
        }
        words = tuple(word for word in page.words if id(word) not in dropped)
        aside = "\n".join(filter(None, (page.aside, *(line.text for line in low))))
        kept.append(replace(page, words=words, aside=aside) if dropped else page)
    emptied = sum(
        bool(page.words) and not left.words for page, left in zip(pages, kept, strict=True)
    )
    # Tickets and labels have a line or two a page, which is all there is of them.
    return list(pages) if emptied > _EMPTIED * len(pages) else kept


def _is_at_bottom(line: Line, page: PrintedPage) -> bool:
    middle = (min(w.top for w in page.words) + max(w.bottom for w in page.words)) / 2
    return _top(line) > middle


def _repeated(edges: Mapping[int, Sequence[Line]]) -> set[str]:
    """What stands at the edges of many pages, or of both where there are two, at the same height."""
    if len(edges) == _BOTH:
        first, second = ({_key(one.text): _top(one) for one in lines} for lines in edges.values())
        return {key for key in first.keys() & second.keys() if abs(first[key] - second[key]) < 1}
    counts = Counter(key for lines in edges.values() for key in {_key(line.text) for line in lines})
    least = max(_FEWEST_PAGES, _SHARE * len(edges))
    return {key for key, count in counts.items() if count >= least}


def _top(line: Line) -> float:
    """Where a line begins, in points from the top of its page."""
    return min(word.top for each in line.segments for word in each.words)


def _edges(page: PrintedPage) -> list[Line]:
    if not page.words:
        return []
    reach = _EDGE * page.words[0].size
    high = min(word.top for word in page.words) + reach
    low = max(word.bottom for word in page.words) - reach
    top = printed_lines(segments_of(word for word in page.words if word.top < high))
    bottom = printed_lines(segments_of(word for word in page.words if word.bottom > low))
    lines = [*top[:_EDGE_LINES], *bottom[-_EDGE_LINES:]]
    return list({id(line.segments[0].words[0]): line for line in lines}.values())


def _key(text: str) -> str:
    """Numbers of pages differ, the rest of the line does not."""
    return _DIGITS.sub("0", text.casefold())
