"""The particulars that a document states on its cover, in its title, properties or file's name."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from tools.documents.block import CELL_BREAK, Block, LoadedDocument, tidy
from tools.documents.particulars.company import company_of
from tools.documents.particulars.kind import stated_kind
from tools.documents.particulars.period import period_of

_COVER_WORDS = 300
_COVER_PAGES = 2
_LONGEST_LINE = 40
"""Words that count of a line: a long paragraph first is not all of an opening."""


@dataclass(frozen=True, slots=True)
class Particulars:
    """A company, a period and a kind in the document's own words, each empty where none is sure."""

    company: str = ""
    period: str = ""
    kind: str = ""


def find_particulars(loaded: LoadedDocument, source: str) -> Particulars:
    """What a document says of itself; a wrong company would be worse than none.

    Attachments say nothing of their message.
    """
    loaded = replace(loaded, blocks=tuple(each for each in loaded.blocks if not each.attached))
    lines = list(cover(loaded))
    name = PurePosixPath(source).stem
    told = list(cover(_without_rows(loaded))) if loaded.data else lines
    return Particulars(
        company_of(told, _text(loaded), title=loaded.title, name=name, stated=loaded.company),
        period_of(lines, title=loaded.title, name=name),
        stated_kind(lines, title=loaded.title, name=name),
    )


def _without_rows(loaded: LoadedDocument) -> LoadedDocument:
    """A sheet without the rows of its tables: who is named there is a customer, say."""
    blocks = (
        replace(each, text="") if each.kind == "table" and each.has_header else each
        for each in loaded.blocks
    )
    return replace(loaded, blocks=tuple(blocks))


def cover(loaded: LoadedDocument) -> Iterator[str]:
    """The lines of a document's opening, without what its title says."""
    words = 0
    for block in loaded.blocks:
        if words > _COVER_WORDS or (block.page or 0) > _COVER_PAGES:
            return
        for line in _lines(block):
            words += min(len(line.split()), _LONGEST_LINE)
            yield line


def _lines(block: Block) -> Iterator[str]:
    for line in f"{block.caption}\n{block.text}".splitlines():
        yield from filter(None, map(tidy, line.split(CELL_BREAK)))


def _text(loaded: LoadedDocument) -> str:
    return "\n".join((loaded.title, *(block.text for block in loaded.blocks)))
