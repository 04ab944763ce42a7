"""The stand-in as vLLM and as SGLang, read by OpenAI's own client and by ours."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any, cast

import openai
import pytest
from openai import DefaultHttpxClient, OpenAI
from openai_shapes import CONTEXT, Engine
from standin_server import serve
from standin_tgi import MODEL, Calls, Kind, Reply, Text, TgiStandIn

from serving.models.chat.failures import explain_refusal
from serving.models.chat.openai_compatible import openai_chat
from serving.models.endpoint.endpoint import CallPolicy
from serving.models.endpoint.identity import ask_identity
from tools.errors import BadInput

TOOLS: Any = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]
LONG = "word " * 10_000


def brain(body: dict[str, Any]) -> Reply:
    if "tools" in body:
        return Calls([("look", {"at": 1}), ("look", {"at": 2})])
    return Text('{"n": 7}' if "response_format" in body else "Seven.", thought="Is it six? No.")


@pytest.fixture(params=["vllm", "sglang", "llamacpp"])
def any_server(request: pytest.FixtureRequest) -> Iterator[TgiStandIn]:
    made = TgiStandIn(brain, kind=cast("Kind", request.param))
    with serve(made.app) as made.url:
        yield made


@pytest.fixture(params=["vllm", "sglang"])
def server(request: pytest.FixtureRequest) -> Iterator[TgiStandIn]:
    made = TgiStandIn(brain, kind=cast("Engine", request.param), api_key="right")
    with serve(made.app) as made.url:
        yield made


@pytest.fixture
def client(server: TgiStandIn) -> Iterator[OpenAI]:
    with closing(client_of(server, "right")) as client:
        yield client


def client_of(server: TgiStandIn, key: str) -> OpenAI:
    direct = DefaultHttpxClient(trust_env=False, timeout=10)
    url = f"{server.url}/v1"
    return OpenAI(base_url=url, api_key=key, http_client=direct, max_retries=0)


def ask(client: OpenAI, text: str, **more: Any) -> Any:
    create: Any = client.chat.completions.create
    return create(model=MODEL, messages=[{"role": "user", "content": text}], **more)


async def test_it_says_what_it_is(server: TgiStandIn) -> None:
    found = await ask_identity(server.url, api_key="right")
    assert (found.server, found.context_tokens) == (server.kind, CONTEXT)


def test_it_makes_two_calls_at_once(client: OpenAI) -> None:
    made = ask(client, "Look twice.", tools=TOOLS).choices[0]
    assert made.finish_reason == "tool_calls"
    assert [json.loads(call.function.arguments) for call in made.message.tool_calls] == [
        {"at": 1},
        {"at": 2},
    ]


def test_vllm_refuses_a_model_that_it_does_not_serve_and_sglang_takes_any(
    server: TgiStandIn, client: OpenAI
) -> None:
    create: Any = client.chat.completions.create
    asked = {"model": "another", "messages": [{"role": "user", "content": "How many?"}]}
    if server.kind == "sglang":
        assert create(**asked).choices[0].message.content == "Seven."
        return
    with pytest.raises(openai.NotFoundError) as raised:
        create(**asked)
    assert raised.value.body == {
        "message": "The model `another` does not exist.",
        "type": "NotFoundError",
        "param": None,
        "code": 404,
    }


def test_thoughts_have_a_field_of_their_own(any_server: TgiStandIn) -> None:
    with closing(client_of(any_server, "none")) as client:
        whole = ask(client, "How many?").choices[0].message
        deltas = [chunk.choices[0].delta for chunk in ask(client, "How many?", stream=True)]
    assert (whole.content, whole.reasoning_content) == ("Seven.", "Is it six? No.")
    assert "".join(one.content or "" for one in deltas) == "Seven."
    thoughts = [getattr(one, "reasoning_content", None) or "" for one in deltas]
    assert "".join(thoughts) == "Is it six? No."


async def test_our_client_reads_what_it_thinks_and_what_it_says(any_server: TgiStandIn) -> None:
    model = openai_chat(any_server.url, model=MODEL, policy=CallPolicy(tries=1))
    said = await model.ainvoke("How many?")
    assert (said.text, said.additional_kwargs["reasoning_content"]) == ("Seven.", "Is it six? No.")


def test_guided_json_is_asked_for_in_openais_form_and_tgis_is_refused(
    any_server: TgiStandIn,
) -> None:
    schema: dict[str, Any] = {"type": "object", "properties": {"n": {"type": "integer"}}}
    ours = openai_chat(any_server.url, model=MODEL, policy=CallPolicy(tries=1)).grammar("a", schema)
    with closing(client_of(any_server, "none")) as client:
        assert json.loads(ask(client, "How many?", **ours).choices[0].message.content) == {"n": 7}
        with pytest.raises(openai.BadRequestError):
            ask(client, "How many?", response_format={"type": "json", "value": schema})
        with pytest.raises(openai.BadRequestError):
            ask(client, "How many?", response_format={"type": "json_schema", "json_schema": {}})


def test_a_stream_ends_with_its_usage(client: OpenAI) -> None:
    chunks = list(ask(client, "How many?", stream=True, stream_options={"include_usage": True}))
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens > 0


def test_a_prompt_that_is_too_long_is_refused_in_words_that_we_read(
    client: OpenAI, server: TgiStandIn
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        ask(client, LONG)
    response = refused.value.response
    said = explain_refusal("The model", 400, response.text, response.headers)
    assert isinstance(said, BadInput)
    assert "too long for it (" in str(said)
    assert "{" not in str(said)
    assert ("error" in response.json()) == (server.kind == "vllm")


def test_a_wrong_key_is_refused(server: TgiStandIn) -> None:
    with closing(client_of(server, "wrong")) as client, pytest.raises(openai.AuthenticationError):
        ask(client, "How many?")
