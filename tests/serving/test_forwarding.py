"""A caller's own token reaches the model with that caller's calls and with no other."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from docsql_process import Folder
from standin_oidc import AUDIENCE, OidcStandIn
from standin_server import serve
from standin_tgi import Calls, Reply, StartTgi, Text

CALLERS = 50
CALLS_A_TURN = 3
OWN = "Bearer the-services-own"
"""The key for probes, and for callers without a token to forward."""


def brain(body: dict[str, Any]) -> Reply:
    """Decides for the database, writes a statement and answers, and always says who asked."""
    if "response_format" in body:
        asked = body["messages"][-1]["content"]
        return Calls([("query_database", {"question": asked, "database": "shop"})])
    if "# Write one SQL" in json.dumps(body["messages"]) or "SELECT" in json.dumps(body):
        return Text("SELECT COUNT(*) AS n FROM repairs")
    return Text("There are 7 repairs [1].")


@pytest.fixture
def provider() -> Iterator[OidcStandIn]:
    standin = OidcStandIn()
    with serve(standin.app) as url:
        standin.url = url
        yield standin


async def test_of_50_callers_at_once_no_model_call_carries_anothers_token(
    tmp_path: Path, shop_settings: dict[str, str], provider: OidcStandIn, tgi_server: StartTgi
) -> None:
    model = tgi_server(brain, token_delay_s=0.01)
    settings = {
        **shop_settings,
        "DOCSQL_CHAT__URL": model.url,
        "DOCSQL_CHAT__API_KEY": OWN.removeprefix("Bearer "),
        "DOCSQL_CHAT__FORWARD_TOKEN": "true",
        "DOCSQL_AUTH__OIDC__ISSUER": provider.url,
        "DOCSQL_AUTH__OIDC__AUDIENCE": f'["{AUDIENCE}"]',
    }
    folder = Folder(tmp_path, settings)
    key = folder.run("keys", "create", "with-a-key").stdout.strip()
    tokens = {f"person-{n:02}": provider.token(f"person-{n:02}") for n in range(CALLERS)}
    with folder.serving() as service:
        async with httpx.AsyncClient(base_url=service.url, trust_env=False, timeout=60) as client:

            async def ask(name: str, token: str) -> httpx.Response:
                question = f"{name} asks: how many repairs are there?"
                headers = {"Authorization": f"Bearer {token}"}
                body = {"input": {"question": question}}
                route = "stream" if int(name[-1]) % 2 else "invoke"
                return await client.post(f"/agent/{route}", json=body, headers=headers)

            answers = await asyncio.gather(*(ask(*each) for each in tokens.items()))
            refused = [answer.text for answer in answers if answer.status_code != 200]
            assert service.process.stderr is not None
            assert not refused, (refused, service.process.stderr.read())
            carried = list(zip(model.requests, model.authorizations, strict=True))
            model.forget()
            await ask("person-00", key)
    assert sum(sent != OWN for _, sent in carried) >= CALLERS * CALLS_A_TURN
    assert {_mismatch(body, sent) for body, sent in carried} == {None}
    assert set(model.authorizations) == {OWN}


def _mismatch(body: dict[str, Any], authorization: str) -> str | None:
    """Requests whose content does not belong to the token's owner."""
    said = json.dumps(body)
    if authorization == OWN:
        return said if "person-" in said else None
    token = authorization.removeprefix("Bearer ")
    claims = jwt.decode(token, options={"verify_signature": False})
    return None if set(re.findall(r"person-\d\d", said)) == {claims["sub"]} else said
