import ssl
from functools import lru_cache

import httpx


@lru_cache(maxsize=1)
def trusted() -> ssl.SSLContext:
    """The authorities that every model server is verified by; a copy of them takes a megabyte."""
    return httpx.create_ssl_context()
