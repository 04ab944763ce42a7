from itertools import pairwise

from tools.documents.block import Block, LoadedDocument
from tools.documents.chunk import MOST_WORDS, chunk
from tools.documents.passage import Passage


def _chunk(*blocks: Block, content_hash: str = "hash") -> list[Passage]:
    return chunk(
        LoadedDocument("Title", blocks),
        document_id="doc",
        collection="c",
        source="a.md",
        content_hash=content_hash,
    )


def _sentences(count: int) -> str:
    return " ".join(f"Sentence number {n} has seven words here." for n in range(count))


def test_blocks_under_one_heading_are_packed_and_headings_part_passages() -> None:
    passages = _chunk(
        Block("heading", "One", section=("One",)),
        Block("paragraph", "First.", section=("One",)),
        Block("list", "- a\n- b", section=("One",)),
        Block("heading", "Two", section=("One", "Two")),
        Block("paragraph", "Second.", section=("One", "Two")),
    )

    assert [(p.section, p.text, p.ordinal) for p in passages] == [
        ("One", "First.\n\n- a\n- b", 0),
        ("One > Two", "Second.", 1),
    ]


def test_a_passage_never_crosses_a_page() -> None:
    passages = _chunk(Block("paragraph", "On one.", 1), Block("paragraph", "On two.", 2))

    assert [(p.page, p.text) for p in passages] == [(1, "On one."), (2, "On two.")]


def test_a_heading_with_nothing_below_it_is_still_found() -> None:
    passages = _chunk(
        Block("heading", "Opened below", section=("Opened below",)),
        Block("heading", "Left empty", section=("Opened below", "Left empty")),
        Block("heading", "Last", section=("Last",)),
    )

    assert [p.text for p in passages] == ["Left empty", "Last"]


def test_long_prose_is_cut_between_sentences_and_the_last_sentence_is_repeated() -> None:
    passages = _chunk(Block("paragraph", _sentences(100)))

    assert len(passages) > 3
    for before, after in pairwise(passages):
        last = before.text.rsplit("Sentence", 1)[1]
        assert after.text.startswith(f"Sentence{last}")
    assert all(len(p.text.split()) <= MOST_WORDS for p in passages)


def test_a_short_rest_stays_with_the_passage_before_it() -> None:
    # 25 sentences are 175 words: a little more than the target, not worth a second passage.
    assert len(_chunk(Block("paragraph", _sentences(25)))) == 1


def test_a_table_that_fits_stays_whole_and_a_larger_one_repeats_its_header() -> None:
    rows = [f"item {n} | {n} months | one more cell" for n in range(100)]
    small = "\n".join(["name | term | note", *rows[:20]])
    large = "\n".join(["name | term | note", *rows])

    assert [p.text for p in _chunk(Block("table", small, has_header=True))] == [small]
    parts = [p.text for p in _chunk(Block("table", large, has_header=True))]
    assert len(parts) > 1
    assert all(part.startswith("name | term | note\n") for part in parts)
    assert [row for part in parts for row in part.splitlines()[1:]] == rows


def test_text_without_spaces_or_sentences_is_cut_all_the_same() -> None:
    passages = _chunk(
        Block("code", "x" * 100_000),
        Block("paragraph", "word " * 2_000),
        Block("paragraph", "字" * 5_000),
    )

    assert max(len(p.text) for p in passages) < 4_000
    assert sum(p.text.count("x") for p in passages) == 100_000
    assert sum(p.text.count("字") for p in passages) == 5_000


def test_ids_depend_on_document_and_content() -> None:
    once, again = _chunk(Block("paragraph", "a")), _chunk(Block("paragraph", "a"))
    changed = _chunk(Block("paragraph", "a"), content_hash="other")

    assert once == again
    assert once[0].id != changed[0].id
