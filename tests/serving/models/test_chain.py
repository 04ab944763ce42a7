"""Fallback chat models: in order, before the first token only, and reported."""

import json
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from standin_tgi import Calls, Fault, Reply, StartTgi, Text

from serving.auth.local import LOCAL
from serving.config.models import ChatServer, ChatSettings
from serving.config.settings import Settings, load_settings
from serving.parts.assembly import open_parts
from serving.parts.chat import chat_part
from serving.wire.question import Question
from tools.errors import Unavailable

ASKED = [HumanMessage("How many racks?")]
DOWN = Fault("http", "broken", 500, "incomplete_generation")
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {"name": "f", "parameters": {"type": "object", "properties": {}}},
}


def _settings(first: str, *others: ChatServer, data: Path = Path("data")) -> Settings:
    chat = ChatSettings(url=first, tools="guided", decides="model", tries=1, fallback=others)
    return Settings(data=data, chat=chat)


def _calls(_body: dict[str, Any]) -> Reply:
    return Calls([("f", {})])


async def test_the_next_one_answers_whole_streamed_and_with_tools(tgi_server: StartTgi) -> None:
    first = tgi_server(lambda _body: DOWN)
    second = tgi_server(lambda _body: Text("Twelve."))
    chat: Any = chat_part(_settings(first.url, ChatServer(url=second.url, model="two")), {}).model
    assert (await chat.ainvoke(ASKED)).text == "Twelve."
    assert chat.invoke(ASKED).text == "Twelve."
    assert "".join([piece.text async for piece in chat.astream(ASKED)]) == "Twelve."
    assert {body["model"] for body in second.requests} == {"two"}
    second.brain = _calls
    assert [call["name"] for call in (await chat.bind_tools([TOOL]).ainvoke(ASKED)).tool_calls] == [
        "f"
    ]


async def test_a_reply_that_has_begun_is_not_begun_anew(tgi_server: StartTgi) -> None:
    first = tgi_server(lambda _body: Fault("cut_off", "Twelve of"))
    second = tgi_server(lambda _body: Text("Twelve."))
    chat = chat_part(_settings(first.url, ChatServer(url=second.url)), {}).model
    shown: list[str] = []

    async def read() -> None:
        async for piece in chat.astream(ASKED):
            shown.append(piece.text)

    with pytest.raises(Unavailable, match="broke off"):
        await read()
    assert "".join(shown) == "Twelve of"
    assert second.requests == []


async def test_when_nobody_answers_the_last_error_is_told(tgi_server: StartTgi) -> None:
    first, second = (tgi_server(lambda _body: DOWN) for _ in range(2))
    chat = chat_part(_settings(first.url, ChatServer(url=second.url)), {}).model
    with pytest.raises(Unavailable, match=second.url):
        await chat.ainvoke(ASKED)


async def test_an_answer_names_who_gave_it_and_why_it_was_not_the_other(
    tgi_server: StartTgi, tmp_path: Path
) -> None:
    first = tgi_server(lambda _body: DOWN)
    second = tgi_server(lambda _body: Text("Hello."))
    settings = _settings(first.url, ChatServer(url=second.url, model="two"), data=tmp_path)
    async with open_parts(settings) as parts:
        answer = await parts.turns.answer(Question(question="Hi", mode="chat"), LOCAL)
    assert answer.answer == "Hello."
    assert answer.models["chat"] == f"two at {second.url}"
    assert [warning for warning in answer.warnings if first.url in warning]
    assert f"two at {second.url} answered instead." in answer.warnings[0]


def test_the_chain_is_a_list_of_servers_in_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    second = {"url": "http://two:8000", "api": "openai", "model": "two", "api_key": "hush"}
    monkeypatch.setenv("DOCSQL_CHAT__FALLBACK", json.dumps([second]))
    (server,) = load_settings().chat.fallback
    assert (server.url, server.api, server.model) == ("http://two:8000", "openai", "two")
    assert "hush" not in str(server)
