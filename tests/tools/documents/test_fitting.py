import re
from dataclasses import dataclass
from itertools import pairwise

import pytest

from tools.documents.block import Block, BlockKind, LoadedDocument
from tools.documents.chunk import chunk
from tools.documents.embedding import embedded_text
from tools.documents.fitting import fit_to_model
from tools.documents.passage import Passage

PROSE = " ".join(f"Sentence number {n} says a thing or two." for n in range(90))
TEXTS: list[tuple[BlockKind, str]] = [
    ("paragraph", PROSE),
    ("list", "\n".join(f"- item {n}: of two" for n in range(90))),
    ("code", "x" * 900),
    ("paragraph", "字" * 900),
]


@dataclass(frozen=True)
class Letters:
    """A model whose tokens are four letters long, as they nearly are in English."""

    limit: int

    def longest_text(self) -> int:
        return self.limit

    def count_tokens(self, texts: list[str]) -> list[int]:
        return [2 + len(text) // 4 for text in texts]


def _passages(kind: BlockKind, text: str) -> list[Passage]:
    loaded = LoadedDocument("A title", (Block(kind, text, section=("Heading",)),))
    return chunk(loaded, document_id="d", collection="c", source="s", content_hash="h")


@pytest.mark.parametrize("limit", [40, 64, 128, 512])
@pytest.mark.parametrize(("kind", "text"), TEXTS)
def test_nothing_is_too_long_and_nothing_is_lost(kind: BlockKind, text: str, limit: int) -> None:
    passages, model = _passages(kind, text), Letters(limit)

    fitted = fit_to_model(passages, model)

    assert max(model.count_tokens([embedded_text(each) for each in fitted])) <= limit
    for word in re.findall(r"\w+", text):
        assert any(word in each.text for each in fitted) or len(word) > 40
    assert sum(each.text.count("x") for each in fitted) >= text.count("x")
    assert [each.ordinal for each in fitted] == list(range(len(fitted)))
    assert len({each.id for each in fitted}) == len(fitted)
    assert {each.section for each in fitted} == {"Heading"}


def test_what_fits_is_left_as_it_is() -> None:
    passages = _passages("paragraph", PROSE)
    assert fit_to_model(passages, Letters(512)) == passages


def test_parts_of_prose_repeat_a_sentence_and_begin_with_one() -> None:
    parts = [each.text for each in fit_to_model(_passages("paragraph", PROSE)[:1], Letters(100))]
    assert len(parts) > 1
    for before, after in pairwise(parts):
        assert after.startswith("Sentence")
        assert before.rsplit(". ", 1)[1].rstrip(".") in after
