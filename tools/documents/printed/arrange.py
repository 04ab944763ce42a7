"""Printed pages as headings, paragraphs and tables, by size, reach, gaps and alignment."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import partial, reduce
from itertools import chain, groupby, pairwise
from operator import itemgetter

from tools.documents.block import Block, Outline, write_table
from tools.documents.formats.hyphenation import is_cut, join, words_in
from tools.documents.printed.columns import parts_in_order
from tools.documents.printed.continued import continued
from tools.documents.printed.furniture import without_furniture
from tools.documents.printed.tables import PrintedTable, tables_among
from tools.documents.printed.words import Line, PrintedPage, printed_lines, segments_of

_HEADING_RATIO = 1.12
_HEADING_WORDS = 14
_FULL_LINE = 0.7
_APART = 1.7
"""A space between two lines that parts paragraphs, as a share of that which is usual."""
_SENTENCE_ENDS = (".", "!", "?", ":", ";")


def arrange(pages: Sequence[PrintedPage]) -> Iterator[Block]:
    """The blocks of printed pages, in reading order; what all pages repeat is left out."""
    return continued(_arranged(pages))


def _arranged(pages: Sequence[PrintedPage]) -> Iterator[Block]:
    kept = without_furniture(pages)
    outline = Outline()
    parts = [(page, _parts(page)) for page in kept]
    levels = _heading_levels(kept, [line for _, regions in parts for ls in regions for line in ls])
    known = words_in(line.text for _, regions in parts for lines in regions for line in lines)
    for page, regions in parts:
        own = (_region(lines, page, outline, levels, known) for lines in regions)
        yield from _run_on(chain.from_iterable(own), known)
        if page.aside:
            yield Block("paragraph", page.aside, page.number, outline.path)


def _run_on(blocks: Iterable[Block], known: Set[str]) -> Iterator[Block]:
    """The blocks of a page, a sentence that the next column goes on with in one of them."""
    held: Block | None = None
    for block in blocks:
        if held and _goes_on(held, block):
            held = replace(held, text=join(held.text, block.text, known))
            continue
        if held:
            yield held
        held = block
    if held:
        yield held


def _goes_on(one: Block, other: Block) -> bool:
    is_text = one.kind == other.kind == "paragraph"
    return is_text and not one.text.endswith(_SENTENCE_ENDS) and other.text[:1].islower()


def _parts(page: PrintedPage) -> list[list[Line]]:
    return [printed_lines(part) for part in parts_in_order(segments_of(page.words))]


def _region(
    lines: Sequence[Line],
    page: PrintedPage,
    outline: Outline,
    levels: Mapping[float, int],
    known: Set[str],
) -> Iterator[Block]:
    leveled = zip(_levels(lines, levels), lines, strict=True)
    for level, run in groupby(leveled, key=itemgetter(0)):
        of_run = [line for _, line in run]
        if level is None:
            yield from _body(of_run, page, outline.path, known)
        else:
            text = reduce(partial(join, known=known), [line.text for line in of_run])
            outline.enter(level, text)
            yield Block("heading", text, page.number, outline.path)


def _heading_levels(pages: Sequence[PrintedPage], lines: Sequence[Line]) -> dict[float, int]:
    """Sizes clearly above the body's, largest first, numbered from 1; the body has most letters.

    A size in which most lines have several cells is that of tables.
    """
    letters = Counter[float]()
    for page in pages:
        for word in page.words:
            letters[word.size] += len(word.text)
    body = letters.most_common(1)[0][0] if letters else 0.0
    large = {size for size in letters if size > body * _HEADING_RATIO}
    celled = Counter[float]()
    for line in lines:
        if line.size in large:
            celled[line.size] += 1 if len(line.segments) > 1 else -1
    larger = sorted((size for size in large if celled[size] <= 0), reverse=True)
    return {size: level for level, size in enumerate(larger, start=1)}


def _levels(lines: Sequence[Line], levels: Mapping[float, int]) -> list[int | None]:
    """The level of each line as a heading; the end of a sentence that a line leaves open is none."""
    found = list[int | None]()
    for at, line in enumerate(lines):
        is_end = at > 0 and found[-1] is None and _leaves_open(lines[at - 1], line)
        found.append(None if is_end else _level(line, levels))
    return found


def _leaves_open(line: Line, below: Line) -> bool:
    """Whether a sentence goes on in the line right below, in the same print."""
    is_text = len(line.segments) == 1 and line.size == below.size
    is_next = below.middle - line.middle <= _APART * line.size
    return is_text and is_next and not line.text.endswith(_SENTENCE_ENDS)


def _level(line: Line, levels: Mapping[float, int]) -> int | None:
    is_short = len(line.segments) == 1 and len(line.text.split()) <= _HEADING_WORDS
    return levels.get(line.size) if is_short else None


def _body(
    lines: Sequence[Line], page: PrintedPage, section: tuple[str, ...], known: Set[str]
) -> Iterator[Block]:
    for part in tables_among(lines, page.rules):
        if isinstance(part, PrintedTable):
            text = write_table(part.rows)
            yield Block("table", text, page.number, section, part.has_header, part.caption)
        else:
            for text in _join(part, known):
                yield Block("paragraph", text, page.number, section)


def _join(lines: Sequence[Line], known: Set[str]) -> Iterator[str]:
    """A line that reaches the margin runs on; a shorter one keeps its line, or ends a paragraph."""
    full = _FULL_LINE * max(line.right - line.left for line in lines)
    usual = _usual_gap(lines)
    text, previous = lines[0].text, lines[0]
    for line in lines[1:]:
        is_apart = line.middle - previous.middle > _APART * usual
        is_full = previous.right - previous.left >= full
        if is_cut(previous.text) or (is_full and not is_apart):
            text = join(text, line.text, known)
        elif is_apart or previous.text.endswith(_SENTENCE_ENDS):
            yield text
            text = line.text
        else:
            text += f"\n{line.text}"
        previous = line
    yield text


def _usual_gap(lines: Sequence[Line]) -> float:
    """The space between two lines of a paragraph, which is never so much as two lines."""
    size = lines[0].size
    gaps = sorted(b.middle - a.middle for a, b in pairwise(lines))
    return min(max(gaps[len(gaps) // 4], size), 2 * size) if gaps else size
