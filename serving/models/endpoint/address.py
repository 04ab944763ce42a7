"""Where a model server is, as requests need it and as messages may show it."""

import re

import httpx

CONNECT_TIMEOUT_S = 5.0


def api_base(url: str) -> str:
    """The base URL that ends in `/v1`, whether or not `url` does."""
    bare = url.strip().rstrip("/")
    return bare if bare.endswith("/v1") else f"{bare}/v1"


def server_root(url: str) -> str:
    """The URL above `/v1`, where `/info`, `/health` and the native routes are."""
    return url.strip().rstrip("/").removesuffix("/v1")


def without_credentials(url: str) -> str:
    """The URL as a message may show it: without a user's name and password."""
    try:
        return str(httpx.URL(url).copy_with(username=None, password=None))
    except httpx.InvalidURL:  # whoever uses it says so
        return re.sub(r"//[^/?#]*@", "//", url)
