"""Claims of an answer without a look-up, and claims that no evidence resembles."""

import pytest

from agent.support import claims_unasked, only_declines, rests_on_evidence
from agent.toolbox import Evidence
from tools.documents.passage import FoundPassage, Passage
from tools.sql.run import QueryResult

# Nothing was looked up: a question, the reply, and whether it claims something.
TALK = [
    # claims
    ("How many mills do we own?", "There are 42 mills.", True),
    ("How many mills do we own?", "You have forty-two.", True),
    ("Who runs the mill at Brook?", "The mill at Brook is run by Ida Holm.", True),
    ("Who runs the mill at Brook?", "Ida Holm.", True),
    ("Is flour returnable?", "Yes.", True),
    ("Is flour returnable?", "Yes, flour can be returned within a month.", True),
    ("Is the term 24 months?", "Yes, the term is 24 months.", True),
    ("Can you tell me who runs Brook?", "Ida Holm runs it.", True),
    ("Tell me about the return policy", "Customers may return anything unopened.", True),
    ("Good morning", "Good morning! Our sales doubled last year.", True),
    ("Thanks!", "You're welcome. By the way, 17 orders are late.", True),
    ("Wer leitet die Mühle?", "Die Mühle wird von Ida Holm geleitet.", True),
    ("What can you do?", "I can search 1,300 documents.", True),
    ("When was Brook built?", "It was built on 3 May 1921.", True),
    ("How many mills do we own?", "There are 42, right?", True),
    # the form of the message or the reply hides it
    ('How many customers are there?', 'I know that there are many customers in Leipzig.', True),
    ('What is our refund policy?', 'I can tell you that refunds are granted within a month.', True),
    ('customers in Oslo', 'There are customers in Oslo.', True),
    ('Thank you so much', "You're very welcome! Let me know if you need anything else.", False),
    ('If I have 3 boxes with 12 items each, how many items?', 'You have 36 items.', False),
    ('What is 2 to the power of 10?', '1024', False),
    ('What is our revenue?', 'I could look that up if you connect a database.', False),
    ('Tell me a joke', 'Why did the database administrator leave? Too many relationships.', False),
    ('What did we talk about?', 'We talked about returns.', False),
    ('Is Ada a customer?', 'No.', True),
    ('ok', 'Great. Anything else?', False),
    # small talk, help, refusals
    ("Hello", "Hello! How can I help?", False),
    ("Good evening!", "Good evening. It is nice to hear from you.", False),
    ("Hi", "Hello! I know 7 songs.", False),
    ("How are you?", "Very well, thank you! And you?", False),
    ("Thanks, that was helpful", "Glad to help. Have a good day!", False),
    ("What can you do?", "I answer questions from documents and databases, and cite what I find.", False),
    ("What can you do?", 'I search documents. For example, ask "How many orders came in 2025?"', False),
    ("Hello", "Hello! You can ask:\n- How many orders were placed in 2025?\n- Who runs mill 7?", False),
    ("Who are you?", "DocSQL, an assistant for documents and databases.", False),
    ("Which mill is the oldest?", "I cannot tell: nothing was looked up.", False),
    ("Who runs the mill?", "Unfortunately that information is not available here.", False),
    ("Who runs the mill?", "Which mill do you mean?", False),
    ("Wer bist du?", "DocSQL, ein Assistent.", False),
    ("What did I ask before?", "You asked who runs the mill.", False),
    # arithmetic with the question's own numbers
    ("What is 17 * 23?", "17 x 23 = 391", False),
    ("What is 17 times 23?", "391", False),
    ("How much is 15% of 240?", "15% of 240 is 36.", False),
    ("What is (2 + 3) * 4 - 1?", "That makes 19.", False),
    ("Add 12, 30 and 8", "The sum is 50.", False),
    ("What is 100 divided by 7?", "About 14.3", False),
    ("What is 17 times 23?", "401", True),
]  # fmt: skip


@pytest.mark.parametrize(("question", "reply", "claims"), TALK)
def test_a_reply_without_a_look_up_may_claim_nothing(
    question: str, reply: str, *, claims: bool
) -> None:
    assert bool(claims_unasked(reply, question=question)) is claims


def test_what_was_borne_out_before_may_be_said_again() -> None:
    earlier = "How many mills?\nThere are 42 mills [1]."
    assert not claims_unasked("I said 42.", question="What did you say?", earlier=earlier)
    assert claims_unasked("I said 43.", question="What did you say?", earlier=earlier)


def passage(text: str) -> Evidence:
    return FoundPassage(
        Passage(id="p", document_id="d", collection="c", source="s", title="Returns",
                content_hash="h", text=text, ordinal=0,
                page=None, section=""),
        0.9,
    )  # fmt: skip


FLOUR = [passage("Unopened flour is taken back within thirty days of delivery.")]
ROWS: list[Evidence] = [
    QueryResult(database="mills", sql="SELECT name, tons FROM mills", columns=("name", "tons"),
                rows=(("Brook", 71),), truncated=False, elapsed_s=0.1)
]  # fmt: skip

FOUND: list[tuple[str, list[Evidence], bool]] = [
    ("Flour that is unopened can be returned within thirty days.", FLOUR, True),
    ("All employees receive a company car and free lunches.", FLOUR, False),
    ("Yes.", FLOUR, False),
    ("The documents do not mention cars.", FLOUR, True),
    ("Brook", ROWS, True),
    ("It is 71.", ROWS, True),
    ("Hillside is the largest one of them.", ROWS, False),
]


@pytest.mark.parametrize(("answer", "evidence", "rests"), FOUND)
def test_an_answer_without_citations_has_to_resemble_the_evidence(
    answer: str, evidence: list[Evidence], *, rests: bool
) -> None:
    assert rests_on_evidence(answer, evidence) is rests


@pytest.mark.parametrize(
    ("reply", "declines"),
    [
        ("As an AI language model, I do not have access to your records.", True),
        ("I do not have that. I cannot provide you with the profit margin.", True),
        ("I can't tell from the rows.", True),
        ("The margin was 12 percent.", False),
    ],
)
def test_a_reply_that_only_says_what_the_model_lacks_declines(
    reply: str, *, declines: bool
) -> None:
    assert only_declines(reply, "What was our profit margin?") == declines
