import pytest

from serving.models.embedded.chat.small_talk import is_small_talk, reply, without_courtesy


@pytest.mark.parametrize(
    ("message", "begins"),
    [
        ("Hello!", "Hello!"),
        ("Good morning, how are you?", "Hello!"),
        ("Thank you, that was helpful.", "You are welcome."),
        ("it was great talking to you", "You are welcome."),
        ("Goodbye and have a nice day", "Goodbye."),
        ("are you a real person", "I am DocSQL"),
        ("what is your name?", "I am DocSQL"),
        ("Who built you?", "I am DocSQL"),
        ("tell me a joke", "I work without a language model"),
        ("what do you like to do after work", "I am DocSQL"),
        ("what can you help me with?", "I am DocSQL"),
        ("tell me an interesting fact about bees", "I work without a language model"),
    ],
)
def test_courtesy_is_answered_in_kind(message: str, begins: str) -> None:
    assert is_small_talk(message)
    assert reply(message).startswith(begins)


@pytest.mark.parametrize(
    "question",
    [
        "How is a fish tank cleaned?",
        "Hello! Who looks after the fish tank? I want to say hello.",
        "Thanks. When is the fish tank cleaned?",
    ],
)
def test_what_is_no_courtesy_gets_no_answer_of_its_own(question: str) -> None:
    assert reply(question).startswith("I could not find an answer to this")


@pytest.mark.parametrize(
    "question",
    [
        "Do you ship servers to Canada?",
        "Can you help me find the orders of Hollin Precision?",
        "Can you replace a disk within a day?",
        "How old is the data centre in Leipzig?",
        "What is the name of the finance director?",
        "Hi, how many orders are there?",
        "Thanks! And in Leipzig?",
        "Hi, please tell me in how many regions we had more than twenty orders in the year 2025?",
    ],
)
def test_a_question_to_the_company_is_no_small_talk(question: str) -> None:
    assert not is_small_talk(question)


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        ("Hi, how many orders are there?", "how many orders are there?"),
        ("Great, thanks! And which are open?", "And which are open?"),
        ("just curious, which orders are open?", "which orders are open?"),
        ("How many orders are there, and who placed them?", ""),
        ("Thanks a lot!", ""),
        ("Hello, how are you doing?", ""),
    ],
)
def test_a_courtesy_before_a_question_is_left_out(message: str, asked: str) -> None:
    assert without_courtesy(message) == (asked or message)


def test_a_german_question_without_an_answer_is_declined_in_german() -> None:
    assert reply("Wie viele Kunden gibt es pro Region?").startswith(
        "Ich konnte darauf keine Antwort"
    )
