"""Every scorer beside another one, written another way, on many made items: they agree on each."""

import math
import random
from collections import Counter
from itertools import permutations

import numpy as np
import pytest

from agent.evaluation.agreement import kappa
from agent.evaluation.calibration import Weighed, brier, reliability, risk_curve
from agent.evaluation.chance import bootstrap
from agent.evaluation.ranks import ndcg, recall
from agent.evaluation.rows import Row, RowSet, difference

ITEMS = 500
Chance = random.Random  # noqa: S311  # chance that is to be the same again


def table(chance: Chance) -> list[Row]:
    """Few values, so that columns look alike and rows recur."""
    width = chance.randint(1, 3)
    values = [0, 1, 2, "a", "b", None]
    return [tuple(chance.choice(values) for _ in range(width)) for _ in range(chance.randint(0, 4))]


def altered(rows: list[Row], chance: Chance) -> list[Row]:
    """The same rows in another shape, or with one cell changed, a row too many or one too few."""
    found = [list(row) for row in rows]
    if chance.random() < 0.5:
        chance.shuffle(found)
    if found and chance.random() < 0.5:
        places = chance.sample(range(len(found[0])), len(found[0]))
        found = [[row[at] for at in places] for row in found]
    if found and chance.random() < 0.3:
        found = [[*row, chance.choice([0, "a"])] for row in found]
    if found and chance.random() < 0.3:
        row = chance.choice(found)
        row[chance.randrange(len(row))] = chance.choice([0, 1, "b", None])
    if found and chance.random() < 0.2:
        found = found[:-1] if chance.random() < 0.5 else [*found, found[0]]
    return [tuple(row) for row in found]


def same_rows(expected: list[Row], found: list[Row], *, in_order: bool) -> bool:
    """Whether some choice and order of the found columns gives the expected rows, tried one by one."""
    if not expected or not found:
        return len(expected) == len(found)
    tries = permutations(range(len(found[0])), len(expected[0]))
    picked = ([tuple(row[at] for at in places) for row in found] for places in tries)
    if in_order:
        return any(one == expected for one in picked)
    return any(Counter(one) == Counter(expected) for one in picked)


@pytest.mark.parametrize("in_order", [False, True])
def test_rows_agree_with_every_pairing_tried(in_order: bool) -> None:  # noqa: FBT001
    chance = Chance(1)
    fell: Counter[bool] = Counter()
    for _ in range(ITEMS):
        expected = table(chance)
        found = altered(expected, chance)
        columns = [tuple("abcd"[: len(rows[0]) if rows else 1]) for rows in (expected, found)]
        right = RowSet(columns[0], tuple(expected), () if in_order else None)
        same = same_rows(expected, found, in_order=in_order)
        assert (difference(right, RowSet(columns[1], tuple(found))) == "") == same, (
            expected,
            found,
        )
        fell[same] += 1
    assert min(fell.values()) > ITEMS / 5


def test_rankings_agree_with_their_formulas() -> None:
    chance = Chance(2)
    for _ in range(ITEMS):
        wanted = chance.randint(1, 4)
        ranking = [
            frozenset(n for n in range(wanted) if chance.random() < 0.2)
            for _ in range(chance.randint(0, 14))
        ]
        found = [
            next((p for p, held in enumerate(ranking[:10]) if n in held), None)
            for n in range(wanted)
        ]
        assert recall(wanted, ranking) == sum(p is not None for p in found) / wanted
        gains = np.zeros(10)
        gains[[p for p in {*found} if p is not None]] = 1  # a place that has something new
        discounts = 1 / np.log2(np.arange(2, 12))
        assert ndcg(wanted, ranking) == pytest.approx(gains @ discounts / discounts[:wanted].sum())


def test_confidences_agree_with_their_formulas() -> None:
    chance = Chance(3)
    for _ in range(100):
        answers: list[Weighed] = [
            (chance.randint(0, 20) / 20, chance.random() < 0.7)
            for _ in range(chance.randint(1, 40))
        ]
        sure = np.array([confidence for confidence, _ in answers])
        right = np.array([float(is_right) for _, is_right in answers])
        assert brier(answers) == pytest.approx(((sure - right) ** 2).mean())
        for point in risk_curve(answers):
            given = sure >= point.confidence
            assert point.coverage == pytest.approx(given.mean())
            assert point.risk == pytest.approx(1 - right[given].mean())
        tenths = np.minimum((sure * 10 + 1e-9).astype(int), 9)
        assert [(one.answers, one.right) for one in reliability(answers)] == [
            (int((tenths == t).sum()), pytest.approx(right[tenths == t].mean()))
            for t in sorted({*tenths.tolist()})
        ]


def test_intervals_agree_with_the_normal_ones_of_many_values() -> None:
    chance = Chance(4)
    for _ in range(5):
        values = [chance.choice([-1.0, 0.0, 0.0, 1.0]) for _ in range(400)]
        found, half = bootstrap(values), 1.96 * float(np.std(values)) / math.sqrt(len(values))
        assert found.mean == pytest.approx(np.mean(values))
        assert (found.low, found.high) == pytest.approx(
            (found.mean - half, found.mean + half), abs=0.01
        )


def test_kappa_agrees_with_its_matrix() -> None:
    chance = Chance(5)
    for _ in range(100):
        pairs = [(chance.choice("rw"), chance.choice("rw")) for _ in range(30)]
        counts = np.array([[pairs.count((a, b)) for b in "rw"] for a in "rw"]) / 30
        by_chance = float(counts.sum(axis=1) @ counts.sum(axis=0))
        assert kappa(pairs) == pytest.approx((np.trace(counts) - by_chance) / (1 - by_chance))
