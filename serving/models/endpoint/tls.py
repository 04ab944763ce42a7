"""One TLS context for all clients of model servers."""

import ssl
from functools import lru_cache

import httpx


def trusted() -> ssl.SSLContext:
    """The authorities that every model server is verified by; a copy of them takes a megabyte."""
    return _trusted(ssl.get_default_verify_paths())


@lru_cache(maxsize=1)
def _trusted(_: ssl.DefaultVerifyPaths) -> ssl.SSLContext:
    """Read anew where the environment names other files, which httpx heeds."""
    return httpx.create_ssl_context()
