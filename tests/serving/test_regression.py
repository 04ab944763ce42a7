"""The sample as a person asks about it, in 12 kinds of 10 questions, with the embedded models.

Then 40 questions for which neither source suffices, over the sample and a press sheet that
contradicts its database. What is right may not become less, and what is wrong but answered may not become more. Whoever makes
a kind better raises its floor.
"""

import random
from collections import Counter
from pathlib import Path

import pytest
import pytest_asyncio
from made_cases import varied
from sample_store import SampleData
from second_scorers import Perl, perl, second_scores, second_total, second_verdict

from serving.config.settings import Settings
from serving.evaluation.folder import Run
from serving.evaluation.running import Wanted, run_set
from serving.evaluation.verdict import WRONG, Scored, score, score_run, summarise
from serving.parts.documents import open_store
from serving.parts.library import DocumentLibrary
from serving.parts.vectors import make_vectors

SETS = Path(__file__).parents[1] / "fixtures" / "evals"
DOCUMENTS = Path(__file__).parents[2] / "deployment" / "demo" / "documents"
FLOORS = {
    "documents": 10,
    "tables": 10,
    "database": 10,
    "both": 9,
    "follow-ups": 8,
    "vague": 2,
    "typos": 7,
    "short": 9,
    "charts": 9,
    "about itself": 9,
    "unanswerable": 5,
    "injected": 8,
}
MOST_WRONG = 17
BOTH_FLOORS = {"rule": 8, "chain": 4, "contradiction": 10}
MOST_WRONG_OF_BOTH = 13


def _pass(_: object) -> None:
    """Nobody watches."""


async def run(name: str, settings: Settings) -> Run:
    wanted = Wanted(path=SETS / name, concurrency=2)
    return await run_set(wanted, settings, begun=_pass, note=_pass)


@pytest.fixture(scope="module")
def sample(sample_data: SampleData) -> Settings:
    return Settings(data=sample_data("regression"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asked(sample: Settings) -> Run:
    return await run("regression.jsonl", sample)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asked_of_both(sample: Settings, asked: Run) -> Run:
    """Asked after the others, which know nothing of the press sheet."""
    assert asked.records
    with open_store(sample) as store:
        DocumentLibrary(store).ingest([SETS / "fact-sheet.md"], collection="default")
        make_vectors(store)
    return await run("both.jsonl", sample)


@pytest.fixture(scope="module")
def scored(asked: Run) -> list[Scored]:
    return score_run(asked)


@pytest.mark.asyncio(loop_scope="module")
async def test_no_kind_of_question_is_answered_less_often(scored: list[Scored]) -> None:
    asked = Counter(one.case.kind for one in scored)
    assert asked == dict.fromkeys(FLOORS, 10)
    right = Counter(one.case.kind for one in scored if one.is_right)
    lost = [one.case.id for one in scored if not one.is_right]
    assert all(right[kind] >= floor for kind, floor in FLOORS.items()), (right, lost)


@pytest.mark.asyncio(loop_scope="module")
async def test_wrong_answers_do_not_become_more(scored: list[Scored]) -> None:
    wrong = [one.case.id for one in scored if one.verdict in WRONG]
    assert len(wrong) <= MOST_WRONG, wrong


@pytest.mark.asyncio(loop_scope="module")
async def test_what_needs_both_sources_is_not_answered_less_often(
    asked_of_both: Run,
) -> None:
    scored_of_both = score_run(asked_of_both)
    right = Counter(one.case.kind for one in scored_of_both if one.is_right)
    assert all(right[kind] >= floor for kind, floor in BOTH_FLOORS.items()), right
    wrong = [one.case.id for one in scored_of_both if one.verdict in WRONG]
    assert len(wrong) <= MOST_WRONG_OF_BOTH, wrong


@pytest.mark.asyncio(loop_scope="module")
async def test_other_scorers_agree_on_every_answer(asked: Run, asked_of_both: Run) -> None:
    """Each answer also with other things expected of it than the set does: places, ways and words."""
    chance, verdicts = random.Random(21), list[str]()  # noqa: S311  # the same each time
    with perl() as matcher:
        for run_ in (asked, asked_of_both):
            for one in score_run(run_):
                verdicts.append(agreed(one, run_, matcher))
                for case in varied(one, chance):
                    expected = run_.expected.get(case.id)
                    agreed(score(case, one.record, expected), run_, matcher)
    assert len(verdicts) == 160
    for penalty in (1, 4):
        both = [*score_run(asked), *score_run(asked_of_both)]
        total = float(second_total(verdicts, penalty))
        assert summarise(both, penalty=penalty).points == pytest.approx(total)


def agreed(one: Scored, run_: Run, matcher: Perl) -> str:
    """The verdict on an answer, which both kinds of scorers give."""
    expected = run_.expected.get(one.case.id)
    again = second_scores(one.case, one.record, expected, matcher, [DOCUMENTS, SETS])
    assert again == pytest.approx(dict(one.scores)), one.case
    assert second_verdict(one.case, one.record, again) == one.verdict, one.case
    return one.verdict
