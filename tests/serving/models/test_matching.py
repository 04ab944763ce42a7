"""Texts compared with a question word piece by word piece."""

from collections.abc import Sequence

import pytest

from serving.models.text.matching import TokenMatcher
from serving.models.text.onnx import OnnxEmbeddings, packaged_embeddings

ASKED = "How long is the engine guaranteed?"
NEAR = "The warranty period of a motor is ten years."
FAR = "The canteen serves soup on Mondays."


@pytest.fixture(scope="module")
def minilm() -> OnnxEmbeddings:
    return packaged_embeddings(threads=1)


def test_other_words_for_the_same_come_nearer_than_others(minilm: OnnxEmbeddings) -> None:
    near, far = TokenMatcher(minilm).match(ASKED, [NEAR, FAR])
    assert len(near.told) == len(far.told)  # "engine" and the pieces of "guaranteed"
    assert near.mean > far.mean
    assert near.back > far.back
    assert max(near.told) > max(far.told)


def test_a_text_is_nearest_to_itself(minilm: OnnxEmbeddings) -> None:
    (same,) = TokenMatcher(minilm).match(NEAR, [NEAR])
    assert [*same.told, same.mean, same.common] == [pytest.approx(1.0, abs=0.01)] * (
        len(same.told) + 2
    )


def test_a_question_of_common_words_alone_is_compared_by_them(minilm: OnnxEmbeddings) -> None:
    (found,) = TokenMatcher(minilm).match("what is it?", [NEAR])
    assert found.told
    assert found.common


def test_a_question_without_words_is_near_to_nothing(minilm: OnnxEmbeddings) -> None:
    (found,) = TokenMatcher(minilm).match("", [NEAR])
    assert (found.told, found.mean) == ((), 0.0)


class Counting(OnnxEmbeddings):
    """Remembers what it was given to read."""

    def __init__(self, model: OnnxEmbeddings) -> None:
        self.model = model
        self.read: list[str] = []

    def read_tokens(self, texts: Sequence[str]):
        self.read += texts
        return self.model.read_tokens(texts)


def test_a_text_is_read_once_while_it_is_kept(minilm: OnnxEmbeddings) -> None:
    model = Counting(minilm)
    compare = TokenMatcher(model, kept=3)
    first = compare.match(ASKED, [NEAR, NEAR])
    assert model.read == [ASKED, NEAR]
    assert compare.match(ASKED, [NEAR, NEAR]) == first
    assert model.read == [ASKED, NEAR]
    compare.match("Who cooks?", [FAR])
    compare.match(ASKED, [NEAR])
    assert model.read == [ASKED, NEAR, "Who cooks?", FAR, ASKED]


def test_texts_read_together_are_as_if_read_alone(minilm: OnnxEmbeddings) -> None:
    together = TokenMatcher(minilm).match(ASKED, [NEAR, FAR])
    alone = [TokenMatcher(minilm).match(ASKED, [text])[0] for text in (NEAR, FAR)]
    for one, other in zip(together, alone, strict=True):
        assert one.told == pytest.approx(other.told, abs=0.06)
