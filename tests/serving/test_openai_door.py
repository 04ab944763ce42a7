"""OpenAI's own client in front of a real service."""

from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from docsql_process import Service
from openai import DefaultHttpxClient, OpenAI
from openai.types.chat import ChatCompletionMessageParam

COUNT = "How many repairs are there?"
RETURNS = "Within how many days may a bicycle be returned?"


@pytest.fixture
def client(service: Service) -> Iterator[OpenAI]:
    direct = DefaultHttpxClient(trust_env=False, timeout=30)
    with OpenAI(
        base_url=f"{service.url}/v1", api_key="none", http_client=direct, max_retries=0
    ) as client:
        yield client


def asked(*said: str) -> list[ChatCompletionMessageParam]:
    """A conversation that begins and ends with the user."""
    return [
        {"role": "assistant", "content": text} if turn % 2 else {"role": "user", "content": text}
        for turn, text in enumerate(said)
    ]


def test_a_question_is_answered_with_its_sources(client: OpenAI) -> None:
    reply = client.chat.completions.create(model="docsql", messages=asked(RETURNS))
    content = reply.choices[0].message.content or ""
    assert "21 days" in content
    assert content.endswith("[1] Return policy (returns.md)")
    assert reply.choices[0].finish_reason == "stop"
    assert reply.usage is not None
    (noted,) = reply.choices[0].message.annotations or []
    mark = noted.url_citation
    assert (mark.title, content[mark.start_index : mark.end_index]) == ("Return policy", "[1]")
    passage = httpx.get(mark.url, trust_env=False).json()
    assert "21 days" in passage["passages"][0]["text"]
    answer: dict[str, Any] = (reply.model_extra or {})["docsql"]
    assert (answer["route"], answer["citations"][0]["source"]) == ("documents", "returns.md")


def test_an_answer_streams_and_ends_with_its_sources_and_usage(client: OpenAI) -> None:
    stream = client.chat.completions.create(
        model="docsql",
        messages=asked(COUNT),
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    assert chunks[0].choices[0].delta.role == "assistant"
    pieces = [c.choices[0].delta.content or "" for c in chunks if c.choices]
    told = "".join(pieces)
    assert "7" in told
    assert told.endswith("[1] shop: `SELECT COUNT(*) AS count_repairs FROM repairs`")
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].usage is not None
    assert len({chunk.id for chunk in chunks}) == 1


def test_what_a_streamed_answer_cites_comes_as_annotations(client: OpenAI) -> None:
    stream = client.chat.completions.create(model="docsql", messages=asked(RETURNS), stream=True)
    deltas = [chunk.choices[0].delta.model_extra or {} for chunk in stream]
    (noted,) = [delta["annotations"] for delta in deltas if "annotations" in delta]
    assert [each["url_citation"]["title"] for each in noted] == ["Return policy"]


def test_earlier_messages_are_the_history_and_nothing_is_kept(
    client: OpenAI, service: Service
) -> None:
    before = _threads(service)
    reply = client.chat.completions.create(
        model="docsql",
        messages=asked("How many repairs has the workshop Harbour?", "3 repairs.", "And Old Mill?"),
    )
    answer: dict[str, Any] = (reply.model_extra or {})["docsql"]
    assert [query["rows"] for query in answer["queries"]] == [[[2]]]
    assert _threads(service) == before


def test_a_thread_that_is_named_remembers_by_itself(client: OpenAI, service: Service) -> None:
    kept = {"thread_id": "openai"}
    for question in ("How many repairs has the workshop Harbour?", "And Old Mill?"):
        reply = client.chat.completions.create(
            model="docsql", messages=asked(question), metadata=kept
        )
    assert (reply.model_extra or {})["docsql"]["queries"][0]["rows"] == [[2]]
    thread = httpx.delete(f"{service.url}/threads/openai", trust_env=False).json()
    assert thread["deleted"]["turns"] == 2


def test_an_answer_that_is_to_be_stored_is_a_thread_of_its_own(
    client: OpenAI, service: Service
) -> None:
    reply = client.chat.completions.create(model="docsql", messages=asked(COUNT), store=True)
    thread_id = (reply.model_extra or {})["docsql"]["thread_id"]
    assert thread_id in _threads(service)
    httpx.delete(f"{service.url}/threads/{thread_id}", trust_env=False)


def test_the_modes_are_models(client: OpenAI) -> None:
    names = {model.id for model in client.models.list()}
    assert names == {"docsql", "docsql-documents", "docsql-sql", "docsql-chat"}
    assert client.models.retrieve("docsql-sql").id == "docsql-sql"
    reply = client.chat.completions.create(model="docsql-documents", messages=asked(COUNT))
    assert (reply.model_extra or {})["docsql"]["route"] == "documents"


BAD = openai.BadRequestError
PICTURE: dict[str, Any] = {"role": "user", "content": [{"type": "image_url", "image_url": {}}]}
WRONG: list[tuple[dict[str, Any], type[openai.APIStatusError], str, str | None, str | None]] = [
    ({"model": "gpt-4o"}, openai.NotFoundError, "There is no model 'gpt-4o'. Available: docsql,", "model", "model_not_found"),
    ({"model": 5}, BAD, "'model' must be a string, not 5.", "model", "invalid_type"),
    ({"messages": []}, BAD, "'messages' must not be empty.", "messages", "empty_array"),
    ({"messages": [{"role": "assistant", "content": "x"}]}, BAD, "the user's", None, None),
    ({"messages": [{"role": "user", "content": " "}]}, BAD, "is empty", None, None),
    ({"messages": [{"role": "user", "content": "x" * 9000}]}, BAD, "ingest it", None, None),
    ({"messages": [{"role": "user", "content": 5}]}, BAD, "'messages[0].content' must be a string or an array, not 5.", "messages[0].content", "invalid_type"),
    ({"messages": [{"content": "x"}]}, BAD, "The parameter 'messages[0].role' is missing.", "messages[0].role", "missing_required_parameter"),
    ({"messages": [PICTURE]}, BAD, "'messages[0].content[0].type' must be 'text', not 'image_url'.", "messages[0].content[0].type", "invalid_value"),
    ({"n": 2}, BAD, "'n' must be 1, not 2.", "n", "invalid_value"),
    ({"tools": [{"type": "function"}]}, BAD, "'tools' is not supported. Leave it out.", "tools", "unsupported_parameter"),
    ({"response_format": {"type": "json_object"}}, BAD, "must be 'text', not 'json_object'", "response_format.type", "invalid_value"),
    ({"temperature": 9}, BAD, "'temperature' must be at most 2, not 9.", "temperature", "decimal_above_max_value"),
    ({"temperature": "hot"}, BAD, "'temperature' must be a number, not 'hot'.", "temperature", "invalid_type"),
    ({"max_tokens": 0}, BAD, "'max_tokens' must be at least 1, not 0.", "max_tokens", "integer_below_min_value"),
]  # fmt: skip


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize(("changed", "kind", "said", "param", "code"), WRONG)
def test_what_cannot_be_done_is_refused_in_openais_words(
    client: OpenAI,
    changed: dict[str, Any],
    kind: type[openai.APIStatusError],
    said: str,
    param: str | None,
    code: str | None,
    is_streamed: bool,  # noqa: FBT001  # pytest's
) -> None:
    request: Any = {"model": "docsql", "messages": asked(COUNT), "stream": is_streamed, **changed}
    with pytest.raises(kind) as raised:
        client.chat.completions.create(**request)
    assert said in raised.value.message
    assert isinstance(raised.value.body, dict)
    assert raised.value.type == "invalid_request_error"
    assert (raised.value.param, raised.value.code) == (param, code)


def test_a_body_that_is_no_json_is_said_in_openais_shape(service: Service) -> None:
    headers = {"content-type": "application/json"}
    for door in ("chat/completions", "responses"):
        refused = httpx.post(
            f"{service.url}/v1/{door}", content=b"{", headers=headers, trust_env=False
        )
        assert refused.status_code == 400
        assert refused.json()["error"]["message"] == "The body is not valid JSON."


def _threads(service: Service) -> set[str]:
    listed = httpx.get(f"{service.url}/threads?limit=200", trust_env=False).json()["threads"]
    return {thread["id"] for thread in listed}
