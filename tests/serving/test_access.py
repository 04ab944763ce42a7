"""Canaries: what one group may read never shows up where another group looks."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from standin_tei import StartTei
from standin_tgi import Calls, Reply, StartTgi, Text

from serving.config.data import DocumentsSettings
from serving.config.models import ChatSettings, RerankerSettings
from serving.config.settings import Settings
from serving.parts.assembly import open_parts
from serving.parts.documents import access_control, open_store
from serving.parts.library import DocumentLibrary
from serving.wire.question import Question
from tools.caller import Caller
from tools.errors import BadInput, UnknownName

CANARY = "quetzal"
FILES = {
    "finance": ("bonus-quetzal.md", "# Bonus quetzal\n\nThe bonus budget is 7 quetzal feathers."),
    "hr": ("bonus-rules.md", "# Bonus rules\n\nThe bonus is paid in March."),
}
INSIDER = Caller("ines", frozenset({"finance"}))
OUTSIDER = Caller("otto", frozenset({"hr"}))
QUESTION = Question(question="What is the bonus budget?", mode="documents")


def _search_then_answer(body: dict[str, Any]) -> Reply:
    wants_call = "tools" in body or "response_format" in body
    return (
        Calls([("search_documents", {"query": "bonus"})]) if wants_call else Text("So it is [1].")
    )


def _settings(folder: Path, **sections: Any) -> Settings:
    documents = DocumentsSettings(access_control=True)
    settings = Settings(data=folder / "data", documents=documents, **sections)
    with open_store(settings) as store:
        for group, (name, text) in FILES.items():
            (folder / name).write_text(text, encoding="utf-8")
            collection = f"{group}-{CANARY}" if group == "finance" else group
            DocumentLibrary(store).ingest(
                [folder / name], collection=collection, groups=frozenset({group})
            )
    return settings


async def _turn(settings: Settings, caller: Caller, question: Question) -> tuple[str, str]:
    """All that a turn gave its caller, and all that it left on the disk, as text."""
    async with open_parts(settings) as parts:
        events = [event.model_dump_json() async for event in parts.turns.stream(question, caller)]
        refused = [str(await _said(parts.turns, caller, name)) for name in ("hr", "nothing")]
    threads = settings.data / "threads.db"
    kept = b"".join(path.read_bytes() for path in threads.parent.glob("threads.db*"))
    return "\n".join([*events, *refused]), kept.decode("latin-1")


async def _said(turns: Any, caller: Caller, collection: str) -> object:
    asked = QUESTION.model_copy(update={"collections": [collection]})
    try:
        return await turns.answer(asked, caller)
    except UnknownName as error:
        return error


async def test_a_passage_of_another_group_reaches_no_prompt_event_log_answer_or_evidence(
    tmp_path: Path, tgi_server: StartTgi, tei_server: StartTei, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    chat, reranker = tgi_server(_search_then_answer), tei_server()
    settings = _settings(
        tmp_path,
        chat=ChatSettings(url=chat.url, decides="model"),
        reranker=RerankerSettings(url=reranker.url),
    )
    caplog.clear()

    told, kept = await _turn(settings, OUTSIDER, QUESTION)
    prompts = json.dumps([chat.requests, reranker.requests])
    for where in (told, kept, prompts, caplog.text):
        assert CANARY not in where.lower()
    assert "paid in March" in told
    assert "paid in March" in prompts

    told, _ = await _turn(settings, INSIDER, QUESTION)
    assert "7 quetzal feathers" in told
    assert "7 quetzal feathers" in json.dumps(chat.requests)


async def test_the_embedded_models_keep_to_the_groups_too(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = _settings(tmp_path)
    caplog.set_level(logging.DEBUG)
    for mode in ("documents", "auto"):
        question = QUESTION.model_copy(update={"mode": mode})
        told, kept = await _turn(settings, OUTSIDER, question)
        assert CANARY not in f"{told}{kept}{caplog.text}".lower()
    told, _ = await _turn(settings, INSIDER, QUESTION)
    assert "7 quetzal feathers" in told


def test_what_a_caller_may_not_see_is_not_there_to_list_show_replace_or_delete(
    tmp_path: Path,
) -> None:
    settings = _settings(tmp_path)
    access = access_control(settings)
    with open_store(settings) as store:
        theirs = DocumentLibrary(store, access.groups_of(OUTSIDER))
        hidden = next(d for d in DocumentLibrary(store).documents() if CANARY in d.source)

        assert [document.source for document in theirs.documents()] == ["bonus-rules.md"]
        with pytest.raises(UnknownName, match="There is no document"):
            theirs.document(hidden.id)
        with pytest.raises(UnknownName, match="There is no document"):
            theirs.delete(hidden.id)
        [outcome] = theirs.ingest([tmp_path / hidden.source], collection=hidden.collection)
        assert (outcome.outcome, outcome.document_id == hidden.id) == ("added", False)
        nobody = DocumentLibrary(store, access.groups_of(Caller("nora")))
        with pytest.raises(BadInput, match="You belong to no group"):
            nobody.ingest([tmp_path], collection="x")
        with pytest.raises(BadInput, match="You are not a member of 'finance'"):
            theirs.ingest([tmp_path], collection="x", groups=frozenset({"finance", "hr"}))
        assert len(DocumentLibrary(store, access.groups_of(INSIDER)).documents()) == 1


def test_what_a_caller_takes_in_is_for_the_callers_groups(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    access = access_control(settings)
    (tmp_path / "new.txt").write_text("New words.", encoding="utf-8")
    with open_store(settings) as store:
        theirs = DocumentLibrary(store, access.groups_of(OUTSIDER))
        theirs.ingest([tmp_path / "new.txt"], collection="x")

        [document] = [each for each in theirs.documents() if each.collection == "x"]
        assert document.groups == frozenset({"hr"})
        assert "new.txt" not in [
            each.source for each in DocumentLibrary(store, access.groups_of(INSIDER)).documents()
        ]
