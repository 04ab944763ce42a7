"""The probability that quoted sentences answer, as it comes true of a company's documents."""

import pytest

from serving.models.embedded.chat.calibration import by_meaning, by_words


@pytest.mark.parametrize("low", [0.1, 0.3, 0.5, 0.7, 0.8])
def test_it_grows_with_each_likelihood(low: float) -> None:
    assert by_meaning(low) < by_meaning(low + 0.1)
    assert by_words(low, None) < by_words(low + 0.1, None)
    assert by_words(low, 0.5) < by_words(low + 0.1, 0.5)
    assert by_words(0.5, low) < by_words(0.5, low + 0.1)


def test_it_is_higher_than_what_public_questions_say() -> None:
    assert by_meaning(0.3) == 0.55
    assert by_words(0.5, 0.3) == 0.62
    assert by_words(0.5, None) == 0.66


@pytest.mark.parametrize("sure", [0.0, 1.0])
def test_it_is_never_certain(sure: float) -> None:
    assert 0 < by_meaning(sure) < 1
    assert 0 < by_words(sure, sure) < 1
