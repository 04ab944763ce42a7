import pytest
from pydantic import ValidationError

from chainlit_app.options import Defaults, chosen_in, looks_in, question_of
from serving.wire.question import MAX_QUESTION, Question
from serving.wire.threads import ThreadSettings

DEFAULTS = Defaults(temperature=0.0, max_tokens=1024)


@pytest.mark.parametrize(
    ("chosen", "sent"),
    [
        ({}, {}),
        ({"mode": "sql"}, {"mode": "sql"}),
        ({"mode": None}, {"mode": "auto"}),
        ({"use_knowledge": False}, {"use_knowledge": False}),
        ({"databases": []}, {"databases": None}),
        ({"databases": ["demo"]}, {"databases": ["demo"]}),
        ({"collections": ["default"]}, {"collections": ["default"]}),
        ({"temperature": 0, "max_tokens": 1024}, {"temperature": None, "max_tokens": None}),
        ({"temperature": 0.7, "max_tokens": 256}, {"temperature": 0.7, "max_tokens": 256}),
        ({"temperature": 1}, {"temperature": 1.0}),
    ],
)
def test_what_is_chosen_is_sent_and_what_is_left_alone_is_not(
    chosen: dict[str, object], sent: dict[str, object]
) -> None:
    question = question_of("Why?", thread_id="t", chosen=chosen, defaults=DEFAULTS)
    assert question == Question.model_validate({"question": "Why?", "thread_id": "t", **sent})


@pytest.mark.parametrize(
    ("text", "chosen"),
    [("x" * (MAX_QUESTION + 1), {}), ("Why?", {"max_tokens": 0}), ("Why?", {"mode": "other"})],
)
def test_what_the_service_would_refuse_is_refused_here(
    text: str, chosen: dict[str, object]
) -> None:
    with pytest.raises(ValidationError):
        question_of(text, thread_id=None, chosen=chosen, defaults=DEFAULTS)


def test_a_thread_that_only_talks_has_its_switch_off() -> None:
    kept = ThreadSettings(mode="chat", use_knowledge=True)  # as another client may have left it
    assert looks_in(chosen_in(kept)) == "Looks nothing up"
    assert chosen_in(kept)["mode"] == "auto"  # the panel has no such mode


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({}, ""),
        ({"mode": "auto", "use_knowledge": True, "databases": []}, ""),
        ({"mode": "sql"}, "Looks in databases only"),
        ({"mode": "sql", "databases": ["demo", "hr"]}, "Looks in demo, hr only"),
        ({"mode": "documents", "databases": ["demo"]}, "Looks in documents only"),
        ({"use_knowledge": False}, "Looks nothing up"),
        ({"mode": "sql", "use_knowledge": False}, "Looks nothing up"),
        (
            {"databases": ["demo"], "collections": ["x"]},
            "Databases: demo · Document collections: x",
        ),
    ],
)
def test_settings_that_narrow_are_said_in_words(chosen: dict[str, object], said: str) -> None:
    assert looks_in(chosen) == said
