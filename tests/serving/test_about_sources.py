"""Questions about the sources themselves, by the doors that people use."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from docsql_process import Folder, Service, make_database
from openai import DefaultHttpxClient, OpenAI
from standin_tgi import Calls, Reply, StartTgi, Text

from serving.auth.local import LOCAL
from serving.config.data import DatabaseSettings, DocumentsSettings
from serving.config.models import ChatSettings
from serving.config.settings import Settings
from serving.parts.assembly import open_parts
from serving.parts.documents import open_store
from serving.parts.library import DocumentLibrary
from serving.wire.question import Question
from tools.caller import Caller

FIXTURES = Path(__file__).parents[1] / "fixtures" / "service"
TOLD = {
    "What tables are there?": ("**workshops**", "**repairs**"),
    "Which documents do you have?": ("2 documents", "Return policy (returns.md)"),
    "What does bicycle mean here?": ("repairs.bicycle", "city bike"),
    "How fresh is the data?": ("finished from 2025-02-03 to 2025-05-06", "ingested on"),
    "What can I ask?": ("2 documents", "**shop** with", "repairs"),
    "Welche Spalten hat die Tabelle repairs?": ("workshop_id", "repairs.workshop_id verweist auf"),
}


def _invoke(service: Service, question: str, **more: Any) -> dict[str, Any]:
    with httpx.Client(trust_env=False, timeout=30) as client:
        asked = {"input": {"question": question, **more}}
        reply = client.post(f"{service.url}/agent/invoke", json=asked)
    reply.raise_for_status()
    return reply.json()["output"]


@pytest.mark.parametrize("mode", ["auto", "sql", "documents", "chat"])
@pytest.mark.parametrize("question", TOLD)
def test_every_mode_tells_what_there_is(service: Service, question: str, mode: str) -> None:
    answer = _invoke(service, question, mode=mode)
    assert all(part in answer["answer"] for part in TOLD[question]), answer["answer"]
    assert (answer["status"], answer["route"], answer["warnings"]) == ("answered", "chat", [])


def test_a_chat_client_is_told_as_well(service: Service) -> None:
    direct = DefaultHttpxClient(trust_env=False, timeout=30)
    with OpenAI(base_url=f"{service.url}/v1", api_key="none", http_client=direct) as client:
        reply = client.chat.completions.create(
            model="docsql", messages=[{"role": "user", "content": "What tables are there?"}]
        )
    assert "**workshops**" in (reply.choices[0].message.content or "")


def test_nothing_is_told_of_sources_that_are_left_out(service: Service) -> None:
    answer = _invoke(service, "What tables are there?", use_knowledge=False)
    assert "workshops" not in answer["answer"]


def test_a_denied_column_is_not_told_of(folder: Folder) -> None:
    denied = {"DOCSQL_DATABASES__SHOP__DENIED_COLUMNS": '["repairs.cost"]'}
    asked = folder.run("ask", "What columns does the repairs table have?", "--json", **denied)
    answer = json.loads(asked.stdout)["answer"]
    assert "bicycle" in answer
    assert "cost" not in answer


async def test_a_caller_is_told_of_no_documents_but_their_own(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, documents=DocumentsSettings(access_control=True))
    (tmp_path / "quetzal.md").write_text("# Quetzal\n\nA bird of the cloud forest.", "utf-8")
    with open_store(settings) as store:
        DocumentLibrary(store).ingest(
            [tmp_path / "quetzal.md"], collection="birds", groups=frozenset({"zoo"})
        )
    async with open_parts(settings) as parts:
        for text in ("Which documents are there?", "Do you have documents about the quetzal?"):
            question = Question(question=text, mode="chat")
            theirs = await parts.turns.answer(question, Caller("ines", frozenset({"zoo"})))
            others = await parts.turns.answer(question, Caller("otto", frozenset({"hr"})))
            assert "quetzal.md" in theirs.answer
            assert "quetzal.md" not in others.answer
            assert "birds" not in others.answer


async def test_a_model_calls_the_tool_and_its_text_is_handed_on(
    tgi_server: StartTgi, tmp_path: Path
) -> None:
    """With another call, the model words the rows alone, and the description follows."""
    described = ("describe_sources", {"about": "databases"})
    counted = ("query_database", {"question": "How many repairs are there?", "database": "shop"})
    calls = [[described], [described, counted]]

    def says(body: dict[str, Any]) -> Reply:
        told = body["messages"][0]["content"]
        if "Write one SELECT" in told:
            return Text("SELECT COUNT(*) AS n FROM repairs")
        return Calls(calls.pop(0)) if told.startswith("# decide") else Text("There are 7 [1].")

    file = make_database(FIXTURES / "shop.sql", tmp_path / "shop.sqlite")
    settings = Settings(
        data=tmp_path,
        databases={"shop": DatabaseSettings.model_validate({"url": f"sqlite:///{file}"})},
        chat=ChatSettings.model_validate({"url": tgi_server(says).url, "decides": "model"}),
    )
    async with open_parts(settings) as parts:
        alone = await parts.turns.answer(Question(question="Describe it."), LOCAL)
        both = await parts.turns.answer(Question(question="Describe it and count."), LOCAL)
    assert "**workshops** (3 rows)" in alone.answer
    assert (alone.status, alone.usage.model_calls) == ("answered", 1)
    assert both.answer.startswith("There are 7 [1].")
    assert "**workshops** (3 rows)" in both.answer
    assert (both.status, both.warnings, both.route) == ("answered", [], "sql")
