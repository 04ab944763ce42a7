"""Words that contracts say in place of a party's name."""

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
    ],
)
def test_a_word_stands_for_the_name_of_a_party(text: str, words: dict[str, str]) -> None:
    assert defined_words(text) == words


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
