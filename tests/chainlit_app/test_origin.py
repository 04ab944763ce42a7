import pytest

from chainlit_app.origin import is_loopback_host, is_same_host

HERE = {"HTTP_HOST": "127.0.0.1:8711"}
BEHIND_PROXY = {"HTTP_HOST": "127.0.0.1:8711", "HTTP_X_FORWARDED_HOST": "ask.example.org"}


@pytest.mark.parametrize(
    ("origin", "environ", "is_ours"),
    [
        (None, HERE, True),
        ("http://127.0.0.1:8711", HERE, True),
        ("https://127.0.0.1:8711", HERE, True),
        ("http://127.0.0.1:9999", HERE, False),
        ("https://evil.example", HERE, False),
        ("null", HERE, False),
        ("https://ask.example.org", BEHIND_PROXY, True),
        ("https://evil.example", BEHIND_PROXY, False),
        ("https://evil.example", {}, False),
    ],
)
def test_only_the_page_itself_may_open_its_socket(
    *, origin: str | None, environ: dict[str, str], is_ours: bool
) -> None:
    assert is_same_host(origin, environ) is is_ours


@pytest.mark.parametrize(
    ("host", "is_this_machine"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("192.0.2.1", False),
    ],
)
def test_a_loopback_host_is_known_by_name_and_address(*, host: str, is_this_machine: bool) -> None:
    assert is_loopback_host(host) is is_this_machine
