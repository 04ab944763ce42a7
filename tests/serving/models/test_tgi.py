"""The TGI chat client against the stand-in, each trap of TGI's protocol a case."""

import asyncio
import json
import socket
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.tools import BaseTool, tool
from standin_tgi import Brain, Calls, Fault, RawCall, Reply, StartTgi, Text

from serving.models.chat.capabilities import ChatCapabilities
from serving.models.chat.tgi import TgiChatModel, tgi_chat
from serving.models.endpoint.endpoint import CallPolicy
from tools.errors import BadInput, DocsqlError, Unavailable

QUESTION = "How many racks?"


@tool
def search_documents(query: str, limit: int = 5) -> str:
    """Find passages."""
    return f"{query} {limit}"


@tool
def query_database(question: str) -> str:
    """Ask the database."""
    return question


@tool
def list_databases() -> str:
    """Name the databases."""
    return ""


TOOLS: list[BaseTool] = [search_documents, query_database, list_databases]
BOTH = Calls([("search_documents", {"query": "rack"}), ("query_database", {"question": "racks?"})])


# What a bound model is typed as hides that it streams message chunks.
Model = TgiChatModel | Any


def always(reply: Reply) -> Brain:
    return lambda _body: reply


ONCE = CallPolicy(tries=1)
HASTY = CallPolicy(tries=1, first_token_s=0.2, silence_s=0.2)
NATIVE = ChatCapabilities("native")


def connect(url: str, *, policy: CallPolicy = ONCE, **settings: Any) -> TgiChatModel:
    return tgi_chat(url, policy=policy, **settings)


def whole(chunks: Iterable[AIMessageChunk]) -> AIMessageChunk:
    first, *rest = chunks
    return add_ai_message_chunks(first, *rest)


async def streamed(model: Model) -> AIMessageChunk:
    return whole([chunk async for chunk in model.astream(QUESTION)])


def streamed_sync(model: Model) -> AIMessageChunk:
    return whole(model.stream(QUESTION))


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/"])
async def test_the_url_may_end_in_v1_or_not(tgi_server: StartTgi, suffix: str) -> None:
    server = tgi_server(always(Text("Twelve racks.")))
    assert (await connect(server.url + suffix).ainvoke(QUESTION)).text == "Twelve racks."


async def test_a_reply_is_the_same_on_all_four_ways(tgi_server: StartTgi) -> None:
    model = connect(tgi_server(always(Text("Twelve  racks,\nof 42 units."))).url)
    replies = [model.invoke(QUESTION), await model.ainvoke(QUESTION)]
    replies += [streamed_sync(model), await streamed(model)]
    assert {reply.text for reply in replies} == {"Twelve  racks,\nof 42 units."}
    for reply in replies:
        assert reply.usage_metadata is not None
        assert reply.usage_metadata["output_tokens"] == 5
        assert reply.response_metadata["finish_reason"] == "stop"
        assert reply.response_metadata["model_name"] == "stand-in/tgi"


async def test_the_key_is_sent_and_a_wrong_one_is_explained(
    tgi_server: StartTgi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "somebody-elses")
    server = tgi_server(always(Text("Yes.")), api_key="right")
    assert (await connect(server.url, api_key="right").ainvoke(QUESTION)).text == "Yes."
    for wrong in ("wrong", None):
        with pytest.raises(Unavailable, match="refused the API key"):
            await connect(server.url, api_key=wrong).ainvoke(QUESTION)


# What is asked of LangChain's model, and what must be on the wire (None: the key must be absent).
REQUESTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"top_p": 1.0}, {"top_p": None}),
    ({"top_p": 0.9}, {"top_p": 0.9}),
    ({"temperature": 0.0}, {"temperature": 0.0}),
    ({"stop": "END"}, {"stop": ["END"]}),
    ({"stop": ["A", "B", "C", "D"]}, {"stop": ["A", "B", "C", "D"]}),
    ({"stop": []}, {"stop": None}),
    ({"max_tokens": 7}, {"max_tokens": 7, "max_completion_tokens": None}),
    ({"max_completion_tokens": 8}, {"max_tokens": 8, "max_completion_tokens": None}),
    ({"max_tokens": 7, "max_completion_tokens": 8}, {"max_tokens": 7}),
    ({"stream_options": None}, {"stream_options": None}),
    ({"tools": [], "tool_choice": "auto"}, {"tools": None, "tool_choice": None}),
    ({"tools": TOOLS[:1], "tool_choice": "none"}, {"tools": None, "response_format": None}),
    (
        {"response_format": {"type": "json_object"}, "tools": []},
        {"response_format": {"type": "json", "value": {"type": "object"}}, "tools": None},
    ),
    (
        {"response_format": {"type": "regex", "value": "[0-9]+"}},
        {"response_format": {"type": "regex", "value": "[0-9]+"}},
    ),
]


@pytest.mark.parametrize(("asked", "sent"), REQUESTS)
async def test_what_tgi_refuses_is_never_sent(
    tgi_server: StartTgi, asked: dict[str, Any], sent: dict[str, Any]
) -> None:
    server = tgi_server(always(Text("{}")))
    assert (await connect(server.url).ainvoke(QUESTION, **asked)).text == "{}"
    body = server.requests[0]
    assert {name: body.get(name) for name in sent} == sent
    assert not [name for name in sent if sent[name] is None and name in body]


IMPOSSIBLE: list[dict[str, Any]] = [
    {"stop": ["A", "B", "C", "D", "E"]},
    {"logit_bias": {"1": 5}},
    {"response_format": {"type": "json_object"}, "tools": [{"function": {"name": "f"}}]},
]


@pytest.mark.parametrize("asked", IMPOSSIBLE)
@pytest.mark.parametrize("native", [False, True])
async def test_what_tgi_cannot_do_is_said_before_it_is_asked(
    tgi_server: StartTgi, asked: dict[str, Any], *, native: bool
) -> None:
    server = tgi_server(always(Text("")))
    with pytest.raises(BadInput):
        await connect(
            server.url, capabilities=ChatCapabilities("native" if native else "guided")
        ).ainvoke(QUESTION, **asked)
    assert server.requests == []


async def test_structured_output_is_asked_for_in_tgis_own_shape(tgi_server: StartTgi) -> None:
    server = tgi_server(always(Text('{"racks": 12}')))
    schema = {
        "title": "racks",
        "type": "object",
        "properties": {"racks": {"type": "integer"}},
        "required": ["racks"],
    }
    asked = {"type": "json_schema", "json_schema": {"name": "racks", "schema": schema}}
    reply = await connect(server.url).ainvoke(QUESTION, response_format=asked)
    assert json.loads(reply.text) == {"racks": 12}
    wanted = server.requests[0]["response_format"]
    assert (wanted["type"], wanted["value"]["name"]) == ("json_schema", "racks")
    assert wanted["value"]["schema"]["required"] == ["racks"]
    assert "json_schema" not in wanted
    assert "tools" not in server.requests[0]


# Guided calls


async def test_one_reply_makes_several_calls_with_ids_of_their_own(tgi_server: StartTgi) -> None:
    server = tgi_server(always(BOTH))
    bound = connect(server.url).bind_tools(TOOLS)
    replies = [bound.invoke(QUESTION), await bound.ainvoke(QUESTION)]
    replies += [chunk async for chunk in bound.astream(QUESTION) if chunk.tool_calls]
    assert [[call["name"] for call in reply.tool_calls] for reply in replies] == [
        ["search_documents", "query_database"]
    ] * 3
    assert replies[0].tool_calls[0]["args"] == {"query": "rack"}
    assert {reply.text for reply in replies} == {""}
    assert len({call["id"] for reply in replies for call in reply.tool_calls}) == 6
    assert all(reply.usage_metadata for reply in replies)
    for body in server.requests:
        assert body["response_format"]["type"] == "json_schema"
        assert not {"tools", "tool_choice", "parallel_tool_calls"} & body.keys()


async def test_the_grammar_ties_each_name_to_its_own_arguments(tgi_server: StartTgi) -> None:
    server = tgi_server(always(BOTH))
    await connect(server.url).bind_tools(TOOLS).ainvoke(QUESTION)
    calls = server.requests[0]["response_format"]["value"]["schema"]["properties"]["calls"]
    assert (calls["minItems"], calls["maxItems"]) == (0, 4)
    named = {
        one["properties"]["name"]["enum"][0]: list(one["properties"]["arguments"]["properties"])
        for one in calls["items"]["anyOf"]
    }
    assert named == {
        "search_documents": ["query", "limit"],
        "query_database": ["question"],
        "list_databases": [],
    }


CHOICES: list[tuple[dict[str, Any], tuple[int, int, int]]] = [
    ({"tool_choice": "auto"}, (0, 4, 3)),
    ({"tool_choice": "any"}, (1, 4, 3)),
    ({"tool_choice": "query_database"}, (1, 4, 1)),
    ({"parallel_tool_calls": False}, (0, 1, 3)),
]


@pytest.mark.parametrize(("choice", "expected"), CHOICES)
async def test_a_tool_choice_becomes_part_of_the_grammar(
    tgi_server: StartTgi, choice: dict[str, Any], expected: tuple[int, int, int]
) -> None:
    server = tgi_server(always(Calls([])))
    await connect(server.url).bind_tools(TOOLS, **choice).ainvoke(QUESTION)
    calls = server.requests[0]["response_format"]["value"]["schema"]["properties"]["calls"]
    assert (calls["minItems"], calls["maxItems"], len(calls["items"]["anyOf"])) == expected


async def test_no_calls_is_an_empty_message(tgi_server: StartTgi) -> None:
    bound = connect(tgi_server(always(Calls([]))).url).bind_tools(TOOLS)
    reply = await bound.ainvoke(QUESTION)
    assert (reply.content, reply.tool_calls, reply.invalid_tool_calls) == ("", [], [])


# What the model wrote, and for each invalid call its name and a word of the explanation.
MALFORMED: list[tuple[str, list[tuple[str | None, str]]]] = [
    ("", [(None, "not one JSON object")]),
    ("I would search.", [(None, "not one JSON object")]),
    ('{"calls": [{"name": "search_docu', [(None, "not one JSON object")]),
    ('{"calls": [42]}', [(None, "A call is")]),
    (
        '{"calls": [{"name": "drop_tables", "arguments": {}}]}',
        [("drop_tables", "There is no tool")],
    ),
    (
        '{"calls": [{"name": "search_documents", "arguments": {"limit": 3}}]}',
        [("search_documents", "'query' is a required property")],
    ),
    (
        '{"calls": [{"name": "query_database", "arguments": {"question": 7}}]}',
        [("query_database", "7 is not of type 'string'")],
    ),
]


@pytest.mark.parametrize(("written", "expected"), MALFORMED)
async def test_a_call_that_cannot_be_made_is_kept_as_invalid(
    tgi_server: StartTgi, written: str, expected: list[tuple[str | None, str]]
) -> None:
    bound = connect(tgi_server(always(Text(written))).url).bind_tools(TOOLS)
    streamed_reply = await anext(aiter(bound.astream(QUESTION)))
    for reply in (await bound.ainvoke(QUESTION), streamed_reply):
        assert reply.tool_calls == []
        assert [call["name"] for call in reply.invalid_tool_calls] == [name for name, _ in expected]
        for call, (_, word) in zip(reply.invalid_tool_calls, expected, strict=True):
            assert word in (call["error"] or "")


async def test_one_bad_call_does_not_spoil_the_good_one(tgi_server: StartTgi) -> None:
    mixed = Calls([("nothing", {}), ("query_database", {"question": "racks?"})])
    reply = await connect(tgi_server(always(mixed)).url).bind_tools(TOOLS).ainvoke(QUESTION)
    assert [call["name"] for call in reply.tool_calls] == ["query_database"]
    assert [call["name"] for call in reply.invalid_tool_calls] == ["nothing"]


async def test_earlier_calls_and_results_are_told_as_text(tgi_server: StartTgi) -> None:
    server = tgi_server(always(Calls([])))
    calls = [
        {"name": "search_documents", "args": {"query": "rack"}, "id": "one"},
        {"name": "query_database", "args": {"question": "racks?"}, "id": "two"},
    ]
    history: list[BaseMessage] = [
        SystemMessage("Be exact."),
        HumanMessage(QUESTION),
        AIMessage("", tool_calls=calls),
        ToolMessage("A rack has 42 units.", tool_call_id="one"),
        ToolMessage("12", tool_call_id="two"),
    ]
    await connect(server.url).bind_tools(TOOLS).ainvoke(history)
    system, question, told, results = server.requests[0]["messages"]
    assert system["content"].startswith("Be exact.\n\n")
    assert "search_documents: Find passages." in system["content"]
    assert '"query"' in system["content"]
    assert question == {"role": "user", "content": QUESTION}
    assert told["role"] == "assistant"
    assert told["content"].startswith('{"calls": [{"name": "search_documents"')
    assert "tool_calls" not in told
    assert results["role"] == "user"
    assert results["content"] == (
        'Result of search_documents {"query": "rack"}:\nA rack has 42 units.\n\n'
        'Result of query_database {"question": "racks?"}:\n12'
    )


# Native tools


@pytest.mark.parametrize("text", ["", "Let me look."])
async def test_a_message_with_calls_goes_out_without_a_text(
    tgi_server: StartTgi, text: str
) -> None:
    server = tgi_server(always(Text("Twelve.")))
    call = {"name": "query_database", "args": {"question": "racks?"}, "id": "one"}
    history: list[BaseMessage] = [
        HumanMessage(QUESTION),
        AIMessage(text, tool_calls=[call]),
        ToolMessage("12", tool_call_id="one"),
    ]
    await connect(server.url).ainvoke(history)
    assistant = server.requests[0]["messages"][1]
    assert assistant["content"] is None
    assert assistant["tool_calls"][0]["function"]["name"] == "query_database"


async def test_native_calls_get_ids_of_our_own_on_all_four_ways(tgi_server: StartTgi) -> None:
    server = tgi_server(always(BOTH))
    model = connect(server.url, capabilities=NATIVE)
    bound: Any = model.bind_tools([search_documents])
    replies: list[AIMessage] = [bound.invoke(QUESTION), await bound.ainvoke(QUESTION)]
    replies += [streamed_sync(bound), await streamed(bound)]
    for reply in replies:
        assert [(call["name"], call["args"]) for call in reply.tool_calls] == [
            ("search_documents", {"query": "rack"})
        ]
    ids = {call["id"] for reply in replies for call in reply.tool_calls}
    assert len(ids) == 4
    assert "0" not in ids
    assert server.requests[0]["tools"][0]["function"]["name"] == "search_documents"


async def test_a_tool_without_parameters_is_sent_with_empty_ones(tgi_server: StartTgi) -> None:
    server = tgi_server(always(Text("No.")))
    bare = {"type": "function", "function": {"name": "now", "description": "The time."}}
    await connect(server.url, capabilities=NATIVE).ainvoke(QUESTION, tools=[bare])
    sent = server.requests[0]["tools"][0]["function"]
    assert sent["parameters"] == {"type": "object", "properties": {}}


ODD_ARGUMENTS: list[tuple[str, list[str], dict[str, Any]]] = [
    ("list_databases", ["{"], {}),
    ("list_databases", ["{", "}"], {}),
    ("search_documents", ["{", ", ", '"query": "a"}'], {"query": "a"}),
    ("search_documents", ["{, ", '"query": "a"}'], {"query": "a"}),
    (
        "search_documents",
        ['{"query"', ': "a, {b"', ', "limit": 3}'],
        {"query": "a, {b", "limit": 3},
    ),
]


@pytest.mark.parametrize(("name", "pieces", "args"), ODD_ARGUMENTS)
async def test_known_faults_of_the_grammar_are_mended(
    tgi_server: StartTgi, name: str, pieces: list[str], args: dict[str, Any]
) -> None:
    server = tgi_server(always(RawCall(name, pieces)))
    bound: Any = connect(server.url, capabilities=NATIVE).bind_tools(TOOLS)
    replies: list[AIMessage] = [await bound.ainvoke(QUESTION), await streamed(bound)]
    for reply in replies:
        assert [call["args"] for call in reply.tool_calls] == [args]
        assert reply.invalid_tool_calls == []


# A call that is only half there, and who has to act.
HALF_CALLS: list[tuple[RawCall, type[DocsqlError]]] = [
    (RawCall("search_documents", ["{"]), Unavailable),
    (RawCall("search_documents", ['{"query": "a', "nd"]), Unavailable),
    (RawCall("search_documents", ['{"query": "a', "nd"], "length"), BadInput),
]


@pytest.mark.parametrize(("call", "error"), HALF_CALLS)
async def test_half_a_streamed_call_is_no_call(
    tgi_server: StartTgi, call: RawCall, error: type[DocsqlError]
) -> None:
    bound = connect(tgi_server(always(call)).url, capabilities=NATIVE).bind_tools(TOOLS)
    with pytest.raises(error):
        [chunk async for chunk in bound.astream(QUESTION)]


# Failures

BROKEN_STREAMS: list[tuple[Fault, type[DocsqlError], str]] = [
    (Fault("cut_off"), Unavailable, "broke off its reply"),
    (Fault("cut_off", '"data: [DONE]" he said'), Unavailable, "broke off its reply"),
    (Fault("no_done"), Unavailable, "ended before its .DONE."),
    (Fault("broken"), Unavailable, "broke off its reply"),
    (Fault("no_reason"), Unavailable, "no finish_reason came"),
    (Fault("in_stream_error", "Model is overloaded"), Unavailable, "is overloaded"),
    (Fault("in_stream_error", "Input validation error: too long"), BadInput, "too long"),
]


@pytest.mark.parametrize(("fault", "error", "told"), BROKEN_STREAMS)
@pytest.mark.parametrize("is_async", [False, True])
async def test_a_stream_that_is_not_whole_raises(
    tgi_server: StartTgi, fault: Fault, error: type[DocsqlError], told: str, *, is_async: bool
) -> None:
    server = tgi_server(always(fault))
    model = connect(server.url)
    with pytest.raises(error, match=told) as raised:
        await streamed(model) if is_async else streamed_sync(model)
    assert server.url in str(raised.value)


FAILURES: list[tuple[Fault, type[DocsqlError], str]] = [
    (Fault("http", "unhealthy", 503, "healthcheck"), Unavailable, "failed .HTTP 503"),
    (Fault("http", "Incomplete generation", 500, "incomplete_generation"), Unavailable, "500"),
    (Fault("http", "Request failed during generation", 424, "generation"), Unavailable, "424"),
    (Fault("http", "Model is overloaded", 429), Unavailable, "is overloaded: try again"),
    (Fault("http", "Template error: x", 422, "template_error"), Unavailable, "Template error"),
    (Fault("http", "`inputs` must be <= 4096", 422, "validation"), BadInput, "<= 4096"),
    (Fault("not_json"), Unavailable, "does not speak /v1/chat/completions"),
]


@pytest.mark.parametrize(("fault", "error", "told"), FAILURES)
@pytest.mark.parametrize("is_async", [False, True])
async def test_a_failure_names_the_server_and_who_must_act(
    tgi_server: StartTgi, fault: Fault, error: type[DocsqlError], told: str, *, is_async: bool
) -> None:
    server = tgi_server(always(fault))
    model = connect(server.url)
    with pytest.raises(error, match=told) as raised:
        await model.ainvoke(QUESTION) if is_async else model.invoke(QUESTION)
    assert server.url in str(raised.value)


async def test_an_overloaded_server_is_asked_again(tgi_server: StartTgi) -> None:
    replies = iter([Fault("http", "Model is overloaded", 429), Text("Twelve.")])
    server = tgi_server(lambda _body: next(replies))
    assert (await tgi_chat(server.url).ainvoke(QUESTION)).text == "Twelve."
    assert len(server.requests) == 2


async def test_a_server_that_is_not_there_is_explained() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    ways: list[Callable[[TgiChatModel], Any]] = [
        lambda model: model.invoke(QUESTION),
        lambda model: list(model.stream(QUESTION)),
    ]
    for way in ways:
        with pytest.raises(Unavailable, match=r"cannot be reached .*check that it runs"):
            way(connect(url))
    with pytest.raises(Unavailable, match=url):
        await connect(url).ainvoke(QUESTION)


async def test_a_password_in_the_url_is_not_shown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unavailable) as raised:
        await connect(f"http://user:hush@127.0.0.1:{port}").ainvoke(QUESTION)
    assert "hush" not in str(raised.value)


async def test_a_silent_server_is_given_up(tgi_server: StartTgi) -> None:
    model = connect(tgi_server(always(Fault("silence"))).url, policy=HASTY)
    with pytest.raises(Unavailable, match="did not answer in time"):
        await model.ainvoke(QUESTION)
    with pytest.raises(Unavailable, match="did not answer in time"):
        await streamed(model)


async def test_tokens_that_stop_coming_are_given_up(tgi_server: StartTgi) -> None:
    server = tgi_server(always(Text("one two three")), token_delay_s=5.0)
    with pytest.raises(Unavailable, match="did not answer in time"):
        await streamed(connect(server.url, policy=HASTY))


async def test_leaving_a_stream_stops_the_model(tgi_server: StartTgi) -> None:
    server = tgi_server(always(Text("word " * 1000)), token_delay_s=0.01)
    async for chunk in connect(server.url, opens_thought=False).astream(QUESTION):
        if chunk.text:
            break
    assert await asyncio.to_thread(server.wait_cancelled)
    assert server.cancelled == 1


async def test_cancelling_a_guided_call_stops_the_model(tgi_server: StartTgi) -> None:
    server = tgi_server(always(Fault("silence")))
    bound = connect(server.url).bind_tools(TOOLS)
    task = asyncio.create_task(bound.ainvoke(QUESTION))
    assert await asyncio.to_thread(server.wait_asked)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(server.wait_cancelled)


def test_one_model_serves_two_event_loops(tgi_server: StartTgi) -> None:
    model = connect(tgi_server(always(Text("Twelve."))).url)
    for _ in range(2):
        assert asyncio.run(model.ainvoke(QUESTION)).text == "Twelve."
