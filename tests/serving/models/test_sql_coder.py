"""Plain completions through text_generation's client, against the stand-in."""

import socket

import pytest
from standin_tgi import Fault, Raw, Reply, StartTgi, Text

from serving.models.endpoint.endpoint import CallPolicy
from serving.models.sql_coder import TgiCompletion
from tools.errors import BadInput, DocsqlError, Unavailable

# The library calls Pydantic's `.dict()`; nothing of ours can change that.
pytestmark = pytest.mark.filterwarnings("ignore:The `dict` method is deprecated:DeprecationWarning")

HASTY = CallPolicy(tries=1, first_token_s=0.5, silence_s=0.5)

# What the model wrote, the stops, and what is left.
COMPLETIONS: list[tuple[str, list[str], str]] = [
    ("SELECT 1", [], "SELECT 1"),
    ("SELECT 1;", [";"], "SELECT 1"),
    ("SELECT 1\n\n-- next", [";", "\n\n", "--"], "SELECT 1"),
    ("SELECT 1", [";", "#", "--", "```"], "SELECT 1"),
]


@pytest.mark.parametrize(("written", "stop", "expected"), COMPLETIONS)
async def test_a_completion_ends_before_the_first_stop(
    tgi_server: StartTgi, written: str, stop: list[str], expected: str
) -> None:
    server = tgi_server(lambda _body: Text(written))
    coder = TgiCompletion(server.url)
    assert await coder.complete("-- count", stop=stop, max_new_tokens=64) == expected
    body = server.requests[0]
    assert body["inputs"] == "-- count"
    assert (body["parameters"]["stop"], body["parameters"]["max_new_tokens"]) == (stop, 64)
    assert body["parameters"]["do_sample"] is False


@pytest.mark.parametrize("suffix", ["/", "/v1"])
async def test_the_url_may_be_the_chat_models(tgi_server: StartTgi, suffix: str) -> None:
    server = tgi_server(lambda _body: Text("SELECT 1"), api_key="right")
    coder = TgiCompletion(server.url + suffix, api_key="right")
    assert await coder.complete("--", stop=[], max_new_tokens=8) == "SELECT 1"


async def test_too_many_stops_are_said_before_they_are_sent(tgi_server: StartTgi) -> None:
    server = tgi_server(lambda _body: Text(""))
    with pytest.raises(BadInput, match="at most 4 stop sequences, and 5"):
        await TgiCompletion(server.url).complete("--", stop=list("ABCDE"), max_new_tokens=8)
    assert server.requests == []


JSON = "application/json"
FAULTS: list[tuple[Reply, type[DocsqlError], str]] = [
    (Fault("http", "Model is overloaded", 429, "overloaded"), Unavailable, "is overloaded"),
    (Fault("http", "Request failed during generation", 424, "generation"), Unavailable, "failed"),
    (Fault("http", "unhealthy", 503, "healthcheck"), Unavailable, "unhealthy"),
    (Fault("http", "`inputs` must be <= 4096", 422, "validation"), BadInput, "<= 4096"),
    (Fault("not_json"), Unavailable, "unlike TGI"),
    (Fault("silence"), Unavailable, "did not answer in time"),
    (Raw([b'{"error": "Unauthorized"}'], 401, JSON), Unavailable, "refused the API key"),
    (Raw([b'{"message": "Forbidden"}'], 403, JSON), Unavailable, "refused the API key"),
    (Raw([b'{"detail": "no healthy upstream"}'], 503, JSON), Unavailable, "no healthy upstream"),
    (Raw([b'{"detail": "Not Found"}'], 404, JSON), Unavailable, r"\(HTTP 404\) unlike TGI"),
    (Raw([b'{"detail": "odd"}'], 200, JSON), Unavailable, r"\(HTTP 200\) unlike TGI"),
]


@pytest.mark.parametrize(("fault", "error", "told"), FAULTS)
async def test_a_failure_names_the_server_and_who_must_act(
    tgi_server: StartTgi, fault: Reply, error: type[DocsqlError], told: str
) -> None:
    server = tgi_server(lambda _body: fault)
    with pytest.raises(error, match=told) as raised:
        await TgiCompletion(server.url, policy=HASTY).complete("--", stop=[], max_new_tokens=8)
    assert server.url in str(raised.value)


async def test_a_wrong_key_is_explained(tgi_server: StartTgi) -> None:
    server = tgi_server(lambda _body: Text(""), api_key="right")
    with pytest.raises(Unavailable, match="refused the API key"):
        await TgiCompletion(server.url).complete("--", stop=[], max_new_tokens=8)


async def test_a_server_that_is_not_there_is_explained() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(Unavailable, match=r"cannot be reached .*check that it runs") as raised:
        await TgiCompletion(url).complete("--", stop=[], max_new_tokens=8)
    assert url in str(raised.value)
