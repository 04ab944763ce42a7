"""Login on the page: by keys, and by an authenticating proxy."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from docsql_process import Folder, Service
from playwright.sync_api import Page, expect
from pydantic import SecretStr
from scripted_service import ask, grave_issues
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from chainlit_app import launch
from chainlit_app.seal import Seal, kept_secret
from serving.config.settings import load_settings

Start = Callable[[list[str], dict[str, str], list[str]], Path]
SECRET = "the-page-says-so-0123456789"  # noqa: S105
ANNS, BENS = "Hello from Ann!", "Hello from Ben!"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(
        tmp_path_factory.mktemp("login"),
        {
            "DOCSQL_SERVICE__PORT": "0",
            "DOCSQL_AUTH__PROXY__USER_HEADER": "X-Forwarded-User",
            "DOCSQL_AUTH__PROXY__SECRET": SECRET,
        },
    )


@pytest.fixture(scope="module")
def service(folder: Folder) -> Iterator[Service]:
    with folder.serving() as running:
        yield running


def page_before(
    url: str, data: Path, start: Start, environment: dict[str, str], *, secret: str = ""
) -> str:
    """Start a page that lists conversations, and give its address."""
    own = load_settings().page.model_copy(
        update={
            "port": 0,
            "api_url": url,
            "history": True,
            "login": environment["DOCSQL_PAGE__LOGIN"],
            "secret": SecretStr(secret) if secret else None,
        }
    )
    settings = load_settings().model_copy(update={"data": data, "page": own})
    if own.login == "proxy":
        named = settings.auth.proxy.model_copy(update={"user_header": "X-Forwarded-User"})
        settings = settings.model_copy(
            update={"auth": settings.auth.model_copy(update={"proxy": named})}
        )
    page = launch.command(settings)
    start(page.argv, {**page.environment, **environment}, [f"{page.address}/favicon"])
    return page.address


@pytest.fixture(scope="module")
def page_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("by-key")


@pytest.fixture(scope="module")
def by_key(service: Service, start: Start, page_data: Path) -> str:
    return page_before(service.url, page_data, start, {"DOCSQL_PAGE__LOGIN": "key"})


@pytest.fixture(scope="module")
def by_proxy(service: Service, start: Start, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page behind a proxy whose headers it believes by its address."""
    settings = {
        "DOCSQL_PAGE__LOGIN": "proxy",
        "DOCSQL_PAGE__PROXY_SECRET": SECRET,
        "DOCSQL_AUTH__PROXY__USER_HEADER": "X-Forwarded-User",
        "DOCSQL_AUTH__PROXY__ADDRESSES": '["127.0.0.1"]',
    }
    return page_before(service.url, tmp_path_factory.mktemp("by-proxy"), start, settings)


def created(folder: Folder, name: str) -> str:
    return folder.run("keys", "create", name, "--scopes", "ask").stdout.strip()


def log_in(tab: Page, key: str) -> None:
    expect(tab.locator("#email")).to_be_hidden()  # the key says whose it is
    tab.locator("#password").fill(key)
    tab.locator("button[type=submit]").click()


def say(tab: Page, words: str) -> str:
    """Ask, wait for the answer, and give the conversation's id."""
    ask(tab, words)
    expect(tab.locator(".ai-message").last).to_contain_text("embedded")
    expect(tab.locator(".docsql-footer").last).to_be_visible()  # the whole answer is there
    tab.wait_for_url("**/thread/*")
    return tab.url.rpartition("/")[2]


def sees_only(tab: Page, own: str, others: str) -> None:
    expect(tab.get_by_role("link", name=own)).to_have_count(1)
    expect(tab.get_by_role("link", name=others)).to_have_count(0)


def threads_of(service: Service, **headers: str) -> list[str]:
    listed = httpx.get(f"{service.url}/threads", headers=headers, trust_env=False).json()
    return [thread["title"] for thread in listed["threads"]]


def test_two_people_with_keys_of_their_own_have_their_own_conversations(
    folder: Folder, service: Service, by_key: str, visit: Callable[[str], Page]
) -> None:
    keys = {name: created(folder, name) for name in ("ann", "ben")}
    ann, ben = visit(by_key), visit(by_key)
    log_in(ann, keys["ann"])
    log_in(ben, keys["ben"])
    expect(ann.locator("#chat-settings-open-modal")).to_be_visible()
    expect(ann.locator("#upload-button")).to_be_hidden()  # their keys may ask, and nothing else
    expect(ann.get_by_role("link", name="Documents")).to_be_hidden()
    anns, _ = say(ann, ANNS), say(ben, BENS)
    for tab, own, others in ((ann, ANNS, BENS), (ben, BENS, ANNS)):
        tab.goto(by_key)
        tab.locator("#header #sidebar-trigger-button").click()
        sees_only(tab, own, others)
    ben.goto(f"{by_key}/thread/{anns}")
    expect(ben.get_by_text("This conversation is not there any more.")).to_be_visible()
    expect(ben.get_by_text("Thread")).to_have_count(0)
    expect(ben.get_by_text(ANNS)).to_have_count(0)
    stolen = {"threadId": anns}
    ben.context.request.delete(f"{by_key}/project/thread", data=stolen)
    for name, own in (("ann", ANNS), ("ben", BENS)):  # the service's own, and nobody else's
        assert threads_of(service, authorization=f"Bearer {keys[name]}") == [own]
    assert folder.run("keys", "revoke", "ann").returncode == 0
    ann.goto(by_key)
    ask(ann, "Still there?")
    expect(ann.locator(".step").get_by_text("It may have been revoked")).to_be_visible()
    ann.get_by_role("link", name="Sign in again").click()
    expect(ann.get_by_label("Your DocSQL key or token")).to_be_visible()
    log_in(ann, created(folder, "ann"))
    expect(ann.locator("#chat-settings-open-modal")).to_be_visible()


def test_a_wrong_key_is_told_so(folder: Folder, by_key: str, visit: Callable[[str], Page]) -> None:
    right = created(folder, "cleo")
    tab = visit("about:blank")
    said: list[str] = []
    tab.on("console", lambda told: said.append(told.text) if told.type == "error" else None)
    tab.goto(by_key)
    expect(tab.get_by_label("Your DocSQL key or token")).to_be_visible()
    expect(tab.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    icon = tab.locator("img[src$='/favicon']").bounding_box()
    assert icon is not None
    assert icon["width"] <= 100  # not half of the page
    assert said == []
    tab.get_by_role("button", name="Show what is typed").press("Enter")
    expect(tab.locator("#password")).to_have_attribute("type", "text")
    tab.get_by_role("button", name="Hide what is typed").press("Enter")
    expect(tab.locator("#password")).to_have_attribute("type", "password")
    for wrong in ("docsql_00000000_nobody", "\N{KEY}", right[:-1]):
        log_in(tab, wrong)
        expect(tab.get_by_text("The key or token is not valid")).to_be_visible()
        expect(tab.get_by_text("credentialssignin")).not_to_be_visible()  # one message
        expect(tab.locator("#password")).to_be_focused()
        tab.keyboard.type("next")  # which takes the place of the wrong one
        expect(tab.locator("#password")).to_have_value("next")
        tab.reload()
    assert said == []
    log_in(tab, f" {right} ")  # as a double click copies it
    expect(tab.locator("#chat-input")).to_be_visible()
    tab.get_by_role("button", name="Your account").click()
    expect(tab.get_by_role("menu")).to_contain_text("cleo")
    expect(tab.get_by_role("menuitem")).to_have_text(["Sign out"])
    assert grave_issues(tab) == []
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("button", name="Your account")).to_be_focused()
    tab.locator("#upload-button-input").set_input_files([Path(__file__)])
    tab.locator("#chat-submit").click()  # nothing is shut off any more
    expect(tab.locator(".step").last).to_contain_text("documents:write")


def test_a_login_holds_at_another_process_with_the_same_secret(
    folder: Folder, service: Service, by_key: str, page_data: Path, start: Start
) -> None:
    key = created(folder, "dora")
    with httpx.Client(trust_env=False, timeout=30) as browser:
        entered = browser.post(f"{by_key}/login", data={"username": "Dora", "password": key})
        assert entered.status_code == 200, entered.text
        assert key not in str(browser.cookies)
        again = page_before(service.url, page_data, start, {"DOCSQL_PAGE__LOGIN": "key"})
        assert browser.get(f"{again}/user").json()["identifier"] == "key:dora"
        asked = {"pagination": {"first": 5}, "filter": {}}
        assert browser.post(f"{again}/project/threads", json=asked).status_code == 200


def test_a_login_holds_at_a_pod_with_a_folder_of_its_own(
    folder: Folder, service: Service, by_key: str, tmp_path: Path, start: Start
) -> None:
    key = created(folder, "emma")
    one, other = (
        page_before(
            service.url,
            tmp_path / pod,
            start,
            {"DOCSQL_PAGE__LOGIN": "key"},
            secret="of-all-the-pods-" * 3,  # a test's own
        )
        for pod in ("one", "other")
    )
    with httpx.Client(trust_env=False, timeout=30) as browser:
        entered = browser.post(f"{one}/login", data={"username": "Emma", "password": key})
        assert entered.status_code == 200, entered.text
        assert browser.get(f"{other}/user").json()["identifier"] == "key:emma"
        asked = {"pagination": {"first": 5}, "filter": {}}
        assert browser.post(f"{other}/project/threads", json=asked).status_code == 200
        assert browser.get(f"{by_key}/user").status_code == 401  # it signs with a secret of its own


def test_what_was_sealed_opens_for_that_person_with_that_secret_alone(tmp_path: Path) -> None:
    secret = kept_secret(tmp_path)
    sealed = Seal(secret).close("ann", "docsql_1")
    assert "docsql_1" not in sealed
    assert Seal(kept_secret(tmp_path)).open("ann", sealed) == "docsql_1"
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
    for name, other, given in (
        ("ben", secret, sealed),
        ("ann", f"{secret}x", sealed),
        ("ann", secret, sealed[:-2]),
        ("ann", secret, ""),
    ):
        assert Seal(other).open(name, given) is None


def test_nobody_asks_or_lists_without_having_come_in(by_key: str) -> None:
    with httpx.Client(base_url=by_key, trust_env=False) as stranger:
        asked = {"pagination": {"first": 5}, "filter": {}}
        assert stranger.post("/project/threads", json=asked).status_code == 401
        assert stranger.get("/project/settings").status_code == 401
        forged = {"Cookie": "access_token=eyJhbGciOiJub25lIn0.eyJpZGVudGlmaWVyIjoiYW5uIn0."}
        assert stranger.get("/user", headers=forged).status_code == 401


class NamingProxy:
    """A proxy that names everybody who comes through it, sockets included; nobody where empty.

    A browser under test would send a header of its own with requests alone.
    """

    def __init__(self, address: str) -> None:
        self._behind = ("127.0.0.1", int(address.rpartition(":")[2]))
        self.user = ""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):  # it is closed
            while True:
                came, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=[came], daemon=True).start()

    def _pass_on(self, came: socket.socket) -> None:
        with came, suppress(OSError), socket.create_connection(self._behind) as behind:
            behind.sendall(self._named(came))
            back = threading.Thread(target=_copy, args=[behind, came], daemon=True)
            back.start()
            _copy(came, behind)
            back.join()

    def _named(self, came: socket.socket) -> bytes:
        """A request's head with the name added, and the bytes behind it. It closes the connection."""
        read = b""
        while b"\r\n\r\n" not in read and (some := came.recv(65_536)):
            read += some
        head, _, body = read.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        lines += [f"X-Forwarded-User: {self.user}".encode()] if self.user else []
        if b"upgrade: websocket" not in head.lower():
            lines = [each for each in lines if not each.lower().startswith(b"connection:")]
            lines.append(b"Connection: close")
        return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _copy(source: socket.socket, to: socket.socket) -> None:
    with suppress(OSError):
        while some := source.recv(65_536):
            to.sendall(some)
    with suppress(OSError):
        to.shutdown(socket.SHUT_WR)


Proxied = tuple[Page, NamingProxy]


@pytest.fixture
def proxied(by_proxy: str, visit: Callable[[str], Page]) -> Iterator[Callable[[str], Proxied]]:
    """A browser behind a proxy that names somebody."""
    proxies: list[NamingProxy] = []

    def open_tab(user: str) -> Proxied:
        proxy = NamingProxy(by_proxy)
        proxy.user = user
        proxies.append(proxy)
        return visit(proxy.address), proxy

    yield open_tab
    for proxy in proxies:
        proxy.close()


def test_two_people_whom_a_proxy_names_have_their_own_conversations(
    service: Service, proxied: Callable[[str], Proxied]
) -> None:
    tabs = {user: proxied(user) for user in ("ann@x.org", "ben@x.org")}
    for (user, (tab, _)), words in zip(tabs.items(), (ANNS, BENS), strict=True):
        say(tab, words)
        as_the_page = {"x-forwarded-user": user, "x-docsql-proxy-secret": SECRET}
        assert threads_of(service, **as_the_page) == [words]
    for (tab, at), own, others in zip(tabs.values(), (ANNS, BENS), (BENS, ANNS), strict=True):
        tab.goto(at.address)
        tab.locator("#header #sidebar-trigger-button").click()
        sees_only(tab, own, others)
    # The same browser with somebody else before it: what is left of the first opens nothing.
    ann, at = tabs["ann@x.org"]
    at.user = "ben@x.org"
    ann.goto(at.address)  # where the list is still open
    sees_only(ann, BENS, ANNS)


@pytest.mark.parametrize("name", ["X-Forwarded-User", "X-Forwarded-Groups", "Authorization"])
@pytest.mark.parametrize("path", ["/", "/favicon", "/ws/socket.io/?EIO=4&transport=polling"])
def test_a_header_that_says_who_comes_may_come_once(by_proxy: str, name: str, path: str) -> None:
    sent = [("X-Forwarded-User", "ann@x.org"), ("X-Forwarded-Groups", "a"), ("Authorization", "b")]
    assert httpx.get(f"{by_proxy}{path}", headers=sent, trust_env=False).status_code < 401
    refused = httpx.get(f"{by_proxy}{path}", headers=[*sent, (name, "c")], trust_env=False)
    assert refused.status_code == 401
    assert f"The header {name} came twice" in refused.json()["detail"]


def test_a_socket_is_not_opened_for_two_people(by_proxy: str) -> None:
    address = f"{by_proxy.replace('http', 'ws')}/ws/socket.io/?EIO=4&transport=websocket"
    twice = [("X-Forwarded-User", "ann@x.org"), ("X-Forwarded-User", "ben@x.org")]
    with connect(address, additional_headers=twice[:1]):
        pass
    with pytest.raises(InvalidStatus) as refused:
        connect(address, additional_headers=twice)
    assert refused.value.response.status_code == 401
    assert b"The header X-Forwarded-User came twice" in refused.value.response.body


def test_whom_the_proxy_does_not_name_is_told_so(
    proxied: Callable[[str], Proxied],
) -> None:
    tab, _ = proxied("")
    expect(tab.get_by_text("did not identify you")).to_be_visible()
