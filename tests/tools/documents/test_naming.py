import pytest

from tools.documents.naming import (
    asked_terms,
    begun_names,
    capital_names,
    name_terms,
    short_names,
)


@pytest.mark.parametrize(
    ("source", "terms"),
    [
        ("3M_2018_10K.pdf", {"3m", "2018", "10k"}),
        ("reports/AMCOR_2020Q4_8K.pdf", {"reports", "amcor", "2020", "q4", "8k"}),
        ("BestBuy-annual.docx", {"best", "buy", "annual"}),
        ("0001.pdf", {"0001"}),
    ],
)
def test_a_files_name_has_the_words_that_it_is_made_of(source: str, terms: set[str]) -> None:
    assert terms <= set(name_terms(source))


@pytest.mark.parametrize(
    ("question", "terms", "not_there"),
    [
        ("What is the FY2018 revenue of 3M?", {"2018", "3m"}, {"fy", "m"}),
        ("Capital expenditure in FY22", {"2022"}, set[str]()),
        ("In which of the 10-K reports?", {"10k", "10"}, set[str]()),
        ("What does Best Buy Health sell?", {"bestbuy", "bestbuyhealth"}, set[str]()),
        ("Income of Q4 2020", {"q4", "2020"}, set[str]()),
    ],
)
def test_a_question_names_documents_by_words_their_parts_and_words_put_together(
    question: str, terms: set[str], not_there: set[str]
) -> None:
    asked = asked_terms(question)
    assert terms <= set(asked)
    assert not not_there & set(asked)
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize(
    ("company", "short"),
    [
        ("Acme Tool Makers, Inc.", ["atmi", "atm"]),
        ("CNAcme Works & Co.", ["cwc", "cna"]),
        ("Acme Corporation", []),
        ("Mills & Sons", ["mns", "ms"]),
        ("", []),
    ],
)
def test_a_company_is_called_by_its_initials_or_first_capitals(
    company: str, short: list[str]
) -> None:
    assert short_names(company) == short


def test_capitals_of_a_question_may_begin_a_word_of_a_files_name() -> None:
    assert capital_names("What was the net income of TNW in FY2022 (USD)?") == ["tnw", "usd"]
    assert capital_names("NET INCOME OF TNW") == []
    assert begun_names("reports/TNWRESORTS_2022_10K.pdf") == [
        *("rep", "repo", "repor"),
        *("tnw", "tnwr", "tnwre"),
    ]
