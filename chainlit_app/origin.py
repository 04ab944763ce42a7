from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit


def is_same_host(origin: str | None, environ: Mapping[str, str]) -> bool:
    """Whether a request comes from the page itself, as engine.io asks it.

    A browser sets `Origin` and no page can forge it. The host that the browser asked for is in
    `Host`, or, behind a reverse proxy, in `X-Forwarded-Host`; the scheme is left out, because a
    proxy that ends TLS changes it. Programs that are not browsers send no origin.
    """
    if not origin:
        return True
    forwarded = environ.get("HTTP_X_FORWARDED_HOST", "").split(",")[0].strip()
    return urlsplit(origin).netloc in {environ.get("HTTP_HOST"), forwarded} - {"", None}


def is_loopback_host(host: str) -> bool:
    """Whether a host, by name or address, can only be this machine."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
