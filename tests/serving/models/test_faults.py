"""Every way in which a model server fails, as tests/fixtures/models/faults.jsonl lists them.

A case says what a client asks (`ask`), what the server does in turn (`replies`, the last for good;
`fails` for TEI), and what comes of it: an `answer`, an `error` of the server, or a request
`refused`; how often the server was `asked`; and what had been `shown` by then.
"""

import asyncio
import json
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast

import pytest
from langchain_core.messages import HumanMessage, SystemMessage
from standin_tei import StartTei
from standin_tgi import Brain, Fault, Raw, Reply, StartTgi, Text

from serving.models.chat.tgi import tgi_chat
from serving.models.endpoint.endpoint import CallPolicy
from serving.models.sql_coder import TgiCompletion
from serving.models.text.openai import OpenAICompatibleEmbeddings
from serving.models.text.tei import TeiEmbeddings, TeiReranker
from tools.errors import BadInput, Unavailable

Case = dict[str, Any]
CASES: list[Case] = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "fixtures" / "models" / "faults.jsonl")
    .read_text("utf-8")
    .splitlines()
]
ASKED = [SystemMessage("Be brief."), HumanMessage("How many racks?")]
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {"name": "f", "parameters": {"type": "object", "properties": {}}},
}

pytestmark = pytest.mark.filterwarnings("ignore:The `dict` method is deprecated:DeprecationWarning")


def _reply(said: str | dict[str, Any]) -> Reply:
    match said:
        case str():
            return Text(said)
        case {"raw": _, **more}:
            return Raw([piece.encode() for piece in said["raw"]], **more)
        case {"split": str(text)}:
            return Raw([bytes([byte]) for byte in text.encode()])
        case _:
            return Fault(**said)


def _brain(replies: list[Any]) -> Brain:
    left = [_reply(said) for said in replies]
    return lambda _body: left.pop(0) if len(left) > 1 else left[0]


def _policy(case: Case) -> CallPolicy:
    given: dict[str, Any] = {"pause_s": 0.01, "first_token_s": 20.0, **case.get("patience", {})}
    return CallPolicy(**given)


@pytest.mark.parametrize(
    "case", [case for case in CASES if "replies" in case], ids=lambda c: c["name"]
)
async def test_a_fault_of_a_model_ends_as_its_case_says(tgi_server: StartTgi, case: Case) -> None:
    server = tgi_server(_brain(case["replies"]))
    shown: list[str] = []
    chat = tgi_chat(server.url, policy=_policy(case))

    async def ask() -> str:
        match case["ask"]:
            case "stream":
                async with aclosing(cast("Any", chat.astream(ASKED))) as pieces:
                    async for piece in pieces:
                        shown.append(piece.text)
                return "".join(shown)
            case "whole":
                return (await chat.ainvoke(ASKED)).text
            case "calls":
                return (await chat.bind_tools([TOOL]).ainvoke(ASKED)).text
            case _:
                coder = TgiCompletion(server.url, policy=_policy(case))
                return await coder.complete("--", stop=[";"], max_new_tokens=8)

    if "answer" in case:
        assert await ask() == case["answer"]
    else:
        kind = Unavailable if "error" in case else BadInput
        with pytest.raises(kind, match=case.get("error") or case["refused"]) as raised:
            await ask()
        assert server.url in str(raised.value)
        assert "".join(shown) == case.get("shown", "")
    assert len(server.requests) == case["asked"]


@pytest.mark.parametrize(
    "case", [case for case in CASES if "fails" in case], ids=lambda c: c["name"]
)
async def test_a_fault_of_an_embedding_server_ends_as_its_case_says(
    tei_server: StartTei, case: Case
) -> None:
    server = tei_server()
    policy = _policy(case)
    embeddings = TeiEmbeddings(server.url, policy=policy)

    async def ask() -> object:
        match case["ask"]:
            case "embed":
                return await embeddings.aembed_query("rack")
            case "embed in a thread":
                return await asyncio.to_thread(embeddings.embed_documents, ["rack"])
            case "embed by openai":
                url = server.url
                openai = OpenAICompatibleEmbeddings(url, model="m", policy=policy)
                assert await openai.aembed_documents(["rack", "price"]) == [
                    pytest.approx(vector)
                    for vector in embeddings.embed_documents(["rack", "price"])
                ]
                return True
            case _:
                return await TeiReranker(server.url, policy=policy).rerank("rack", ["rack"])

    server.fails = list(case["fails"])
    if "error" in case:
        with pytest.raises(Unavailable, match=case["error"]):
            await ask()
    else:
        assert await ask()
    extra = 1 if case["ask"] == "embed by openai" else 0
    assert len(server.requests) == case["asked"] + extra


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 30
    assert len({case["name"] for case in CASES}) == len(CASES)
