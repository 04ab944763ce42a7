"""The exam in choosing, held with a model that always, never or sometimes chooses rightly."""

import pytest
from scripted_chat import Line, ScriptedChat, calls

from agent.calls import QUERY_DATABASE
from serving.models.chat.exam import CASES, PASSED, ExamCase, hold_exam

SEARCH = ("search_documents", {"query": "x"})
QUERY = ("query_database", {"question": "x", "database": "library"})


def _right(case: ExamCase) -> Line:
    wanted = {"search_documents": SEARCH, QUERY_DATABASE: QUERY}
    return calls(*(call for name, call in wanted.items() if name in case.wanted))


def _model(wrong: int) -> ScriptedChat:
    """A model that asks the database whatever it is asked first, and then chooses rightly."""
    fooled = [case for case in CASES if case.wanted != frozenset({QUERY_DATABASE})][:wrong]
    said = [calls(QUERY) if case in fooled else _right(case) for case in CASES]
    return ScriptedChat(lines={"decide": said})


@pytest.mark.parametrize(
    ("wrong", "has_passed"),
    [(0, True), (len(CASES) - PASSED, True), (len(CASES) - PASSED + 1, False)],
)
async def test_a_model_decides_alone_if_it_chooses_well(*, wrong: int, has_passed: bool) -> None:
    report = await hold_exam(_model(wrong))
    assert (report.right, report.has_passed) == (len(CASES) - wrong, has_passed)
    assert len(report.wrong) == wrong
    assert f"{len(CASES) - wrong} of 12" in str(report)


async def test_each_case_is_told_with_what_its_sources_mention() -> None:
    chat = _model(0)
    await hold_exam(chat)
    for case, (_, messages, _) in zip(CASES, chat.heard, strict=True):
        asked = messages[-1].text
        assert asked.endswith(case.question)
        assert all(passage in asked for passage in case.passages)
