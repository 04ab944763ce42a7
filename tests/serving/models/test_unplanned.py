"""Unexpected things behind a URL: they work, or end in one error that says what to do."""

import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from certificates import Authority
from pydantic import ValidationError
from standin_server import serve
from standin_tei import StartTei
from standin_tgi import StartTgi, Text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from serving.config.models import (
    ChatSettings,
    EmbeddingsSettings,
    RerankerSettings,
    SqlCoderSettings,
)
from serving.models.chat.openai_compatible import openai_chat
from serving.models.chat.tgi import tgi_chat
from serving.models.endpoint.endpoint import CallPolicy
from serving.models.sql_coder import TgiCompletion
from serving.models.text.openai import OpenAICompatibleEmbeddings
from serving.models.text.tei import TeiEmbeddings, TeiReranker
from tools.errors import Unavailable

ONCE = CallPolicy(tries=1)
NAME = "Müller/Größe-7B:q4"

pytestmark = pytest.mark.filterwarnings("ignore:The `dict` method is deprecated:DeprecationWarning")

Ask = Callable[[str], Awaitable[Any]]
TGI: dict[str, Ask] = {
    "tgi": lambda url: tgi_chat(url, policy=ONCE).ainvoke("?"),
    "openai": lambda url: openai_chat(url, model=NAME, policy=ONCE).ainvoke("?"),
    "coder": lambda url: TgiCompletion(url, policy=ONCE).complete("--", stop=[], max_new_tokens=8),
}
TEI: dict[str, Ask] = {
    "tei": lambda url: TeiEmbeddings(url, policy=ONCE).aembed_query("rack"),
    "reranker": lambda url: TeiReranker(url, policy=ONCE).rerank("rack", ["rack"]),
    "openai embeddings": lambda url: OpenAICompatibleEmbeddings(
        url, model=NAME, policy=ONCE
    ).aembed_query("rack"),
}
CLIENTS = TGI | TEI
NO_MODEL = "speak|unlike TGI"

# What every path answers: body, content type, status, headers; and what is said of it.
ANSWERS: dict[str, tuple[bytes, str, int, dict[str, str], str]] = {
    "a page": (b"<html>Welcome</html>", "text/html", 200, {}, NO_MODEL),
    "an empty body": (b"", "application/json", 200, {}, NO_MODEL),
    "an error with success": (
        b'{"error": "boom"}',
        "application/json",
        200,
        {},
        f"boom|{NO_MODEL}",
    ),
    "an unknown content type": (b"\x80\x81", "application/x-weird", 200, {}, NO_MODEL),
    "a redirect": (b"", "text/plain", 302, {"location": "/login"}, "redirects to .*/login"),
}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("answer", ANSWERS)
async def test_what_is_no_model_server_is_one_clear_error(
    running: ExitStack, client: str, answer: str
) -> None:
    body, media_type, status, headers, told = ANSWERS[answer]

    async def say(_request: Request) -> Response:
        return Response(body, status, headers, media_type)

    app = Starlette(routes=[Route("/{path:path}", say, methods=["GET", "POST"])])
    url = running.enter_context(serve(app))
    with pytest.raises(Unavailable, match=told) as raised:
        await CLIENTS[client](url)
    assert url in str(raised.value)


@pytest.mark.parametrize("suffix", ["/", "/v1", "/v1/", "  "])
async def test_a_url_may_end_as_people_write_it(
    tgi_server: StartTgi, tei_server: StartTei, suffix: str
) -> None:
    tgi, tei = tgi_server(lambda _body: Text("yes")), tei_server()
    for ask in TGI.values():
        assert await ask(tgi.url + suffix)
    for ask in TEI.values():
        assert await ask(tei.url + suffix)
    assert NAME in {body.get("model") for body in tgi.requests}


@pytest.mark.parametrize("prefix", ["/openai", "/openai/v1"])
async def test_a_server_may_stand_below_a_path(
    running: ExitStack, tgi_server: StartTgi, prefix: str
) -> None:
    below = Starlette(routes=[Mount("/openai", tgi_server(lambda _body: Text("yes")).app)])
    url = running.enter_context(serve(below))
    for ask in TGI.values():
        assert await ask(url + prefix)


@contextmanager
def listening(app: ASGIApp, host: str, **settings: Any) -> Generator[int]:
    """A server on a host of its own; gives its port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, 0), family=family)
    config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none", **settings)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(10)
    listener.close()


async def test_an_ipv6_address_works(tgi_server: StartTgi, tei_server: StartTei) -> None:
    tgi, tei = tgi_server(lambda _body: Text("yes")), tei_server()
    for clients, app in ((TGI, tgi.app), (TEI, tei.app)):
        with listening(app, "::1") as port:
            for ask in clients.values():
                assert await ask(f"http://[::1]:{port}")


async def test_a_certificate_that_nobody_vouched_for_is_named_and_one_that_is_trusted_works(
    tmp_path: Path, tgi_server: StartTgi, tei_server: StartTei, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority("A company's own")
    identity = authority.vouch("localhost")
    certificate, key = tmp_path / "server.pem", tmp_path / "server.key"
    certificate.write_bytes(identity.certificate)
    key.write_bytes(identity.key)
    tls = {"ssl_certfile": str(certificate), "ssl_keyfile": str(key)}
    tgi, tei = tgi_server(lambda _body: Text("yes")), tei_server()
    for clients, app in ((TGI, tgi.app), (TEI, tei.app)):
        with listening(app, "127.0.0.1", **tls) as port:
            url = f"https://localhost:{port}"
            for ask in clients.values():
                with pytest.raises(Unavailable, match=r"(?i)cannot be reached .*certificate"):
                    await ask(url)
            with monkeypatch.context() as trusting:
                trusted = authority.write(tmp_path / "authority.pem")
                trusting.setenv(ssl.get_default_verify_paths().openssl_cafile_env, str(trusted))
                for name, ask in clients.items():
                    if name != "coder":  # aiohttp reads it once, when it is imported
                        assert await ask(url)


@pytest.mark.parametrize(
    "url", ["localhost:8080", "http://[::1", "http://", "ftp://models", "http://host:port", "tgi"]
)
@pytest.mark.parametrize(
    "section", [ChatSettings, SqlCoderSettings, EmbeddingsSettings, RerankerSettings]
)
def test_what_is_no_address_is_refused_at_the_start(section: Any, url: str) -> None:
    with pytest.raises(ValidationError, match="not a server address; write it like"):
        section(url=url)
