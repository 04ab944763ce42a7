"""Confidences against what came true."""

import pytest

from agent.evaluation.calibration import (
    OperatingPoint,
    Weighed,
    brier,
    point_at,
    point_of,
    reliability,
    risk_curve,
)

ANSWERS: list[Weighed] = [(0.9, True), (0.9, True), (0.7, False), (0.5, True), (0.3, False)]
CURVE = [(0.9, 0.4, 0.0), (0.7, 0.6, 1 / 3), (0.5, 0.8, 0.25), (0.3, 1.0, 0.4)]


def test_the_curve_gives_more_the_less_is_asked_for() -> None:
    found = [(p.confidence, p.coverage, p.risk) for p in risk_curve(ANSWERS)]
    assert found == [pytest.approx(point) for point in CURVE]
    assert risk_curve([]) == []


@pytest.mark.parametrize(
    ("risk", "confidence"), [(0.0, 0.9), (0.2, 0.9), (0.25, 0.5), (0.35, 0.5), (0.4, 0.3)]
)
def test_a_risk_takes_the_confidence_that_gives_most(risk: float, confidence: float) -> None:
    found = point_of(risk_curve(ANSWERS), risk + 1e-9)
    assert found is not None
    assert found.confidence == confidence


def test_a_risk_that_no_confidence_reaches_has_none() -> None:
    assert point_of(risk_curve([(0.9, False), (0.5, True)]), 0.1) is None


@pytest.mark.parametrize(("least", "coverage"), [(0.95, 0.0), (0.9, 0.4), (0.6, 0.6), (0.0, 1.0)])
def test_a_confidence_is_found_on_the_curve(least: float, coverage: float) -> None:
    found = point_at(risk_curve(ANSWERS), least)
    assert isinstance(found, OperatingPoint)
    assert found.coverage == coverage


def test_the_brier_score_is_a_mean_of_squares() -> None:
    assert brier([(1.0, True), (0.0, False)]) == 0.0
    assert brier([(0.8, True), (0.6, False)]) == pytest.approx((0.04 + 0.36) / 2)


def test_answers_are_put_into_tenths_of_confidence() -> None:
    bins = reliability([(0.7, True), (0.75, False), (0.3, True), (1.0, True)])
    assert [(b.answers, b.confidence, b.right) for b in bins] == [
        (1, 0.3, 1.0),
        (2, 0.725, 0.5),
        (1, 1.0, 1.0),
    ]
