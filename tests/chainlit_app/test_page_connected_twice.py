"""A page that connects once more before it was told which conversation it shows."""

from collections.abc import Callable, Iterator
from queue import Queue
from typing import Any
from uuid import uuid4

import pytest
import socketio
from docsql_process import Folder
from playwright.sync_api import Page, expect
from scripted_service import ask
from standin_server import serve
from standin_tgi import Text, TgiStandIn

LIMIT_S = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folder]:
    home = tmp_path_factory.mktemp("twice")
    with serve(TgiStandIn(lambda _: Text("Bees are light.")).app) as address:
        yield Folder(home, {"DOCSQL_SERVICE__PORT": "0", "DOCSQL_CHAT__URL": address})


def connected(tab: Page, session: str, thread: str) -> tuple[socketio.Client, Queue[Any]]:
    """A socket like the page's, and the conversations that it is told to show."""
    origin = "/".join(tab.url.split("/")[:3])
    cookies = "; ".join(f"{each.get('name')}={each.get('value')}" for each in tab.context.cookies())
    client, told = socketio.Client(reconnection=False), Queue[Any]()
    client.on("resume_thread", told.put)
    client.on("resume_thread_error", told.put)
    client.connect(
        origin,
        headers={"Cookie": cookies, "Origin": origin},
        auth={"sessionId": session, "clientType": "webapp", "userEnv": "{}", "threadId": thread},
        transports=["polling"],
        socketio_path="/ws/socket.io",
    )
    return client, told


def test_a_conversation_is_opened_by_the_second_connection_of_its_page(
    remembering: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(remembering)
    ask(tab, "Are bees heavy?")
    expect(tab.locator(".docsql-footer")).to_have_count(1)
    tab.wait_for_url("**/thread/*")
    thread, session = tab.url.rsplit("/", 1)[-1], str(uuid4())
    connected(tab, session, thread)[0].disconnect()
    client, told = connected(tab, session, thread)
    client.emit("connection_successful")
    assert told.get(timeout=LIMIT_S)["id"] == thread
    client.disconnect()
