import pytest

from serving.models.embedded.chat.heard import Quotable
from serving.models.embedded.chat.quotations import quotations


@pytest.mark.parametrize(
    ("text", "question", "quoted"),
    [
        # What points back takes the sentence before it along.
        (
            "The archive keeps letters. They are scanned within nine days of arrival.",
            "When are they scanned after arrival?",
            "The archive keeps letters. They are scanned within nine days of arrival.",
        ),
        # What limits a rule stands right behind it.
        (
            "A film is lent for seven days. However, new films are lent for two. Hours vary.",
            "How long is a film lent?",
            "A film is lent for seven days. However, new films are lent for two.",
        ),
        # What goes on is the other half of a rule.
        (
            "In the first year, notice is two weeks. After that it is six. Hours vary.",
            "How long is the notice in the first year?",
            "In the first year, notice is two weeks. After that it is six.",
        ),
        (
            "Die Frist beträgt zwei Wochen. Danach sind es sechs. Der Rest ist offen.",
            "Wie lang ist die Frist?",
            "Die Frist beträgt zwei Wochen. Danach sind es sechs.",
        ),
        # A colon is not the end.
        (
            "Bring these papers to register:\n\n- a passport\n- a photograph\n\nWelcome.",
            "Which papers do I bring to register?",
            "Bring these papers to register:\n\n- a passport\n- a photograph",
        ),
        # Another paragraph is about something else.
        (
            "A film is lent for seven days.\n\nOtherwise the desk helps.",
            "How long is a film lent?",
            "A film is lent for seven days.",
        ),
    ],
)
def test_a_sentence_is_quoted_with_the_neighbour_that_completes_it(
    text: str, question: str, quoted: str
) -> None:
    assert quotations(question, [Quotable(1, "Rules", "", text)])[0].text == quoted
