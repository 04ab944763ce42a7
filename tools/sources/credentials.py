"""Credentials of sources, as each protocol's library takes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tools.sources.address import SourceAddress
from tools.sources.web.guard import WebGuard, origin_of


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user with a password (for S3 the key with its secret), a token, or the file of a key.

    `endpoint` is another server of the same protocol, such as a MinIO for S3. `options` go to
    the protocol's library as they are.
    """

    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    key_file: Path | None = None
    known_hosts: Path | None = None
    endpoint: str = ""
    options: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def all_secrets(self) -> tuple[str, ...]:
        """What must not be shown."""
        return tuple(filter(None, (self.password, self.token)))


def filesystem_options(
    address: SourceAddress, credentials: Credentials, *, seconds: float
) -> dict[str, Any]:
    """The arguments of an fsspec file system."""
    make = {
        "s3": _s3,
        **dict.fromkeys(("gs", "gcs"), _gs),
        **dict.fromkeys(("abfs", "abfss", "az"), _azure),
        **dict.fromkeys(("sftp", "ssh"), _sftp),
        **dict.fromkeys(("webdav", "webdav+http"), _webdav),
        "github": _github,
    }[address.scheme]
    given = make(address, credentials, seconds)
    return {key: value for key, value in given.items() if value not in ("", None)} | dict(
        credentials.options
    )


def _s3(address: SourceAddress, given: Credentials, seconds: float) -> dict[str, Any]:
    limits = {"connect_timeout": min(seconds, 10), "read_timeout": seconds}
    return {
        "key": given.user or address.user,
        "secret": given.password or address.password,
        "token": given.token,
        "endpoint_url": given.endpoint,
        "config_kwargs": {**limits, "retries": {"max_attempts": 3}},
        "use_listings_cache": False,
    }


def _gs(_address: SourceAddress, given: Credentials, _seconds: float) -> dict[str, Any]:
    token = str(given.key_file) if given.key_file else given.token
    return {"token": token, "endpoint_url": given.endpoint, "use_listings_cache": False}


def _azure(address: SourceAddress, given: Credentials, seconds: float) -> dict[str, Any]:
    account = address.host.partition("@")[2].partition(".")[0]
    return {
        "account_name": given.user or account,
        "account_key": given.password,
        "sas_token": given.token,
        "account_host": given.endpoint,
        "connection_timeout": int(min(seconds, 10)),
        "read_timeout": int(seconds),
        "use_listings_cache": False,
    }


def _sftp(address: SourceAddress, given: Credentials, seconds: float) -> dict[str, Any]:
    host, _, port = address.host.partition(":")
    # sshfs would believe any server: it is told which it may.
    known = given.known_hosts or Path("~/.ssh/known_hosts")
    return {
        "host": host,
        "port": int(port) if port else None,
        "username": given.user or address.user,
        "password": given.password or address.password,
        "client_keys": [str(given.key_file)] if given.key_file else None,
        "known_hosts": str(known.expanduser()),
        "timeout": min(seconds, 30),
    }


def _webdav(address: SourceAddress, given: Credentials, seconds: float) -> dict[str, Any]:
    scheme = "http" if address.scheme.endswith("+http") else "https"
    url = f"{scheme}://{address.host}"
    guard = WebGuard(origin_of(url))

    def admit(request: httpx.Request) -> None:
        guard.admit(str(request.url))

    user, password = given.user or address.user, given.password or address.password
    return {
        "base_url": url,
        "auth": (user, password) if user else None,
        "headers": {"Authorization": f"Bearer {given.token}"} if given.token else None,
        "timeout": seconds,
        "event_hooks": {"request": [admit]},  # before a redirect is followed, too
    }


def _github(address: SourceAddress, given: Credentials, seconds: float) -> dict[str, Any]:
    name, _, ref = address.host.partition("@")
    org, _, repo = name.partition(":")
    return {
        "org": org,
        "repo": repo,
        "sha": ref,
        "username": given.user or ("git" if given.token else ""),
        "token": given.token,
        "timeout": (min(seconds, 10), seconds),
    }
