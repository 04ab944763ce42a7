"""What goes wrong, in words for people who cannot run commands."""

import pytest

from chainlit_app.advice import ReaderAdvice

CAN_FIX = "The operator of this service can fix this."


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "The model server does not answer. Check DOCSQL_CHAT__URL and that the server runs.",
            f"The model server does not answer. {CAN_FIX}",
        ),
        (
            "a.pdf: it has no text, only pictures; set DOCSQL_DOCUMENTS__OCR_LANGUAGES.",
            f"a.pdf: it has no text, only pictures. {CAN_FIX}",
        ),
        (
            "It used all its tokens for thinking: raise DOCSQL_CHAT__MAX_TOKENS, or ask for less. "
            "Ask again.",
            f"It used all its tokens for thinking. Ask again. {CAN_FIX}",
        ),
        (
            "There is no document 'd1'. `docsql documents list` shows the ids.",
            f"There is no document 'd1'. {CAN_FIX}",
        ),
        (
            "It took too long. Ask again, or raise DOCSQL_SERVICE__TURN_LIMIT_S.",
            f"It took too long. Ask again. {CAN_FIX}",
        ),
        ("Set DOCSQL_DATA.", CAN_FIX),
        (
            "There is no column 'docsql'. Did you mean: document?",
            "There is no column 'docsql'. Did you mean: document?",
        ),
    ],
)
def test_a_reader_is_not_told_what_only_the_operator_can_do(said: str, told: str) -> None:
    assert ReaderAdvice(is_operators=False).told(said) == told
    assert ReaderAdvice(is_operators=True).told(said) == said


def test_the_words_of_an_answer_and_its_rows_stay() -> None:
    sent = {
        "event": "answer",
        "answer": {"answer": "Set DOCSQL_DATA.", "warnings": ["Late. Set DOCSQL_DATA."]},
        "rows": [["DOCSQL_DATA"]],
    }
    told = {**sent, "answer": {"answer": "Set DOCSQL_DATA.", "warnings": [f"Late. {CAN_FIX}"]}}
    assert ReaderAdvice(is_operators=False).all_told(sent) == told
    assert ReaderAdvice(is_operators=True).all_told(sent) is sent
