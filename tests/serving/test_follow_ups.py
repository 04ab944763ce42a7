"""Conversations about the sample, as people go on asking, with the embedded models."""

import pytest
from sample_store import SampleData

from serving.auth.local import LOCAL
from serving.config.settings import Settings
from serving.parts.assembly import open_parts
from serving.wire.question import Question

REGION = "Which region has the most customers?"
MANAGER = "Who is the account manager of Kestrel Freight?"
CASES = [
    ([REGION, "How many orders did that region place?"], "404"),
    ([REGION, "Which one has the fewest orders?"], "Penang"),
    ([REGION, "And which has the fewest?"], "Penang"),
    (["How many customers are in each region?", "Which one has the most?"], "Leipzig"),
    (["How many instances run on Crag 220?", "When was it released?"], "2023-09-11"),
    (["What is the most expensive server model?", "And the cheapest?"], "Beck 80"),
    ([MANAGER, "How many customers does he look after?"], "27"),
    (["When was Galway opened?", "How many orders came from there in 2025?"], "Galway"),
]


@pytest.mark.parametrize(("questions", "said"), CASES)
async def test_a_follow_up_is_about_what_was_told_before(
    sample_data: SampleData, questions: list[str], said: str
) -> None:
    async with open_parts(Settings(data=sample_data("followups"))) as parts:
        asked = [Question(question=one, thread_id="one") for one in questions]
        answers = [await parts.turns.answer(one, LOCAL) for one in asked]
    last = answers[-1]
    assert last.status == "answered"
    assert said in last.answer + str(last.queries)


@pytest.mark.parametrize(
    "question", ["How many orders did that region place?", "When was it released?"]
)
async def test_what_points_at_nothing_is_declined(sample_data: SampleData, question: str) -> None:
    async with open_parts(Settings(data=sample_data("followups"))) as parts:
        answer = await parts.turns.answer(Question(question=question), LOCAL)
    assert answer.status != "answered"
