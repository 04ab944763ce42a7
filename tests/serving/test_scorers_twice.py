"""The scores of answers made by chance: other scorers, written another way, agree on each."""

import random
from collections import Counter

import pytest
from made_cases import MadeAnswer
from second_scorers import perl, second_scores, second_total, second_verdict

from serving.evaluation.verdict import Scored, score, summarise

ITEMS = 1_000


def test_made_answers_are_scored_alike_by_both() -> None:
    chance, fell = random.Random(7), Counter[str]()  # noqa: S311  # the same each time
    values, scored = Counter[tuple[str, bool]](), list[Scored]()
    with perl() as matcher:
        for _ in range(ITEMS):
            case, record, expected = MadeAnswer(chance).made()
            one = score(case, record, expected)
            again = second_scores(case, record, expected, matcher, [])
            assert again == pytest.approx(dict(one.scores)), (case, record.answer)
            assert second_verdict(case, record, again) == one.verdict, case
            fell[one.verdict] += 1
            scored.append(one)
            values.update((name, value == 1) for name, value in one.scores.items())
    # Each score is full and is not full many times, or agreement says nothing.
    assert (
        min(values[name, is_full] for name, _ in values for is_full in (True, False)) > ITEMS / 50
    )
    assert min(fell[one] for one in ("right", "wrong", "unverified", "declined")) > ITEMS / 25
    verdicts = [one.verdict for one in scored]
    for penalty in (1, 2, 4):
        total = summarise(scored, penalty=penalty).points
        assert total == pytest.approx(float(second_total(verdicts, penalty)))
