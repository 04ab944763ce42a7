"""Words that contracts say in place of a party's name."""

from time import thread_time

import pytest

from serving.models.embedded.chat.defined import defined_words
from serving.models.embedded.chat.heard import Quotable
from serving.models.embedded.chat.quotations import quotations


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            'between Orrin Castings Ltd., Hull ("the Supplier") and Fell Pumps plc ("the Buyer")',
            {"Supplier": "Orrin Castings Ltd., Hull", "Buyer": "Fell Pumps plc"},
        ),
        (
            "zwischen der Fell GmbH, Kiel (Auftraggeber), und der Crag AG (Auftragnehmer), über",
            {"Auftraggeber": "Fell GmbH, Kiel", "Auftragnehmer": "Crag AG"},
        ),
        ("Frau Anna Behn (nachfolgend „Vermieterin“)", {"Vermieterin": "Frau Anna Behn"}),
        ("Die Verpackung (Karton) wird abgeholt.", {}),
        ("Fell GmbH (see annex 2) delivers.", {}),
        ('The parties are\nFell Pumps plc\n("the Buyer")', {"Buyer": "Fell Pumps plc"}),
        (f'{"x" * 130} Fell Pumps plc ("the Buyer")', {"Buyer": f"{'x' * 105} Fell Pumps plc"}),
    ],
)
def test_a_word_stands_for_the_name_of_a_party(text: str, words: dict[str, str]) -> None:
    assert defined_words(text) == words


def test_a_text_without_brackets_is_read_in_no_time() -> None:
    text = "The Supplier delivers to Fell Pumps plc within ten days of the order " * 10_000
    began = thread_time()
    assert defined_words(text) == {}
    assert thread_time() - began < 0.1


def test_a_party_is_found_by_its_name_where_a_sentence_says_the_word_for_it() -> None:
    contract = Quotable(
        1,
        "Wartungsvertrag",
        "",
        "zwischen der Fell GmbH, Kiel (Auftraggeber), und der Crag AG (Auftragnehmer).\n"
        "Ansprechpartnerin beim Auftragnehmer ist Frau Wiebke Thomsen.",
    )
    (found,) = quotations("Wer ist der Ansprechpartner bei Crag?", [contract])
    assert "Thomsen" in found.text


def test_a_word_stands_for_a_party_in_all_passages_of_its_document() -> None:
    parties = 'between Marsh Estates Ltd. ("the Landlord") and Fell Laboratory Ltd. ("the Tenant")'
    passages = [
        Quotable(1, "Lease", "", parties, 0.5, "lease.docx"),
        Quotable(2, "Lease", "Deposit", "A deposit of 900 pounds is held by the Landlord.", 0.5, "lease.docx"),
    ]  # fmt: skip
    (found,) = quotations("What deposit does Marsh Estates hold?", passages)
    assert found.number == 2
