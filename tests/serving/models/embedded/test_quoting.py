from dataclasses import replace

import pytest

from serving.models.embedded.chat.heard import Quotable
from serving.models.embedded.chat.quotations import quotations

LIBRARY = (
    Quotable(
        1,
        "Lending rules",
        "Loans",
        "A book is lent for 28 days. A film is lent for seven days.\n"
        "Reference books are not lent.\n\n"
        "Kind of card | Yearly fee | Loans at once\n"
        "Adult | 20 euros | 10\n"
        "Child | none | 6",
    ),
    Quotable(
        2, "Opening hours", "", "The library opens on Tuesday at 9:30. It is closed on Monday."
    ),
    Quotable(
        3, "Staff handbook", "Keys", "The porter keeps the keys. Ms. Aldous leads the archive."
    ),
)


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("How long is a book lent?", "A book is lent for 28 days."),
        ("How long can I keep a film that was lent?", "A film is lent for seven days."),
        ("When does the library open?", "The library opens on Tuesday at 9:30."),
        (
            "What is the yearly fee of a child's card?",
            "Kind of card: Child; Yearly fee: none; Loans at once: 6",
        ),
        ("Who holds the keys?", "The porter keeps the keys."),
        # A sentence with two of five words is about them where one of the two is a name.
        ("Which archive team reports daily to Aldous?", "Ms. Aldous leads the archive."),
    ],
)
def test_the_sentence_that_shares_most_with_the_question_is_quoted_first(
    question: str, best: str
) -> None:
    assert quotations(question, LIBRARY)[0].text == best


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of France?",
        "How do I repair a bicycle?",
        "What is the meaning of a book?",
        "Which book is lent in edition 2.7?",
        "",
        "???",
        "the of and",
    ],
)
def test_nothing_is_quoted_that_is_not_about_the_question(question: str) -> None:
    assert quotations(question, LIBRARY) == []


def test_a_quantity_of_the_question_need_not_stand_in_the_sentence() -> None:
    found = quotations("Is a book still lent after 40 days?", LIBRARY)
    assert found[0].text == "A book is lent for 28 days."


def test_a_hint_decides_between_sentences_that_answer_alike() -> None:
    found = quotations("How long is it lent?", LIBRARY, hints="film")
    assert found[0].text == "A film is lent for seven days."


def test_at_most_three_sentences_are_quoted_and_none_twice() -> None:
    repeated = [Quotable(n, "Rules", "", "A book is lent for 28 days.") for n in range(1, 9)]
    assert len(quotations("How long is a book lent?", repeated)) == 1


def test_a_quotation_stands_in_its_passage_word_for_word() -> None:
    for quotation in quotations("How long is a book lent?", LIBRARY):
        passage = next(p for p in LIBRARY if p.number == quotation.number)
        assert quotation.text in passage.text


@pytest.mark.parametrize(
    ("question", "similarity", "quoted"),
    [
        ("When does the library open?", None, "The library opens on Tuesday at 9:30."),
        ("When does the library open?", 0.6, "The library opens on Tuesday at 9:30."),
        ("When does the library open?", 0.1, None),
        ("Can I borrow reference works overnight?", None, None),
        ("Can I borrow reference works overnight?", 0.2, None),
        ("Can I borrow reference works overnight?", 0.5, "Reference books are not lent."),
    ],
)
def test_words_count_the_more_the_nearer_the_passage_is_to_the_question(
    question: str, similarity: float | None, quoted: str | None
) -> None:
    known = [replace(passage, similarity=similarity) for passage in LIBRARY]
    found = quotations(question, known)
    assert (found[0].text if found else None) == quoted


INCOME = Quotable(
    1,
    "Tarnwick annual report",
    "Results",
    "Statement of income (In millions of euros)\n"
    " | 2023 | 2022 | Change\n"
    "Net sales: |  |  | \n"
    "Racks and shelves | 60,584 | 63,355 | (4) %\n"
    "Services | 21,213 | 19,604 | 8 %\n"
    "Total net sales | 81,797 | 82,959 | (1) %\n"
    "Net income | 19,881 | 19,442 | 2 %\n"
    "Net income of others | (8) | 14 | - ",
)


@pytest.mark.parametrize(
    ("question", "cell"),
    [
        ("What was the total of net sales in 2022?",
         "Net sales / Total net sales, 2022: 82,959 (In millions of euros)"),
        ("What were racks and shelves for 2023?",
         "Net sales / Racks and shelves, 2023: 60,584 (In millions of euros)"),
        ("How much was net income of others in 2022?",
         "Net income of others, 2022: 14 (In millions of euros)"),
        ("What is the change of services?",
         "Net sales / Services, Change: 8 %"),
        ("What was the net income of Tarnwick?",
         "Net income: 2023: 19,881; 2022: 19,442; Change: 2 % (In millions of euros)"),
    ],
)  # fmt: skip
def test_a_cell_is_told_with_its_row_its_column_and_its_unit(question: str, cell: str) -> None:
    (found,) = quotations(question, [INCOME])
    assert found.text == cell


BALANCE = Quotable(
    1,
    "Tarnwick annual report 2023",
    "Balance",
    " | 2023 | 2022\n"
    "Other liabilities | 31 | 42\n"
    "Total liabilities | 310 | 420\n"
    "Income before taxes | 75 | 86",
)


@pytest.mark.parametrize(
    ("question", "cell"),
    [
        ("What are liabilities for 2022?", None),
        ("What are other liabilities for 2022?", "Other liabilities, 2022: 42"),
        ("What is the income before taxes for 2023?", "Income before taxes, 2023: 75"),
        ("What are total liabilities for 2022 in Tarnwick 2023?", "Total liabilities, 2022: 420"),
        ("What are total liabilities in Tarnwick 2023?", "Total liabilities, 2023: 310"),
        ("What are total liabilities for 2019?", None),
        ("What are total liabilities for 2019 in Tarnwick 2023?", None),
        ("What are income taxes for 2023?", None),
    ],
)
def test_a_row_of_another_name_and_a_column_of_another_year_are_left(
    question: str, cell: str | None
) -> None:
    found = quotations(question, [BALANCE])
    is_cell = bool(found) and ", 20" in found[0].text
    assert (found[0].text if is_cell else None) == cell


def test_a_cell_that_is_no_quantity_is_left_to_its_row() -> None:
    text = "Model | Memory | Successor\nC4 | 64 GB | C5 large\nC5 large | 128 GB | none"
    models = [Quotable(1, "Models", "", text)]

    assert quotations("What is the memory of C4?", models)[0].text == "C4, Memory: 64 GB"
    successor = quotations("What is the successor of C4?", models)[0].text
    assert "Successor: C5 large" in successor


@pytest.mark.parametrize(
    "question", ["What was the weather in 2022?", "Who reports net sales?", "What is a rack?"]
)
def test_a_table_without_such_a_row_gives_no_cell(question: str) -> None:
    assert all(", 20" not in found.text for found in quotations(question, [INCOME]))


def test_a_sentence_is_quoted_with_the_one_beside_it_where_only_both_answer() -> None:
    text = "New members get a credit of 30 dollars. It is good for 45 days. Members are welcome."
    passages = [Quotable(1, "Credits", "New members", text)]
    for question, quoted in (
        ("How large is the credit of new members?", "New members get a credit of 30 dollars."),
        (
            "How large is the credit of new members, and how long is it good for?",
            "New members get a credit of 30 dollars. It is good for 45 days.",
        ),
    ):
        assert [one.text for one in quotations(question, passages)][:1] == [quoted]


@pytest.mark.parametrize("document", ["acme__3M_2018_10K.pdf", "report.pdf; 3M; 2018; form 10-K"])
def test_a_designation_may_be_that_of_the_document(document: str) -> None:
    income = replace(INCOME, document=document)
    (found,) = quotations("What is net income for 2023 in 3M 2018 10K?", [income])
    assert "2023" in found.text
    assert quotations("What is net income for 2023 in 3M 2018 10K?", [INCOME]) == []


ENERGY = Quotable(
    1,
    "Energy report",
    "",
    "Building | Part | 2022 | 2023\n"
    "Library | Reading rooms | 310 | 298\n"
    "Library | Archive | 155 | 149\n"
    "Canteen | Kitchen | 210 | 204",
)


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("How much did the archive of the library use in 2023?", "Library, Archive, 2023: 149"),
        (
            "How much did the reading rooms of the library use in 2022?",
            "Library, Reading rooms, 2022: 310",
        ),
    ],
)
def test_a_row_with_two_labels_is_chosen_by_both(question: str, quoted: str) -> None:
    assert [found.text for found in quotations(question, [ENERGY])] == [quoted]


def test_what_is_counted_may_be_named_above_the_table_alone() -> None:
    rows = "Quarter | 2023 | 2024\nQ1 | 2,910 | 3,300\nQ2 | 3,015 | 3,480"
    slide = Quotable(1, "Subscriptions to the Team plan", "", rows)
    (found,) = quotations("How many subscriptions to the Team plan were there in Q2 2024?", [slide])
    assert found.text == "Subscriptions to the Team plan: Q2, 2024: 3,480"
    other = Quotable(1, "Visitors of the shop", "", rows)
    assert not quotations("How many subscriptions to the plan were there in Q2 2024?", [other])


def test_the_total_of_something_else_does_not_answer() -> None:
    depots = Quotable(1, "Depots", "", "Depot | Pallets 2024\nRiga | 4,272\nTotal | 45,572")
    assert not quotations("What is the total revenue in 2024?", [depots])
    (found,) = quotations("What is the total of pallets in 2024?", [depots])
    assert found.text == "Total, Pallets 2024: 45,572"


def test_a_heading_in_a_passage_s_own_text_names_what_is_below_it_and_is_no_answer() -> None:
    contract = Quotable(
        1,
        "Contract",
        "",
        "Supply contract\n\n3 Late delivery\n\nThe supplier pays 0.5 percent for each full week.\n\n"
        "5 Warranty\n\nIt ends 24 months after the goods have arrived.",
    )
    (found,) = quotations("How long is the warranty on goods?", [contract])
    assert found.text == "It ends 24 months after the goods have arrived."
    (found, *_) = quotations("How much is paid for a late delivery?", [contract])
    assert found.text == "The supplier pays 0.5 percent for each full week."


def test_other_forms_of_a_verb_are_the_same_verb() -> None:
    invoices = (
        "Invoices are payable within 45 days of receipt.",
        "A buyer who pays early gets 2 percent.",
    )
    passage = Quotable(1, "Contract", "", " ".join(invoices))
    assert quotations("How long do we have to pay invoices?", [passage])[0].text == invoices[0]


def test_how_a_question_is_asked_need_not_stand_in_the_answer() -> None:
    claims = "Claims for expenses are submitted within 60 days. Late claims are rejected."
    (found, *_) = quotations("How late may I submit claims?", [Quotable(1, "Policy", "", claims)])
    assert found.text == "Claims for expenses are submitted within 60 days."


def test_a_title_and_a_short_form_end_no_sentence() -> None:
    text = "The lead auditor is Dr. Henk Vossen. He stays two days."
    (found,) = quotations("Who is the lead auditor?", [Quotable(1, "Audit", "", text)])
    assert found.text == "The lead auditor is Dr. Henk Vossen."


@pytest.mark.parametrize(
    ("rows", "quoted"),
    [
        ("Order no. | Ordered on | EUR\n17 | 2025-03-02 | 40\n18 | 2025-03-09 | 85", []),
        ("Order | Day | EUR\nO-17 | 02.03.2025 | 40\nO-18 | 09.03.2025 | 85", []),
        ("Month | Orders\nMarch | 12\nApril | 15", ["March, Orders: 12"]),
        ("Kind | March\nOrders | 12\nReturns | 1", ["Orders, March: 12"]),
    ],
)
def test_a_row_tells_how_many_only_where_it_counts(rows: str, quoted: list[str]) -> None:
    passage = Quotable(1, "Orders", "", rows)
    found = quotations("How many orders were there in March?", [passage])
    assert [one.text for one in found] == quoted


def test_rows_that_a_question_does_not_tell_apart_answer_no_how_many() -> None:
    rows = [f"{name} | {staff}" for name, staff in zip("ABCDEFG", range(20, 27), strict=True)]
    offices = Quotable(1, "Offices", "", "\n".join(["Office | Employees", *rows]))
    assert not quotations("How many employees are there?", [offices])
    (found,) = quotations("How many employees are there in office C?", [offices])
    assert found.text == "C, Employees: 22"
