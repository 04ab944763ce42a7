"""The reply cache in front of a server, both on sockets."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from reply_cache import caching
from standin_server import serve
from standin_tgi import Fault, StartTgi, Text, TgiStandIn

CHAT = "/v1/chat/completions"
ASKED: dict[str, Any] = {"model": "tgi", "messages": [{"role": "user", "content": "Hi"}]}
STREAMED = ASKED | {"stream": True, "stream_options": {"include_usage": True}}


@pytest.mark.parametrize("body", [ASKED, STREAMED], ids=["whole", "streamed"])
def test_a_reply_is_kept_as_it_came(
    tgi_server: StartTgi, tmp_path: Path, body: dict[str, Any]
) -> None:
    server = tgi_server(lambda _: Text("Hello you."))
    with serve(caching(server.url, tmp_path)) as url:
        first, second = (httpx.post(f"{url}{CHAT}", json=body) for _ in range(2))
    assert [first.headers["x-reply-cache"], second.headers["x-reply-cache"]] == ["asked", "kept"]
    assert second.text == first.text
    assert second.headers["content-type"] == first.headers["content-type"]
    assert len(server.requests) == 1


def test_the_order_of_names_and_spaces_make_no_other_request(
    tgi_server: StartTgi, tmp_path: Path
) -> None:
    server = tgi_server(lambda _: Text("Hello."))
    with serve(caching(server.url, tmp_path)) as url:
        httpx.post(f"{url}{CHAT}", json=ASKED)
        turned = httpx.post(f"{url}{CHAT}", json=dict(reversed(ASKED.items())))
        other = httpx.post(f"{url}{CHAT}", json=ASKED | {"temperature": 0.5})
    assert turned.headers["x-reply-cache"] == "kept"
    assert other.headers["x-reply-cache"] == "asked"


def test_a_failure_of_the_server_is_not_kept(tgi_server: StartTgi, tmp_path: Path) -> None:
    replies = iter([Fault("http", status=503), Text("Hello.")])
    server = tgi_server(lambda _: next(replies))
    with serve(caching(server.url, tmp_path)) as url:
        answers = [httpx.post(f"{url}{CHAT}", json=ASKED).status_code for _ in range(3)]
    assert answers == [503, 200, 200]
    assert len(server.requests) == 2


def test_a_client_that_leaves_stops_the_model_and_nothing_is_kept(tmp_path: Path) -> None:
    standin = TgiStandIn(lambda _: Text("word " * 200), token_delay_s=0.05)
    with serve(standin.app) as server, serve(caching(server, tmp_path)) as url:
        with httpx.stream("POST", f"{url}{CHAT}", json=STREAMED) as reply:
            next(reply.iter_lines())
        assert standin.wait_cancelled()
    assert list(tmp_path.iterdir()) == []
