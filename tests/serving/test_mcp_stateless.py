"""MCP's protocol of 2026-07-28, spoken with the bytes that its official client sent.

That client and the one of the earlier generation cannot be installed together, so this one was
recorded. Where it is recorded anew, its own checks of the replies run, too.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from docsql_process import Folder, Service
from standin_server import serve
from standin_tgi import Fault, TgiStandIn

FIXTURE = Path(__file__).parents[1] / "fixtures" / "http" / "mcp-2026-07-28.json"
RECORDED: list[dict[str, Any]] = json.loads(FIXTURE.read_text(encoding="utf-8"))["requests"]
DISCOVER, LIST, SEARCH, TEMPLATES, READ, ASK, ASK_AGAIN = RECORDED
SOON_S = 10.0
APPROVING = {"DOCSQL_DATABASES__SHOP__APPROVAL": "always"}


def send(url: str, request: dict[str, Any], key: str = "", **said: str) -> httpx.Response:
    """A recorded request, with what the service `said` before in its places."""
    headers, body = request["headers"], request["body"]
    for name, value in said.items():
        headers = {k: v.replace(f"<{name}>", value) for k, v in headers.items()}
        body = body.replace(f"<{name}>", value)
    sent = {**headers, **({"authorization": f"Bearer {key}"} if key else {})}
    return httpx.post(f"{url}/mcp", content=body, headers=sent, timeout=30, trust_env=False)


def result(reply: httpx.Response) -> dict[str, Any]:
    assert reply.status_code == 200, reply.text
    told: dict[str, Any] = _last(reply)["result"]
    info = told["_meta"]["io.modelcontextprotocol/serverInfo"]
    assert (info["name"], info["title"]) == ("docsql", "DocSQL")
    return told


def _last(reply: httpx.Response) -> dict[str, Any]:
    if reply.headers["content-type"] == "application/json":
        return reply.json()
    return _messages(reply)[-1]


def _messages(reply: httpx.Response) -> list[dict[str, Any]]:
    lines = [line for line in reply.text.splitlines() if line.startswith("data: ")]
    return [json.loads(line.removeprefix("data: ")) for line in lines]


def test_a_client_finds_out_what_is_served(service: Service) -> None:
    found = result(send(service.url, DISCOVER))
    assert found["supportedVersions"] == ["2026-07-28"]
    assert set(found["capabilities"]) == {"tools", "resources"}
    assert (found["resultType"], found["cacheScope"]) == ("complete", "private")
    listed = result(send(service.url, LIST))
    assert len(listed["tools"]) == 3
    assert listed["ttlMs"] > 0
    (template,) = result(send(service.url, TEMPLATES))["resourceTemplates"]
    assert template["name"] == "passage"


def test_a_passage_is_a_link_that_can_be_followed(service: Service) -> None:
    found = result(send(service.url, SEARCH))
    (passage,) = found["structuredContent"]["passages"]
    link = found["content"][-1]
    assert (link["type"], link["name"], link["title"]) == (
        "resource_link",
        "returns.md",
        "Return policy",
    )
    read = result(send(service.url, READ, uri=link["uri"]))
    assert [each["text"] for each in read["contents"]] == [passage["text"]]
    assert read["ttlMs"] == 0


WITHOUT = ["docsql://documents/a/passages/b", "docsql://documents/a", "file:///etc/passwd"]


@pytest.mark.parametrize("uri", WITHOUT)
def test_what_is_no_passage_is_not_found(service: Service, uri: str) -> None:
    reply = send(service.url, READ, uri=uri)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, -32602)
    assert reply.json()["error"]["data"] == {"uri": uri}


@pytest.fixture(scope="module")
def approving(
    tmp_path_factory: pytest.TempPathFactory, shop_settings: dict[str, str]
) -> tuple[Folder, str, str]:
    home = Folder(tmp_path_factory.mktemp("stateless"), {**shop_settings, **APPROVING})
    ann, ben = (home.run("keys", "create", name).stdout.strip() for name in ("ann", "ben"))
    return home, ann, ben


def test_an_approval_is_asked_for_and_any_process_goes_on_with_it(
    approving: tuple[Folder, str, str],
) -> None:
    home, ann, ben = approving
    with home.serving() as service:
        reply = send(service.url, ASK, ann)
        asked = result(reply)
        assert asked["resultType"] == "input_required"
        ((form, request),) = asked["inputRequests"].items()
        assert "SELECT COUNT(*)" in request["params"]["message"]
        progress = [each["params"] for each in _messages(reply)[:-1]]
        assert [each["progressToken"] for each in progress] == [6, 6]
        assert [each["progress"] for each in progress] == [1, 2]
    with home.serving() as other:
        said = {"form": form, "state": asked["requestState"]}
        refused = result(send(other.url, ASK_AGAIN, ben, **said))
        assert (refused["isError"], "no longer waits" in refused["content"][0]["text"]) == (
            True,
            True,
        )
        done = result(send(other.url, ASK_AGAIN, ann, **said))
        assert done["structuredContent"]["queries"][0]["rows"] == [[7]]
        assert result(send(other.url, ASK_AGAIN, ann, **said))["isError"]
        known = {"authorization": f"Bearer {ann}"}
        threads = httpx.get(f"{other.url}/threads", headers=known, trust_env=False).json()
        assert threads["threads"] == []


def test_an_approval_counts_once_however_often_it_is_sent_at_once(
    approving: tuple[Folder, str, str],
) -> None:
    home, ann, _ = approving
    with home.serving() as service, ThreadPoolExecutor(4) as pool:
        asked = result(send(service.url, ASK, ann))
        said = {"form": next(iter(asked["inputRequests"])), "state": asked["requestState"]}
        sent = [pool.submit(send, service.url, ASK_AGAIN, ann, **said) for _ in range(4)]
        told = [result(one.result()) for one in sent]
    (ran,) = (one for one in told if not one["isError"])
    assert ran["structuredContent"]["queries"][0]["rows"] == [[7]]
    refused = [one["content"][0]["text"] for one in told if one["isError"]]
    assert len(refused) == 3
    assert all("no longer waits" in text for text in refused)


def test_the_thread_of_a_call_says_that_it_waits_until_somebody_decides(
    approving: tuple[Folder, str, str],
) -> None:
    home, ann, _ = approving
    with home.serving() as service:
        asked = result(send(service.url, ASK, ann))
        headers = {"authorization": f"Bearer {ann}"}
        with httpx.Client(base_url=service.url, headers=headers, trust_env=False) as client:
            (listed,) = client.get("/threads").json()["threads"]
            waits = client.get(f"/threads/{listed['id']}").json()
            said = {"form": next(iter(asked["inputRequests"])), "state": asked["requestState"]}
            result(send(service.url, ASK_AGAIN, ann, **said))
            gone = client.get(f"/threads/{listed['id']}").status_code
    assert (waits["turns"], waits["unanswered"]) == ([], listed["title"])
    assert waits["awaits_approval"]
    assert gone == 404


def test_an_answer_that_is_left_out_is_asked_for_again(
    approving: tuple[Folder, str, str],
) -> None:
    home, ann, _ = approving
    with home.serving() as service:
        asked = result(send(service.url, ASK, ann))
        ((form, _),), state = asked["inputRequests"].items(), asked["requestState"]
        again = result(send(service.url, ASK_AGAIN, ann, form="another", state=state))
        assert (list(again["inputRequests"]), again["requestState"]) == ([form], state)
        done = result(send(service.url, ASK_AGAIN, ann, form=form, state=state))
    assert done["structuredContent"]["queries"][0]["rows"] == [[7]]


def test_a_call_tells_of_its_steps_where_it_is_asked_to(service: Service) -> None:
    *told, _ = _messages(send(service.url, ASK))
    assert [each["method"] for each in told] == ["notifications/progress"] * 2
    assert [each["params"] for each in told] == [
        {"progressToken": 6, "progress": 1, "message": "Writing the statement"},
        {"progressToken": 6, "progress": 2, "message": "Running the statement"},
    ]
    without = {**ASK, "body": ASK["body"].replace("progressToken", "otherToken")}
    quiet = send(service.url, without)
    assert result(quiet)["structuredContent"]["queries"][0]["rows"] == [[7]]
    assert "notifications/progress" not in quiet.text


def test_who_closes_the_connection_stops_the_model_behind_a_call(folder: Folder) -> None:
    standin = TgiStandIn(lambda _: Fault("silence"))
    with serve(standin.app) as standin.url:
        slow = Folder(folder.path, {**folder.settings, "DOCSQL_CHAT__URL": standin.url})
        with slow.serving() as service:
            standin.forget()  # what it was asked at the start
            with httpx.Client(trust_env=False, timeout=30) as client:
                given = {"content": ASK["body"], "headers": ASK["headers"]}
                with client.stream("POST", f"{service.url}/mcp", **given) as reply:
                    assert reply.headers["content-type"].startswith("text/event-stream")
                    assert standin.wait_asked()
            assert standin.wait_cancelled(SOON_S)


ENVELOPE = "io.modelcontextprotocol/"
WRONG: list[tuple[dict[str, Any], dict[str, str], int]] = [
    (SEARCH, {"mcp-name": "query_database"}, -32020),
    (SEARCH, {"mcp-method": "tools/list"}, -32020),
    (LIST, {"mcp-protocol-version": "2025-06-18"}, -32020),
    (SEARCH, {"mcp-name": "=?base64?c2VhcmNoX2RvY3VtZW50?="}, -32020),
    (SEARCH, {"mcp-name": "=?base64?!?="}, -32020),
    (LIST, {f"{ENVELOPE}clientCapabilities": f"{ENVELOPE}clientAbilities"}, -32602),
    (LIST, {f"{ENVELOPE}protocolVersion": f"{ENVELOPE}version"}, -32602),
    (LIST, {"2026-07-28": "2027-01-01"}, -32022),
]


@pytest.mark.parametrize(("request_", "changed", "code"), WRONG)
def test_a_request_that_disagrees_with_itself_is_refused(
    service: Service, request_: dict[str, Any], changed: dict[str, str], code: int
) -> None:
    headers = {
        k: changed.get(k, changed.get(v, v)) if v is not None else v
        for k, v in request_["headers"].items()
    }
    body = request_["body"]
    for old, new in changed.items():
        body = body.replace(old, new)
    reply = send(service.url, {"headers": headers, "body": body})
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, code), reply.text
    if code == -32022:
        assert reply.json()["error"]["data"]["supported"] == ["2026-07-28"]


def test_a_name_that_is_not_plain_travels_as_base64(service: Service) -> None:
    headers = {**SEARCH["headers"], "mcp-name": "=?base64?c2VhcmNoX2RvY3VtZW50cw==?="}
    assert result(send(service.url, {**SEARCH, "headers": headers}))["structuredContent"]


def test_a_method_that_is_gone_is_not_found(service: Service) -> None:
    headers = {**LIST["headers"], "mcp-method": "ping"}
    body = LIST["body"].replace("tools/list", "ping")
    reply = send(service.url, {"headers": headers, "body": body})
    assert (reply.status_code, reply.json()["error"]["code"]) == (404, -32601)


def test_a_notification_is_taken_and_a_stream_of_the_servers_own_is_not(service: Service) -> None:
    body = json.dumps({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {}})
    assert send(service.url, {"headers": LIST["headers"], "body": body}).status_code == 202
    assert httpx.get(f"{service.url}/mcp", trust_env=False).status_code == 405
