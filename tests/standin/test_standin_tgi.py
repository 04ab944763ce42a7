"""The stand-in refuses what TGI refuses: a client that passes against it must not pass by luck."""

from typing import Any

import httpx
import pytest
from standin_tgi import Calls, StartTgi, Text

ASK: dict[str, Any] = {"model": "tgi", "messages": [{"role": "user", "content": "Hi"}]}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}

# What a request adds, and what TGI says to it, as plain text where the body does not parse.
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"top_p": 1.0}, "`top_p` must be > 0.0 and < 1.0"),
    ({"stop": "END"}, "Failed to deserialize"),
    ({"stop": ["A", "B", "C", "D", "E"]}, "`stop` supports up to 4"),
    ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "missing field `parameters`"),
    ({"stream_options": None}, "Failed to deserialize"),
    ({"logit_bias": {"1": 1}}, "Failed to deserialize"),
    ({"max_tokens": 1, "max_completion_tokens": 1}, "duplicate field"),
    ({"response_format": {"type": "json_object"}}, "missing field `value`"),
    (
        {"response_format": {"type": "json", "value": {}}, "tools": []},
        "Grammar and tools are mutually exclusive",
    ),
]


@pytest.mark.parametrize(("added", "said"), REFUSED)
def test_what_tgi_refuses_is_a_422(tgi_server: StartTgi, added: dict[str, Any], said: str) -> None:
    server = tgi_server(lambda _body: Text("Hello."))
    answer = httpx.post(f"{server.url}/v1/chat/completions", json=ASK | added)
    assert answer.status_code == 422
    assert said in answer.text


def test_a_stream_is_framed_as_tgi_frames_it(tgi_server: StartTgi) -> None:
    server = tgi_server(lambda _body: Text("Hello you."))
    body = {**ASK, "stream": True, "stream_options": {"include_usage": True}}
    answer = httpx.post(f"{server.url}/v1/chat/completions", json=body)
    *events, done, rest = answer.text.split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    assert events[1] == ":"
    assert all(event.startswith("data: {") for event in events if event != ":")
    assert '"choices": []' in events[-1]
    assert '"id": ""' in events[0]


def test_a_native_call_is_one_call_without_content_or_reason(tgi_server: StartTgi) -> None:
    server = tgi_server(lambda _body: Calls([("f", {"a": 1}), ("f", {"a": 2})]))
    url = f"{server.url}/v1/chat/completions"
    message = httpx.post(url, json={**ASK, "tools": [TOOL]}).json()["choices"][0]["message"]
    assert message.keys() == {"role", "tool_calls"}
    assert [call["id"] for call in message["tool_calls"]] == ["0"]
    streamed = httpx.post(url, json={**ASK, "tools": [TOOL], "stream": True}).text
    assert '"finish_reason": "stop"' not in streamed
    assert streamed.count('"name": "f"') == 1
    assert '"name": null' in streamed
