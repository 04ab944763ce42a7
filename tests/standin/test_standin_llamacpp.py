"""The stand-in as llama.cpp's server has the shapes that the real one was recorded with."""

from typing import Any

import httpx
import pytest
from recorded import Recording, recording
from standin_tgi import Calls, Reply, StartTgi, Text, TgiStandIn

KEY = "a key"
ASK: dict[str, Any] = {"messages": [{"role": "user", "content": "Hi"}]}
STREAM: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}
CALL = Calls([("search_documents", {"query": "warranty"}), ("count_rows", {})])


def _shape(told: Any) -> Any:
    """The names and types of it; of a list, those of its first item."""
    match told:
        case dict():
            return {name: _shape(value) for name, value in told.items()}  # pyright: ignore[reportUnknownVariableType]
        case list():
            return [_shape(one) for one in told[:1]]  # pyright: ignore[reportUnknownVariableType]
        case bool() | str() | None:
            return type(told)
        case _:
            return float


def _answer(server: TgiStandIn, told: Recording, key: str = KEY) -> httpx.Response:
    body = told.request.body
    sent: dict[str, Any] = {"content": body} if isinstance(body, str) else {"json": body}
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    return httpx.request(
        told.request.method, f"{server.url}{told.request.path}", headers=headers, **sent
    )


WHOLE: list[tuple[str, Reply]] = [
    ("text", Text("Good morning.")),
    ("cut", Text("1, 2,", "length")),
    ("native", CALL),
    ("native-two", CALL),
    ("tool-result", CALL),
    ("info", Text("")),
    ("health", Text("")),
    ("tokenize", Text("")),
    ("too-long", Text("")),
    ("no-json", Text("")),
]


@pytest.mark.parametrize(("name", "reply"), WHOLE)
def test_a_reply_has_the_shape_of_the_recorded_one(
    tgi_server: StartTgi, name: str, reply: Reply
) -> None:
    server, told = (
        tgi_server(lambda _: reply, kind="llamacpp", api_key=KEY),
        recording("llamacpp", name),
    )
    answer = _answer(server, told)
    assert answer.status_code == told.status
    assert _shape(answer.json()) == _shape(told.json_body())


def test_its_models_have_the_shape_of_the_recorded_ones(tgi_server: StartTgi) -> None:
    """Beside OpenAI's list it has Ollama's, which we do not read."""
    server, told = tgi_server(lambda _: Text(""), kind="llamacpp"), recording("llamacpp", "models")
    assert _shape(_answer(server, told).json()["data"]) == _shape(told.json_body()["data"])


@pytest.mark.parametrize("name", ["text-stream", "cut-stream", "native-stream"])
def test_a_stream_has_the_events_of_the_recorded_one(tgi_server: StartTgi, name: str) -> None:
    reply = CALL if name.startswith("native") else Text("Hello you.", "stop")
    server, told = (
        tgi_server(lambda _: reply, kind="llamacpp", api_key=KEY),
        recording("llamacpp", name),
    )
    answer = _answer(server, told)
    ours = Recording(request=told.request, status=200, type="", body=answer.text).events()
    theirs = told.events()
    for place in (0, 1, 2, -2, -1):
        assert _shape(ours[place]) == _shape(theirs[place]), place
    assert answer.text.endswith("data: [DONE]\n\n")
    assert told.body.rstrip("\n").endswith("data: [DONE]")


def test_a_wrong_key_is_refused_as_recorded(tgi_server: StartTgi) -> None:
    server, told = (
        tgi_server(lambda _: Text(""), kind="llamacpp", api_key=KEY),
        recording("llamacpp", "wrong-key"),
    )
    answer = _answer(server, told, key="no")
    assert answer.status_code == told.status
    assert _shape(answer.json()) == _shape(told.json_body())


@pytest.mark.parametrize("name", ["loading-health", "loading-models", "loading-chat"])
def test_while_it_loads_it_says_what_was_recorded(tgi_server: StartTgi, name: str) -> None:
    server, told = tgi_server(lambda _: Text(""), kind="llamacpp"), recording("llamacpp", name)
    server.is_loading = True
    answer = _answer(server, told)
    assert (answer.status_code, answer.json()) == (told.status, told.json_body())
