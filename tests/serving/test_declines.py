"""A question that is declined leads on to one that is answered, by every door."""

from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from docsql_process import Folder, Service, make_database
from openai import DefaultHttpxClient, OpenAI
from standin_tgi import Calls, Reply, StartTgi, Text

from agent.nodes.suggest import NEAREST_SAID
from serving.auth.local import LOCAL
from serving.config.data import DatabaseSettings
from serving.config.models import ChatSettings
from serving.config.settings import Settings
from serving.parts.assembly import open_parts
from serving.parts.documents import open_store
from serving.parts.library import DocumentLibrary
from serving.parts.vectors import make_vectors
from serving.wire.answer import Answer
from serving.wire.question import Question

FIXTURES = Path(__file__).parents[1] / "fixtures" / "service"
AKKU = "Where do you keep the akku of an e-bike?"
BATTERIES = "Batteries of electric bicycles are taken out and kept at room temperature."
LOST = "How many repairs were done by unicorns?"
NEAR = "How many repairs are there?"


def _invoke(service: Service, question: str, **more: Any) -> dict[str, Any]:
    with httpx.Client(trust_env=False, timeout=30) as client:
        asked = {"input": {"question": question, **more}}
        reply = client.post(f"{service.url}/agent/invoke", json=asked)
    reply.raise_for_status()
    return reply.json()["output"]


@pytest.mark.parametrize("mode", ["auto", "sql"])
def test_what_is_offered_is_answered(service: Service, mode: str) -> None:
    declined = _invoke(service, LOST, mode=mode)
    assert declined["status"] == "declined"
    assert declined["suggestions"][0] == NEAR
    for question in declined["suggestions"]:
        assert _invoke(service, question)["status"] == "answered"
    told = " ".join([declined["answer"], *declined["warnings"]])
    assert "“unicorns”" in told


def test_an_answer_offers_nothing(service: Service) -> None:
    assert _invoke(service, NEAR)["suggestions"] == []


def test_examples_are_answered(service: Service) -> None:
    examples = _invoke(service, "What can I ask?")["suggestions"]
    assert len(examples) > 2
    for question in examples:
        assert _invoke(service, question)["status"] == "answered", question


def test_a_german_question_is_told_why_it_was_not_read(service: Service) -> None:
    declined = _invoke(service, "Wie viele repairs haben wir und wer hat die meisten?", mode="sql")
    assert any("auf Deutsch" in warning for warning in declined["warnings"])
    assert NEAR in declined["suggestions"]


def test_a_decline_of_the_documents_offers_their_sections(service: Service) -> None:
    declined = _invoke(service, "Is a unicorn storage allowed?", mode="documents")
    assert declined["status"] == "declined"
    assert declined["suggestions"]
    for question in declined["suggestions"]:
        assert _invoke(service, question, mode="documents")["status"] == "answered", question


def test_a_german_search_of_english_documents_is_told_why_it_found_nothing(
    service: Service,
) -> None:
    declined = _invoke(service, "Wer darf einen Hund mitbringen?", mode="documents")
    assert declined["status"] == "declined"
    assert any(
        "auf Deutsch gestellt zu sein, und die Dokumente sind auf Englisch" in one
        for one in declined["warnings"]
    )


def test_a_terminal_lists_them(folder: Folder) -> None:
    asked = folder.run("ask", LOST, "--mode", "sql")
    assert "You can ask, for example:" in asked.stdout
    assert NEAR in asked.stdout


def test_a_chat_client_reads_them_in_the_text(service: Service) -> None:
    direct = DefaultHttpxClient(trust_env=False, timeout=30)
    with OpenAI(base_url=f"{service.url}/v1", api_key="none", http_client=direct) as client:
        reply = client.chat.completions.create(
            model="docsql-sql", messages=[{"role": "user", "content": LOST}]
        )
    assert f"- {NEAR}" in (reply.choices[0].message.content or "")


async def test_a_decline_of_a_model_gets_the_same_help(
    tgi_server: StartTgi, tmp_path: Path
) -> None:
    query = ("query_database", {"question": LOST, "database": "shop"})

    def says(body: dict[str, Any]) -> Reply:
        told = body["messages"][0]["content"]
        if "Write one SELECT" in told:
            return Text("NONE There are no unicorns.")
        return Calls([query]) if told.startswith("# decide") else Text("I could not find it.")

    file = make_database(FIXTURES / "shop.sql", tmp_path / "shop.sqlite")
    settings = Settings(
        data=tmp_path,
        databases={"shop": DatabaseSettings.model_validate({"url": f"sqlite:///{file}"})},
        chat=ChatSettings.model_validate({"url": tgi_server(says).url}),
    )
    async with open_parts(settings) as parts:
        answer = await parts.turns.answer(Question(question=LOST), LOCAL)
    assert answer.status == "declined"
    assert answer.suggestions[0] == NEAR
    assert any("“unicorns”" in warning for warning in answer.warnings)


async def _asked_by_meaning(tmp_path: Path, documents: Path, question: Question) -> Answer:
    settings = Settings(data=tmp_path / "data")
    with open_store(settings) as store:
        DocumentLibrary(store).ingest([documents], collection="default")
        assert make_vectors(store) == ""
    async with open_parts(settings) as parts:
        return await parts.turns.answer(question, LOCAL)


@pytest.mark.parametrize("mode", ["auto", "documents"])
async def test_a_decline_quotes_what_is_nearest_in_meaning(
    tmp_path: Path, documents: Path, mode: Literal["auto", "documents"]
) -> None:
    declined = await _asked_by_meaning(tmp_path, documents, Question(question=AKKU, mode=mode))
    assert declined.status == "declined"
    *_, lead, empty, quoted = declined.answer.splitlines()
    assert (lead, empty, quoted) == (NEAREST_SAID, "", f"- {BATTERIES} [1]")
    assert BATTERIES in declined.citations[0].text
    assert "I searched the documents. No passage that was found mentions “akku”" in declined.answer


@pytest.mark.parametrize(
    ("question", "use_knowledge"), [(AKKU, False), ("What is the capital of Australia?", True)]
)
async def test_nothing_is_quoted_that_is_far_or_was_not_to_be_searched(
    tmp_path: Path, documents: Path, question: str, *, use_knowledge: bool
) -> None:
    asked = Question(question=question, use_knowledge=use_knowledge)
    answer = (await _asked_by_meaning(tmp_path, documents, asked)).answer
    assert NEAREST_SAID not in answer
    assert ("I searched the documents." in answer) is use_knowledge
