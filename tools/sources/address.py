"""Addresses of sources, and how to show them without their secrets."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from tools.errors import BadInput

PROTOCOLS = {
    "s3": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
    "az": "adlfs",
    "sftp": "sshfs",
    "ssh": "sshfs",
    "webdav": "webdav4",
    "webdav+http": "webdav4",
    "github": "requests",
    "https": "",
    "http": "",
}
"""The package for each protocol; none if DocSQL implements it."""
OBJECT_STORES = frozenset(["s3", "gs", "gcs", "abfs", "abfss", "az"])
WEB = frozenset(["http", "https"])
_HIDDEN = "***"
_SHORTEST = 4
"""Least length of secrets to redact; shorter ones occur in any text."""
_USER = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^\s/?#'\"]*@", re.IGNORECASE)
_GITHUB = re.compile(r"(?P<org>[\w.-]+):(?P<repo>[\w.-]+)(@(?P<ref>[\w./-]+?))?(?P<path>/.*)?")
_QUERY = re.compile(r"(?P<address>[a-z][a-z0-9+.-]*://[^\s?#'\"]*)\?[^\s#'\"]*", re.IGNORECASE)
_SAFE_QUERY = frozenset(["id", "lang", "p", "page", "q", "v", "version"])


@dataclass(frozen=True, slots=True)
class SourceAddress:
    """A source's URL, in parts. `user` and `password` came with it, and are never shown."""

    scheme: str
    host: str
    path: str
    query: str = ""
    user: str = ""
    password: str = ""

    @property
    def shown(self) -> str:
        """The address without secrets, which identifies its documents."""
        query = f"?{_shown_query(self.query)}" if self.query else ""
        return f"{self.scheme}://{self.host}{self.path}{query}"

    @property
    def is_web(self) -> bool:
        """Whether it is a page or a file of a web server."""
        return self.scheme in WEB


def is_address(text: str) -> bool:
    """Whether a command's argument is a URL and not the path of a file."""
    return "://" in text


def parse_address(url: str) -> SourceAddress:
    """A source's URL in parts.

    Raises:
        BadInput: it is not the URL of a source; the message does not show what opens it.
    """
    scheme = url.split("://", 1)[0].lower()
    if scheme not in PROTOCOLS:
        raise BadInput(
            f"{redacted(url)!r} is not a source that DocSQL knows; write a URL that begins with "
            f"one of {', '.join(PROTOCOLS)}."
        )
    if scheme == "github":
        return _github(url)
    if scheme in OBJECT_STORES:
        return _bucket(scheme, url)
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError as error:
        raise BadInput(f"{redacted(url)!r} is not a valid URL.") from error
    host = parts.hostname or ""
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not host:
        raise BadInput(f"{redacted(url)!r} names no server.")
    host = f"[{host}]" if ":" in host else host
    return SourceAddress(scheme, f"{host}{port}", parts.path, parts.query, user, password)


def _bucket(scheme: str, url: str) -> SourceAddress:
    """A bucket or container with a prefix, in which `?` and `#` are letters like others."""
    netloc, slash, path = url.split("://", 1)[1].partition("/")
    before, at, host = netloc.rpartition("@")
    if not host:
        raise BadInput(f"{redacted(url)!r} names no bucket or container.")
    user, _, password = before.partition(":")
    if at and not password and "." in host:  # container@account.dfs.core.windows.net
        return SourceAddress(scheme, netloc, slash + path)
    return SourceAddress(scheme, host, slash + path, user=unquote(user), password=unquote(password))


def _github(url: str) -> SourceAddress:
    found = _GITHUB.fullmatch(url.split("://", 1)[1])
    if not found:
        raise BadInput("Write a GitHub source as `github://OWNER:REPOSITORY@BRANCH/FOLDER`.")
    ref = f"@{found['ref']}" if found["ref"] else ""
    return SourceAddress("github", f"{found['org']}:{found['repo']}{ref}", found["path"] or "")


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without users, passwords and signatures of URLs, and without known `secrets`."""
    known = [secret for secret in secrets if len(secret) >= _SHORTEST]
    for secret in sorted(known, key=len, reverse=True):
        text = text.replace(secret, _HIDDEN).replace(quote(secret, safe=""), _HIDDEN)
    text = _USER.sub(_without_user, text)
    return _QUERY.sub(_without_query, text)


def _without_user(found: re.Match[str]) -> str:
    is_a_repository = found["scheme"].lower() == "github://"
    return found.group() if is_a_repository else f"{found['scheme']}{_HIDDEN}@"


def _without_query(found: re.Match[str]) -> str:
    query = found.group()[len(found["address"]) + 1 :]
    return f"{found['address']}?{_shown_query(query)}"


def _shown_query(query: str) -> str:
    """Names stay, and the values that only choose a page; a signature has any name."""
    pairs = parse_qsl(query, keep_blank_values=True)
    return "&".join(
        f"{name}={value if _is_plain(name, value) else _HIDDEN}" for name, value in pairs
    )


def _is_plain(name: str, value: str) -> bool:
    return name.lower() in _SAFE_QUERY and len(value) <= 32
