"""OpenAI's own client, sync and async, at the Responses API of a real service."""

import json
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import openai
import pytest
from docsql_process import Folder, Service
from openai import AsyncOpenAI, DefaultAsyncHttpxClient, DefaultHttpxClient, OpenAI
from openai.types.responses import Response, ResponseStreamEvent
from openai.types.responses.response_input_param import McpApprovalResponse
from openai.types.responses.response_output_item import McpApprovalRequest
from openai.types.responses.response_output_text import AnnotationFileCitation
from pydantic import TypeAdapter

from serving.http.openai.responses.shapes import Repeated, Shape
from serving.http.openai.responses.stream import ResponseStream
from serving.wire.answer import Answer

COUNT = "How many repairs are there?"
HARBOUR = "How many repairs has the workshop Harbour?"
RETURNS = "Within how many days may a bicycle be returned?"


@contextmanager
def client_of(service: Service, key: str = "none") -> Generator[OpenAI]:
    direct = DefaultHttpxClient(trust_env=False, timeout=30)
    with OpenAI(
        base_url=f"{service.url}/v1", api_key=key, http_client=direct, max_retries=0
    ) as client:
        yield client


@asynccontextmanager
async def async_client_of(service: Service) -> AsyncGenerator[AsyncOpenAI]:
    direct = DefaultAsyncHttpxClient(trust_env=False, timeout=30)
    async with AsyncOpenAI(
        base_url=f"{service.url}/v1", api_key="none", http_client=direct, max_retries=0
    ) as client:
        yield client


@pytest.fixture
def client(service: Service) -> Iterator[OpenAI]:
    with client_of(service) as client:
        yield client


def docsql(response: Response) -> dict[str, Any]:
    return (response.model_extra or {})["docsql"]


def test_a_response_cites_its_documents_as_annotations(client: OpenAI) -> None:
    response = client.responses.create(model="docsql", input=RETURNS, metadata={"desk": "3"})
    assert (response.status, response.model, response.metadata) == (
        "completed",
        "docsql",
        {"desk": "3"},
    )
    assert "21 days" in response.output_text
    (message,) = response.output
    assert message.type == "message"
    (part,) = message.content
    assert part.type == "output_text"
    (cited,) = part.annotations
    assert isinstance(cited, AnnotationFileCitation)
    assert (cited.filename, part.text[cited.index :][:3]) == ("returns.md", "[1]")
    assert docsql(response)["citations"][0]["document_id"] == cited.file_id
    assert response.usage is not None
    client.responses.delete(response.id)


async def test_the_async_client_goes_on_from_a_response(service: Service) -> None:
    async with async_client_of(service) as client:
        first = await client.responses.create(model="docsql", input=HARBOUR)
        second = await client.responses.create(
            model="docsql", input="And Old Mill?", previous_response_id=first.id
        )
        assert docsql(second)["queries"][0]["rows"] == [[2]]
        assert docsql(second)["thread_id"] == docsql(first)["thread_id"]
        assert second.previous_response_id == first.id
        again = await client.responses.retrieve(second.id)
        assert (again.output, again.created_at) == (second.output, second.created_at)
        for response in (second, first):
            await client.responses.delete(response.id)
    assert docsql(first)["thread_id"] not in _threads(service)


def test_from_an_earlier_response_another_thread_begins(client: OpenAI) -> None:
    first = client.responses.create(model="docsql", input=HARBOUR)

    def then(question: str) -> Response:
        return client.responses.create(
            model="docsql", input=question, previous_response_id=first.id
        )

    then(RETURNS)
    other = then("And Old Mill?")
    assert docsql(other)["queries"][0]["rows"] == [[2]]
    assert docsql(other)["thread_id"] != docsql(first)["thread_id"]


def test_what_is_not_to_be_stored_is_gone_and_leaves_what_it_went_on_from(
    client: OpenAI, service: Service
) -> None:
    first = client.responses.create(model="docsql", input=HARBOUR)
    before = _threads(service)
    response = client.responses.create(
        model="docsql", input="And Old Mill?", previous_response_id=first.id, store=False
    )
    assert docsql(response)["queries"][0]["rows"] == [[2]]
    assert _threads(service) == before
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(response.id)


def test_messages_of_the_input_are_the_history(client: OpenAI) -> None:
    response = client.responses.create(
        model="docsql",
        instructions="Be brief.",
        input=[
            {"role": "user", "content": [{"type": "input_text", "text": HARBOUR}]},
            {"role": "assistant", "content": "3 repairs."},
            {"role": "user", "content": "And Old Mill?"},
        ],
        store=False,
    )
    assert docsql(response)["queries"][0]["rows"] == [[2]]
    assert response.instructions == "Be brief."


BEGUN = ["response.created", "response.in_progress"]
SAID = ["response.output_item.added", "response.content_part.added"]
CLOSED = [
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
]


def test_a_stream_has_the_events_in_their_order(client: OpenAI) -> None:
    events = list(client.responses.create(model="docsql", input=RETURNS, stream=True, store=False))
    names = [event.type for event in events]
    deltas = names.count("response.output_text.delta")
    cited = ["response.output_text.annotation.added"]
    assert deltas
    assert names == [*BEGUN, *SAID, *["response.output_text.delta"] * deltas, *cited, *CLOSED]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    told = "".join(e.delta for e in events if e.type == "response.output_text.delta")
    last = events[-1]
    assert last.type == "response.completed"
    assert last.response.output_text == told


async def test_the_async_clients_stream_ends_with_the_whole_response(service: Service) -> None:
    async with (
        async_client_of(service) as client,
        client.responses.stream(model="docsql-sql", input=COUNT, store=False) as stream,
    ):
        names = [event.type async for event in stream]
        response = await stream.get_final_response()
    assert names[-1] == "response.completed"
    assert response.output_text.endswith(
        "[1] shop: `SELECT COUNT(*) AS count_repairs FROM repairs`"
    )


BAD = openai.BadRequestError
PICTURE = {"role": "user", "content": [{"type": "input_image", "image_url": "x"}]}
APPROVED = {"type": "mcp_approval_response", "approval_request_id": "mcpr_0", "approve": True}
WRONG: list[tuple[dict[str, Any], type[openai.APIStatusError], str, str | None, str | None]] = [
    ({"model": "gpt-5"}, openai.NotFoundError, "There is no model 'gpt-5'", "model", "model_not_found"),
    ({"input": []}, BAD, "'input' must not be empty.", "input", "empty_array"),
    ({"input": ""}, BAD, "'input' must not be empty.", "input", "invalid_value"),
    ({"input": 5}, BAD, "'input' must be a string or an array, not 5.", "input", "invalid_type"),
    ({"input": [{"role": "assistant", "content": "x"}]}, BAD, "user's", None, None),
    ({"input": " "}, BAD, "is empty", None, None),
    ({"input": [PICTURE]}, BAD, "must be 'input_text', 'output_text' or 'text', not 'input_image'", "input[0].content[0].type", "invalid_value"),
    ({"input": [{"type": "item_reference", "id": "x"}]}, BAD, "not 'item_reference'", "input[0].type", "invalid_value"),
    ({"tools": [{"type": "web_search"}]}, BAD, "'tools' is not supported. Leave it out.", "tools", "unsupported_parameter"),
    ({"prompt": {"id": "x"}}, BAD, "'prompt' is not supported. Leave it out.", "prompt", "unsupported_parameter"),
    ({"background": True}, BAD, "'background' must be false, not true.", "background", "invalid_value"),
    ({"metadata": {str(n): "x" for n in range(17)}}, BAD, "'metadata' has more than 16 entries.", "metadata", "object_above_max_properties"),
    ({"text": {"format": {"type": "json_object"}}}, BAD, "must be 'text', not 'json_object'", "text.format.type", "invalid_value"),
    ({"previous_response_id": "resp_0"}, BAD, "Previous response with id 'resp_0' not found.", "previous_response_id", "previous_response_not_found"),
    ({"input": [APPROVED]}, BAD, "previous_response_id", None, None),
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
    request: Any = {"model": "docsql", "input": COUNT, "stream": is_streamed, **changed}
    with pytest.raises(kind) as raised:
        client.responses.create(**request)
    assert said in raised.value.message
    assert raised.value.type == "invalid_request_error"
    assert (raised.value.param, raised.value.code) == (param, code)


@pytest.fixture(scope="module")
def guarded(
    tmp_path_factory: pytest.TempPathFactory, shop_settings: dict[str, str]
) -> Iterator[tuple[OpenAI, OpenAI]]:
    """Two callers of a service whose statements a person approves."""
    approving = {"DOCSQL_DATABASES__SHOP__APPROVAL": "always"}
    home = Folder(tmp_path_factory.mktemp("responses"), {**shop_settings, **approving})
    ann, ben = (home.run("keys", "create", name).stdout.strip() for name in ("ann", "ben"))
    with home.serving() as running, client_of(running, ann) as anns, client_of(running, ben) as b:
        yield anns, b


def test_a_statement_waits_as_an_approval_and_goes_on_when_it_is_given(
    guarded: tuple[OpenAI, OpenAI],
) -> None:
    ann, ben = guarded
    asked = ann.responses.create(model="docsql", input=COUNT, store=False)
    waits = asked.output[-1]
    assert isinstance(waits, McpApprovalRequest)
    assert json.loads(waits.arguments)["sql"].startswith("SELECT COUNT(*)")
    said: McpApprovalResponse = {
        "type": "mcp_approval_response",
        "approval_request_id": waits.id,
        "approve": True,
    }

    def go_on(client: OpenAI) -> Response:
        return client.responses.create(
            model="docsql", previous_response_id=asked.id, input=[said], store=False
        )

    with pytest.raises(openai.BadRequestError, match="not found"):
        go_on(ben)
    done = go_on(ann)
    assert docsql(done)["queries"][0]["rows"] == [[7]]


@pytest.mark.parametrize("words", [(False, True), (True, False), (True, True)])
def test_a_statement_that_is_decided_on_twice_goes_on_waiting(
    guarded: tuple[OpenAI, OpenAI], words: tuple[bool, bool]
) -> None:
    ann, _ = guarded
    asked = ann.responses.create(model="docsql", input=COUNT, store=False)
    first, second = (_decision(asked, approve=word) for word in words)
    with pytest.raises(openai.BadRequestError, match="decides twice"):
        _goes_on(ann, asked, first, second)
    assert docsql(_goes_on(ann, asked, _decision(asked, approve=False)))["queries"] == []


def test_a_message_beside_a_decision_is_refused_unless_it_is_what_led_to_it(
    guarded: tuple[OpenAI, OpenAI],
) -> None:
    ann, _ = guarded
    asked = ann.responses.create(model="docsql", input=COUNT, store=False)
    word, message = _decision(asked, approve=True), {"role": "user", "content": HARBOUR}
    for beside in ((word, message), (message, word)):
        with pytest.raises(openai.BadRequestError, match="afterwards"):
            _goes_on(ann, asked, *beside)
    given_back = asked.output[-1].model_dump(exclude_none=True)
    done = _goes_on(ann, asked, {"role": "user", "content": COUNT}, given_back, word)
    assert docsql(done)["queries"][0]["rows"] == [[7]]


def _decision(asked: Response, *, approve: bool) -> Any:
    id_ = asked.output[-1].id
    return {"type": "mcp_approval_response", "approval_request_id": id_, "approve": approve}


def _goes_on(client: OpenAI, asked: Response, *items: Any) -> Response:
    return client.responses.create(
        model="docsql", previous_response_id=asked.id, input=list(items), store=False
    )


def test_responses_are_their_callers_alone(guarded: tuple[OpenAI, OpenAI]) -> None:
    ann, ben = guarded
    kept = ann.responses.create(model="docsql-chat", input="Hello")
    for attempt in (ben.responses.retrieve, ben.responses.delete):
        with pytest.raises(openai.NotFoundError, match="not found") as raised:
            attempt(kept.id)
        assert raised.value.param == "response_id"
    assert ann.responses.retrieve(kept.id).output_text == kept.output_text
    ann.responses.delete(kept.id)
    with pytest.raises(openai.NotFoundError):
        ann.responses.retrieve(kept.id)


ANSWER = Answer.model_validate(
    {"answer": "Seven [1].", "status": "answered", "route": "sql", "models": {}, "thread_id": "t"}
)
CHECKED: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)


def _streamed(*said: tuple[str, str]) -> list[ResponseStreamEvent]:
    shape = Shape(name="0", created_at=0, asked=Repeated(model="docsql", store=True))
    stream = ResponseStream(shape)
    events = list(stream.begun())
    for how, text in said:
        events += {"think": stream.think, "speak": stream.speak}[how](text)
    return [CHECKED.validate_python(event) for event in (*events, *stream.completed(ANSWER))]


def test_what_a_model_thinks_is_an_item_before_the_message() -> None:
    events = _streamed(("think", "Count"), ("think", " them."), ("speak", "Seven [1]."))
    names = [event.type.removeprefix("response.") for event in events]
    assert names[2:9] == [
        "output_item.added",
        "content_part.added",
        "reasoning_text.delta",
        "reasoning_text.delta",
        "reasoning_text.done",
        "content_part.done",
        "output_item.done",
    ]
    last = events[-1]
    assert last.type == "response.completed"
    assert [item.type for item in last.response.output] == ["reasoning", "message"]
    places = [e.output_index for e in events if e.type == "response.output_text.delta"]
    assert places == [1]


@pytest.mark.parametrize(
    ("pieces", "deltas"),
    [
        (["Seven", " [1]."], ["Seven", " [1]."]),
        (["Seven"], ["Seven", " [1]."]),
        ([], ["Seven [1]."]),
        (["Seven."], ["Seven."]),
    ],
)
def test_the_last_events_have_the_text_that_counts(pieces: list[str], deltas: list[str]) -> None:
    events = _streamed(*(("speak", piece) for piece in pieces))
    assert [e.delta for e in events if e.type == "response.output_text.delta"] == deltas
    assert [e.text for e in events if e.type == "response.output_text.done"] == ["Seven [1]."]


def test_a_turn_that_fails_says_so_in_the_last_event() -> None:
    shape = Shape(name="0", created_at=0, asked=Repeated(model="docsql", store=True))
    (event,) = map(CHECKED.validate_python, ResponseStream(shape).failed("The model is away."))
    assert event.type == "response.failed"
    assert event.response.error is not None
    assert event.response.error.message == "The model is away."


def _threads(service: Service) -> set[str]:
    listed = httpx.get(f"{service.url}/threads?limit=200", trust_env=False).json()["threads"]
    return {thread["id"] for thread in listed}
