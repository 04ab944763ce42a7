"""Who is asking: the one place that turns a request into a verified caller."""

from ipaddress import ip_address

from tools.caller import Caller

LOCAL = Caller(id="local")
"""The person at this machine: whoever reaches a service that listens on loopback only."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens on that address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
