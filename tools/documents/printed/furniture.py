"""What is printed on every page, such as the running head and the page's number."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from tools.documents.printed.words import Line, PrintedPage, printed_lines, segments_of

_EDGE_LINES = 2
"""Lines at the top and the bottom of a page that may be printed on others too."""
_EDGE = 5.0
"""Ems from the page's first and last words within which they lie."""
_FEWEST_PAGES = 3
_SHARE = 0.3
_EMPTIED = 0.5
"""The share of pages that have nothing else, from which on it is what the file is about."""
_DIGITS = re.compile(r"\d+")
_PAGE = re.compile(
    r"(?:page\s*)?[-\u2013—|\s]*\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?[-\u2013—|\s]*", re.I
)
_Places = dict[int, list[Line]]


def without_furniture(pages: Sequence[PrintedPage]) -> list[PrintedPage]:
    """The pages without what many of them have at the same edge; its first appearance stays."""
    edges = {page.number: _edges(page) for page in pages}
    counts = Counter(key for lines in edges.values() for key in {_key(line.text) for line in lines})
    least = max(_FEWEST_PAGES, _SHARE * len(pages))
    repeated = {key for key, count in counts.items() if count >= least}
    seen, kept = set[str](), list[PrintedPage]()
    for page in pages:
        dropped = set[int]()
        for line in edges[page.number]:
            key = _key(line.text)
            if key not in repeated:
                continue
            if key in seen or _PAGE.fullmatch(line.text):
                dropped.update(id(word) for each in line.segments for word in each.words)
            seen.add(key)
        words = tuple(word for word in page.words if id(word) not in dropped)
        kept.append(replace(page, words=words) if dropped else page)
    emptied = sum(
        bool(page.words) and not left.words for page, left in zip(pages, kept, strict=True)
    )
    # Tickets and labels have a line or two a page, which is all there is of them.
    return list(pages) if emptied > _EMPTIED * len(pages) else kept


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
