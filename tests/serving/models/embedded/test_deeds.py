import pytest

from serving.models.embedded.chat.wording import QuestionWords
from serving.models.embedded.english.deeds import same_deed

SAME = "sold sale|paid payment|delivered delivery|shipped shipment|hired hire|found find|held held|prescribed prescription|admitted admission|published publication|beauftragt Auftrag"
OTHER = "sold hold|paid pain|opened operated|signed singing|bought brought|planted planes|stored stories"


@pytest.mark.parametrize("pair", SAME.split("|"))
def test_forms_of_a_word_speak_of_the_same_deed(pair: str) -> None:
    assert same_deed(*pair.split())


@pytest.mark.parametrize("pair", OTHER.split("|"))
def test_words_that_look_alike_do_not(pair: str) -> None:
    assert not same_deed(*pair.split())


@pytest.mark.parametrize(
    ("code", "question", "text"),
    [
        ("en", "decided", "Decision: we move."),
        ("en", "permission", "This is permitted."),
        ("de", "Kunde", "Die Kundin zahlt."),
        ("de", "Kundinnen", "Der Kunde zahlt."),
    ],
)
def test_nouns_of_verbs_and_words_for_women_are_the_same_word_in_documents(
    code: str, question: str, text: str
) -> None:
    wording = QuestionWords(code)
    (asked,) = wording.stems(question)
    assert wording.nearness(asked, wording.stems(text)) == 1.0
