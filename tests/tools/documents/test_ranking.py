from dataclasses import replace

import pytest

from tools.documents.ranking import Bm25Candidate, Terms, fuse, rescore
from tools.documents.vocabulary import Vocabulary

PASSAGES = [f"common filler{n} words{n} of{n} no{n} interest{n} at{n} all{n}" for n in range(50)]


def _judged(asked: str, *texts: str) -> list[float]:
    """Scores of texts that BM25 holds for equal."""
    vocabulary = Vocabulary.of([*PASSAGES, *texts])
    return rescore(
        [Bm25Candidate(5.0, Terms.of(text), tuple(asked.split())) for text in texts], vocabulary
    )


@pytest.mark.parametrize(
    ("asked", "better", "worse"),
    [
        ("heat sink", "a heat sink b c d", "a sink b c d heat"),
        ("heat sink", "a heat b sink c d e f g h i j", "a heat b c d e f g h i j sink"),
        ("heat sink common", "heat sink b", "heat common b"),
    ],
    ids=["a phrase", "nearness", "the rarer words"],
)
def test_among_equals_the_second_look_prefers(asked: str, better: str, worse: str) -> None:
    scores = _judged(asked, worse, better)
    assert scores[1] > scores[0]


def test_a_passage_that_resembles_the_best_ones_gains() -> None:
    best = "cooling fan fan airflow rotor blade rotor airflow"
    scores = _judged(
        "cooling fan", best, "cooling rotor blade airflow", "cooling paint colour wood"
    )
    assert scores[0] > scores[1] > scores[2]


def test_scores_are_positive_and_nothing_asked_leaves_the_first_score() -> None:
    vocabulary = Vocabulary.of(PASSAGES)
    plain = Bm25Candidate(3.0, Terms.of("common"), ())
    assert rescore([plain], vocabulary) == [pytest.approx(3.0 * 0.7)]
    assert rescore([replace(plain, score=0.0)], vocabulary) == [0.0]
    assert rescore([], vocabulary) == []


def test_a_rare_term_weighs_more_and_an_unknown_one_most() -> None:
    vocabulary = Vocabulary.of(["a b", "a c", "a d e"])
    assert 0 < vocabulary.rarity("a") < vocabulary.rarity("b") < vocabulary.rarity("z")
    assert vocabulary.mean_length == pytest.approx(7 / 3)
    assert Vocabulary.of([]).rarity("a") > 0


FUSED: list[tuple[dict[str, float], dict[str, float], set[str], list[tuple[str, float]]]] = [
    ({"a": 8.0, "b": 4.0}, {"b": 0.8, "c": 0.4}, set(), [("b", 0.75), ("a", 0.5), ("c", 0.25)]),
    ({"a": 8.0, "b": 6.0}, {"b": 0.8}, {"a"}, [("a", 1.0), ("b", 0.875)]),
    ({"a": 8.0}, {"a": -0.1, "b": -0.2}, set(), [("a", 0.5), ("b", 0.0)]),
    ({}, {"a": 0.3}, set(), [("a", 0.5)]),
    ({"a": 3.0}, {}, {"a"}, [("a", 1.0)]),
    ({}, {}, set(), []),
]


@pytest.mark.parametrize(
    ("by_words", "by_vector", "without_vector", "fused"),
    FUSED,
    ids=["both count", "no vector yet", "nothing alike", "no word", "no vectors", "nothing"],
)
def test_searches_are_fused_by_how_near_they_come_to_their_best(
    by_words: dict[str, float],
    by_vector: dict[str, float],
    without_vector: set[str],
    fused: list[tuple[str, float]],
) -> None:
    assert fuse(by_words, by_vector, without_vector=without_vector) == fused
