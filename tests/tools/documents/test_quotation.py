from collections.abc import Sequence
from dataclasses import replace

import pytest

from tools.documents.block import Block, LoadedDocument
from tools.documents.chunk import chunk
from tools.documents.passage import FoundPassage, Passage
from tools.documents.quotation import drop_duplicates, join_neighbours


def _passages(*blocks: Block) -> list[Passage]:
    loaded = LoadedDocument("Title", blocks)
    return chunk(loaded, document_id="d", collection="c", source="a.md", content_hash="h")


def _found(passages: Sequence[Passage]) -> list[FoundPassage]:
    return [FoundPassage(passage, 10.0 - place) for place, passage in enumerate(passages)]


def _words(text: str) -> list[str]:
    return text.split()


PROSE = " ".join(f"Sentence number {n} says what number {n + 1} does not." for n in range(120))
LIST = "\n".join(f"- item {n} of a list that goes on and on" for n in range(120))
TABLE = "\n".join(["name | term", *(f"part {n} | {n} months of it" for n in range(150))])
LINE = " ".join(f"word{n}" for n in range(900))
BLOCKS = {
    "prose": (Block("paragraph", PROSE), PROSE),
    "a list": (Block("list", LIST), LIST),
    "a table": (Block("table", TABLE, has_header=True), TABLE),
    "a line": (Block("code", LINE), LINE),
}


@pytest.mark.parametrize(("block", "source"), BLOCKS.values(), ids=BLOCKS)
def test_neighbours_become_one_quotation_that_is_in_the_source_word_for_word(
    block: Block, source: str
) -> None:
    passages = _passages(block)
    assert len(passages) > 2

    [whole] = join_neighbours(_found(passages))

    assert _words(whole.passage.text) == _words(source)
    if block.kind != "table":  # where the header stands above every part
        [part] = join_neighbours(_found(passages[1:3]))
        assert " ".join(_words(part.passage.text)) in " ".join(_words(source))


def test_only_neighbours_of_one_section_and_page_are_joined() -> None:
    passages = _passages(
        Block("paragraph", PROSE, 1, ("One",)),
        Block("paragraph", "On the next page.", 2, ("One",)),
        Block("paragraph", "In the next section.", 2, ("Two",)),
    )
    apart = [passages[0], passages[2], *passages[-2:]]

    assert [each.passage for each in join_neighbours(_found(apart))] == apart


def test_a_joined_quotation_has_the_place_and_score_of_its_best_passage() -> None:
    first, second, third = _passages(Block("paragraph", PROSE))[:3]
    other = replace(first, id="x", document_id="other", text="Something else.")

    joined = join_neighbours(_found([other, third, second]))

    assert [(each.passage.id, each.score) for each in joined] == [("x", 10.0), (second.id, 9.0)]


def test_passages_that_say_the_same_appear_once() -> None:
    passages = _passages(Block("paragraph", PROSE))
    copies = [replace(each, id=f"copy {each.id}", document_id="e") for each in passages]
    found = _found([*passages[:2], *copies[:2]])

    assert [each.passage for each in drop_duplicates(found, limit=9)] == passages[:2]
    assert len(drop_duplicates(found, limit=1)) == 1
