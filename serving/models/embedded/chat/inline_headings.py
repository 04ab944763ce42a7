"""The headings that stand in a passage's own text: "3 Late delivery" above its paragraph.

A PDF or a text file does not say what a heading is, so its sections come as one passage.
"""

import re
from collections.abc import Sequence

NUMBERED = re.compile(
    r"\s*(?:§+ ?\d|\d{1,2}(?:\.\d{1,2})*[.)]? |(?:TOP|Art(?:ikel|icle)?\.?|Section) \d)"
)
"""The beginning of a line that is a heading even without a blank line below it. It is never quoted alone."""
_SHORT_LINE = re.compile(r"\s*[§#\d(]?[^\n|]{2,70}(?<![.:;,!?\s])\s*")
_BEGINS = re.compile(r"\s*(?:[§#\d(]|[A-ZÄÖÜ])")
_MOST_WORDS, _PROSE_WORDS = 8, 5
"""Words of a heading at most, and of the line of prose below it at least."""


def heading_lines(lines: Sequence[str]) -> frozenset[int]:
    """The places of the lines that are headings of what stands below them."""
    return frozenset(at for at in range(len(lines) - 1) if _is_heading(lines, at))


def _is_heading(lines: Sequence[str], at: int) -> bool:
    line, has_gap = lines[at], not lines[at + 1].strip()
    below = at + 1 + has_gap
    if below >= len(lines) or not (has_gap or NUMBERED.match(line)):
        return False
    is_apart = at == 0 or not lines[at - 1].strip() or lines[at - 1].rstrip().endswith((".", ":"))
    return is_apart and _may_be_heading(line) and _is_prose(lines[below])


def _may_be_heading(line: str) -> bool:
    has_form = _SHORT_LINE.fullmatch(line) and _BEGINS.match(line)
    return bool(has_form) and len(line.split()) <= _MOST_WORDS


def _is_prose(line: str) -> bool:
    return "|" not in line and len(line.split()) >= _PROSE_WORDS and _BEGINS.match(line) is not None
