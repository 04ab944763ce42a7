"""Probing of three kinds of servers, once each."""

import json
from pathlib import Path
from typing import Any

import pytest
from standin_tgi import MODEL, Brain, Calls, Fault, Kind, Raw, Reply, StartTgi, Text

from agent.window import estimate_tokens
from serving.config.models import ChatSettings
from serving.config.settings import Settings
from serving.models.chat.capabilities import ChatCapabilities
from serving.models.chat.exam import CASES
from serving.models.chat.openai_compatible import CompatibleChatModel
from serving.models.endpoint.window import ASSUMED_TOKENS, TEMPLATE_TOKENS, ModelWindow
from serving.parts.assembly import toolbox_over
from serving.parts.chat import chat_part
from serving.parts.probes import ChatProbes, probes_of

BOTH = Calls([("look_up_weather", {"city": "Paris"}), ("look_up_weather", {"city": "Oslo"})])
ASKED = {"question": "x", "database": "library"}
IN_PROSE = 'Gladly. {"calls": [{"name": "look_up_weather", "arguments": {"city": "Oslo"}}]} Done.'


def able(body: dict[str, Any]) -> Reply:
    """Calls both tools where it can, and keeps to the grammars it is given."""
    wanted = json.dumps(body.get("response_format") or {})
    if '"number"' in wanted:
        return Text('{"number": 4}')
    return BOTH if "look_up_weather" in json.dumps(body) else Text("Yes.")


def ignores_grammar(body: dict[str, Any]) -> Reply:
    """Serves a model that has neither tools nor grammars, and says so of the tools alone."""
    if body.get("tools"):
        return Fault("http", "auto tool choice requires --enable-auto-tool-choice", 400)
    return Text(IN_PROSE if "look_up_weather" in json.dumps(body) else "Yes.")


def has_no_system_role(body: dict[str, Any]) -> Reply:
    if body["messages"][0]["role"] == "system":
        return Fault("http", "Template error: System role not supported", 422, "template_error")
    return able(body)


FOUND: list[tuple[Kind, Brain, ChatCapabilities, list[str]]] = [
    (
        "vllm",
        able,
        ChatCapabilities("native"),
        ["vllm", "reads 8192 tokens", "it made two calls at once"],
    ),
    (
        "sglang",
        able,
        ChatCapabilities("native"),
        ["sglang", "reads 8192 tokens", "it made two calls at once"],
    ),
    (
        "tgi",
        able,
        ChatCapabilities("guided"),
        ["TGI 3.3.7", "reads 4096 tokens", "it made 1, and it keeps"],
    ),
    (
        "llamacpp",
        able,
        ChatCapabilities("guided"),
        ["llamacpp", "reads 8192 tokens", "it made 1, and it keeps"],
    ),
    (
        "vllm",
        ignores_grammar,
        ChatCapabilities("plain"),
        ["made none", "does not keep to a JSON schema"],
    ),
    (
        "tgi",
        has_no_system_role,
        ChatCapabilities("guided", has_system_role=False),
        ["no system role"],
    ),
]


def _probes(tmp_path: Path, url: str, **chat: Any) -> tuple[ChatProbes, CompatibleChatModel]:
    chosen = {"url": url, "decides": "model", "model": MODEL, **chat}
    settings = Settings(data=tmp_path, chat=ChatSettings.model_validate(chosen))
    part = chat_part(settings, {})
    return probes_of(settings, part), part.servers[0].model


def chooses_well(body: dict[str, Any]) -> Reply:
    """Is as able as can be, and knows the exam's answers."""
    if not (asked := _exam_question(body)):
        return able(body)
    (case,) = [case for case in CASES if asked.endswith(case.question)]
    known = {"search_documents": {"query": "x"}, "query_database": ASKED}
    return Calls([(name, known[name]) for name in known if name in case.wanted])


def asks_the_database(body: dict[str, Any]) -> Reply:
    """Asks the database whatever it is asked."""
    return Calls([("query_database", ASKED)]) if _exam_question(body) else able(body)


def _exam_question(body: dict[str, Any]) -> str:
    is_exam = body["messages"][0]["content"].startswith("# decide")
    return body["messages"][-1]["content"] if is_exam else ""


EXAMINED = [(chooses_well, "model", "12 of 12"), (asks_the_database, "together", "4 of 12")]


@pytest.mark.parametrize(("brain", "by", "said"), EXAMINED)
async def test_a_model_is_examined_once_and_decides_alone_if_it_passes(
    tgi_server: StartTgi, tmp_path: Path, brain: Brain, by: str, said: str
) -> None:
    server = tgi_server(brain, kind="vllm")
    for again, asked in ((False, True), (False, False), (True, True)):
        probes, _ = _probes(tmp_path, server.url, api="openai", decides="probe")
        await probes.learn(again=again)
        assert probes.deciding.by == by
        assert said in probes.found[server.url]
        assert any(map(_exam_question, server.requests)) == asked
        server.forget()


async def test_who_decides_can_be_set_and_then_nobody_is_examined(
    tgi_server: StartTgi, tmp_path: Path
) -> None:
    server = tgi_server(able, kind="vllm")
    probes, _ = _probes(tmp_path, server.url, api="openai", decides="embedded")
    await probes.learn()
    assert probes.deciding.by == "embedded"
    assert not any(map(_exam_question, server.requests))


SLOTS: list[tuple[Kind, int, str]] = [
    ("llamacpp", 1, "documents"),
    ("llamacpp", 4, "all"),
    ("vllm", 1, "all"),
]


@pytest.mark.parametrize(("kind", "slots", "ahead"), SLOTS)
async def test_a_statement_is_begun_ahead_where_the_server_works_on_several_requests(
    tgi_server: StartTgi, tmp_path: Path, kind: Kind, slots: int, ahead: str
) -> None:
    server = tgi_server(able, kind=kind)
    server.slots = slots
    probes, _ = _probes(tmp_path, server.url, api="openai", tools="guided")
    assert probes.deciding.ahead == "documents"
    await probes.learn()
    assert probes.deciding.ahead == ahead


@pytest.mark.parametrize(("kind", "brain", "capabilities", "words"), FOUND)
async def test_the_manner_is_what_was_seen_and_the_reason_is_said(
    tgi_server: StartTgi,
    tmp_path: Path,
    kind: Kind,
    brain: Brain,
    capabilities: ChatCapabilities,
    words: list[str],
) -> None:
    server = tgi_server(brain, kind=kind)
    probes, model = _probes(tmp_path, server.url, api="tgi" if kind == "tgi" else "openai")
    await probes.learn()
    assert model.capabilities == capabilities
    assert [word for word in words if word not in probes.found[server.url]] == []
    assert len(server.requests) <= 6


async def test_a_server_that_is_known_is_not_tried_out_again(
    tgi_server: StartTgi, tmp_path: Path
) -> None:
    server = tgi_server(able, kind="vllm")
    for again, asked in ((False, True), (False, False), (True, True)):
        probes, model = _probes(tmp_path, server.url, api="openai")
        await probes.learn(again=again)
        assert model.capabilities == ChatCapabilities("native")
        assert bool(server.requests) == asked
        server.forget()


async def test_what_a_setting_says_is_not_tried_out(tgi_server: StartTgi, tmp_path: Path) -> None:
    server = tgi_server(able)
    probes, model = _probes(tmp_path, server.url, tools="plain", context_tokens=2048)
    await probes.learn()
    assert model.capabilities == ChatCapabilities("plain")
    assert "because it is set" in probes.found[server.url]
    assert server.requests == []
    assert probes.chats[0].window.room(1000) == 1048 - TEMPLATE_TOKENS


async def test_a_server_that_does_not_answer_leaves_what_was_assumed(tmp_path: Path) -> None:
    probes, model = _probes(tmp_path, "http://127.0.0.1:1", tries=1)
    await probes.learn()
    assert model.capabilities == ChatCapabilities("guided")
    assert "cannot be reached" in probes.found["http://127.0.0.1:1"]
    assert probes.chats[0].window.room(0) == ASSUMED_TOKENS - TEMPLATE_TOKENS


@pytest.mark.parametrize("kind", ["tgi", "vllm"])
async def test_the_server_counts_tokens(tgi_server: StartTgi, tmp_path: Path, kind: Kind) -> None:
    server = tgi_server(able, kind=kind)
    probes, _ = _probes(tmp_path, server.url, tools="plain")
    text = "one two three"
    assert await probes.chats[0].window.count(text) == estimate_tokens(text)
    await probes.learn()
    assert await probes.chats[0].window.count(text) == 3


@pytest.mark.parametrize("kind", ["tgi", "vllm"])
async def test_a_window_that_nobody_has_asked_for_is_asked_for_once(
    tgi_server: StartTgi, tmp_path: Path, kind: Kind
) -> None:
    probes, _ = _probes(tmp_path, tgi_server(able, kind=kind).url)
    await probes.chats[0].window.look()
    assert probes.chats[0].window.room(96) == {"tgi": 4000, "vllm": 8096}[kind] - TEMPLATE_TOKENS
    assert await probes.chats[0].window.count("one two three") == 3
    assert probes.chats[0].window.ask_server is None


def test_a_prompt_takes_no_more_than_a_server_takes_of_prompts() -> None:
    window = ModelWindow(None, reply=100)
    window.learn(4096, 3000)
    assert (window.room(None), window.room(2000)) == (3000, 2096)


def test_of_several_servers_the_smallest_window_counts() -> None:
    window = ModelWindow(None, reply=100)
    for known in (8192, None, 4000):
        window.learn(known)
    assert (window.room(None), window.room(500)) == (3900, 3500)


async def test_an_answer_that_is_no_model_card_is_an_unknown_server(
    tgi_server: StartTgi, tmp_path: Path
) -> None:
    server = tgi_server(lambda _: Raw([b"<html></html>"], media_type="text/html"))
    server.app.routes[:] = server.app.routes[:1]
    probes, _ = _probes(tmp_path, server.url, tries=1)
    await probes.learn()
    assert "does not speak" in probes.found[server.url]


async def test_an_evaluation_speaks_to_the_server_as_a_service_does(
    tgi_server: StartTgi, tmp_path: Path
) -> None:
    server = tgi_server(able, kind="llamacpp")
    chat = ChatSettings(url=server.url, api="openai", model="stand-in/llamacpp")
    with toolbox_over(Settings(data=tmp_path, chat=chat), {}) as toolbox:
        assert isinstance(toolbox.chat, CompatibleChatModel)
        assert toolbox.chat.capabilities.tools == "guided"
