from base64 import b64encode
from hashlib import sha256

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from chainlit_app.policy import content_policy, keep_to_this_origin

INDEX = '<script>one()</script><script src="/two.js"></script><script>\nthree()\n</script>'


def test_scripts_that_stand_in_the_page_are_allowed_by_their_hashes() -> None:
    directives = content_policy(INDEX).split("; ")
    (scripts,) = [directive for directive in directives if directive.startswith("script-src")]
    hashes = [b64encode(sha256(text).digest()).decode() for text in (b"one()", b"\nthree()\n")]
    assert scripts.split()[1:] == ["'self'", "'unsafe-eval'", *(f"'sha256-{h}'" for h in hashes)]


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/none", 404), ("/broken", 500)])
def test_a_response_carries_the_policy_whatever_became_of_the_request(
    path: str, status: int
) -> None:
    def page(_: Request) -> Response:
        return HTMLResponse(INDEX, headers={"Referrer-Policy": "unsafe-url"})

    def broken(_: Request) -> Response:
        raise ValueError("a bug")

    app = Starlette(routes=[Route("/", page), Route("/broken", broken)])
    keep_to_this_origin(app, index=INDEX)
    response = TestClient(app, raise_server_exceptions=False).get(path)
    assert response.status_code == status
    assert response.headers.get_list("content-security-policy") == [content_policy(INDEX)]
    assert response.headers.get_list("referrer-policy") == ["same-origin"]
    assert "a bug" not in response.text
