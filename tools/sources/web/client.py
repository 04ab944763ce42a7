"""Fetches pages: politely, bounded in size and time, following only allowed redirects."""

import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from tools.errors import BadInput, TooLarge, Unavailable
from tools.sources.address import redacted
from tools.sources.credentials import Credentials
from tools.sources.listing import SourceLimits
from tools.sources.web.guard import OffLimits, WebGuard, origin_of, require_public

AGENT = "DocSQL"
GONE = frozenset([404, 410])
_MOVED = frozenset([301, 302, 303, 307, 308])
_MOST_REDIRECTS = 5
_PASSING = frozenset([429, 500, 502, 503, 504])
_LONGEST_WAIT_S = 30.0


class PageGone(BadInput):
    """A page that its server no longer has."""


class BadStatus(Unavailable):
    """A server's answer without the page."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the server answered {status}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said of a page's state, to ask it later whether that has changed."""

    etag: str = ""
    modified: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """The conditional headers of a request."""
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in named.items() if value}

    @property
    def version(self) -> str:
        """One text of both; empty where the server says nothing."""
        return (
            f"etag:{self.etag}"
            if self.etag
            else f"modified:{self.modified}"
            if self.modified
            else ""
        )


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched page with its final URL and type; `is_same` says it has not changed."""

    url: str
    kind: str
    validators: Validators
    is_same: bool = False


@dataclass(slots=True, kw_only=True)
class WebClient:
    """One server's pages, `interval_s` apart; credentials are only ever sent to it."""

    guard: WebGuard
    credentials: Credentials
    limits: SourceLimits
    interval_s: float
    http: httpx.Client = field(init=False)
    _next: float = 0.0
    _proxies: dict[str, str] = field(default_factory=urllib.request.getproxies)

    def __post_init__(self) -> None:
        timeout = httpx.Timeout(self.limits.seconds, connect=min(self.limits.seconds, 10))
        self.http = httpx.Client(timeout=timeout, headers={"User-Agent": AGENT})

    def get(self, url: str, target: Path, known: Validators | None = None) -> Page:
        """Fetch a page into a file, unless it `is_same` as it was known.

        Raises:
            PageGone: it is not there.
            OffLimits: it leads where it must not.
            TooLarge: it exceeds the limit.
            Unavailable: its server does not answer, or not with it.
        """
        headers = known.headers if known else {}
        for _ in range(_MOST_REDIRECTS + 1):
            self.guard.admit(url)
            with self._reply(url, headers) as reply:
                if reply.status_code not in _MOVED:
                    return self._taken(reply, url, target)
                url = urljoin(url, reply.headers.get("location", ""))
        raise OffLimits(f"it is redirected more than {_MOST_REDIRECTS} times")

    def wait_at_least(self, seconds: float) -> None:
        """Leave more time between requests, as a server asks for it."""
        self.interval_s = max(self.interval_s, min(seconds, _LONGEST_WAIT_S))

    @contextmanager
    def _reply(self, url: str, headers: dict[str, str]) -> Generator[httpx.Response]:
        self._wait()
        try:
            with self.http.stream("GET", url, headers=headers, auth=self._auth(url)) as reply:
                self._check_peer(reply, url)
                yield reply
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            what = redacted(str(error), self.credentials.all_secrets) or type(error).__name__
            if "WRONG_VERSION_NUMBER" in what:  # how OpenSSL says that no TLS came back
                raise Unavailable("the server speaks http and not https there") from error
            raise Unavailable(f"the server does not answer ({what})") from error

    def _wait(self) -> None:
        time.sleep(max(0.0, self._next - time.monotonic()))
        self._next = time.monotonic() + self.interval_s

    def _auth(self, url: str) -> Any:
        given = self.credentials
        if not self.guard.is_own(url):
            return None
        if given.token:
            return _bearer(given.token)
        return (given.user, given.password) if given.user else None

    def _check_peer(self, reply: httpx.Response, url: str) -> None:
        """A name may get another address between the look at it and the connection."""
        parts = urlsplit(url)
        has_proxy = not self._proxies.keys().isdisjoint([parts.scheme, "all"])
        proxied = has_proxy and not urllib.request.proxy_bypass(parts.netloc)
        if self.guard.is_own(url) or proxied:
            return
        peer = reply.extensions["network_stream"].get_extra_info("server_addr")
        require_public(str(peer[0]), origin_of(url).host)

    def _taken(self, reply: httpx.Response, url: str, target: Path) -> Page:
        said = reply.headers
        kind = said.get("content-type", "").partition(";")[0].strip().lower()
        found = Validators(said.get("etag", ""), said.get("last-modified", ""))
        if reply.status_code == 304:
            return Page(url, kind, found, is_same=True)
        if reply.status_code in GONE:
            raise PageGone(f"the server answered {reply.status_code}")
        if reply.status_code != 200:
            if reply.status_code in _PASSING:
                self.wait_at_least(_seconds(said.get("retry-after", "")))
            raise BadStatus(reply.status_code)
        self._write(reply, target)
        return Page(url, kind, found)

    def _write(self, reply: httpx.Response, target: Path) -> None:
        left, until = self.limits.file_bytes, time.monotonic() + 10 * self.limits.seconds
        with target.open("wb") as file:
            for piece in reply.iter_bytes():
                left -= len(piece)
                if left < 0:
                    raise TooLarge(f"it is larger than {self.limits.file_bytes} bytes")
                if time.monotonic() > until:
                    raise Unavailable("the server sends too slowly")
                file.write(piece)


class _Bearer(httpx.Auth):
    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """The request with the token."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


def _bearer(token: str) -> httpx.Auth:
    return _Bearer(token)


def _seconds(text: str) -> float:
    return float(text) if text.isdecimal() else 0.0
