"""Tables that go on on the next page, under the header and the caption that they began with."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tools.documents.block import CELL_BREAK, Block


def continued(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks, where a table that opens a page has what the last one of the page before it has.

    It goes on if it repeats that table's header, or if it has none, as many columns, and that
    table ended its page.
    """
    previous, table = None, None
    for block in blocks:
        opens = previous is not None and block.page != previous.page
        if opens and table and _follows(table, block, ends_page=table is previous):
            block = _under(table, block)
        if block.kind == "table" and block.has_header:
            table = block
        previous = block
        yield block


def _follows(table: Block, block: Block, *, ends_page: bool) -> bool:
    is_next = table.page is not None and block.page == table.page + 1
    if block.kind != "table" or block.caption or not is_next:
        return False
    if block.has_header:
        return _first_row(block) == _first_row(table)
    return ends_page and _first_row(block).count(CELL_BREAK) == _first_row(table).count(CELL_BREAK)


def _under(table: Block, block: Block) -> Block:
    text = block.text if block.has_header else f"{_first_row(table)}\n{block.text}"
    return replace(block, text=text, has_header=True, caption=table.caption)


def _first_row(table: Block) -> str:
    return table.text.partition("\n")[0]
