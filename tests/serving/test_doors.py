"""Every route of the service is behind the door: a walk through the route table."""

from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Mount

from serving.auth.identity import authenticator_from
from serving.auth.scopes import PUBLIC, is_known_path
from serving.config.service import ServiceSettings
from serving.config.settings import Settings
from serving.http.app import create_app
from serving.parts.assembly import open_parts

KEY = "generated-0123456789abcdef"


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[FastAPI]:
    """Everything that can be served is."""
    settings = Settings.model_validate(
        {
            "data": tmp_path,
            "service": ServiceSettings(playground=True),
            "auth": {"api_key": KEY},
        }
    )
    async with open_parts(settings) as parts:
        yield create_app(parts, authenticator_from(settings))


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


def addresses(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every (method, path) there is; of a mounted application, a path within it too."""
    for found in iter_route_contexts(routes):
        route = found.original_route
        if isinstance(route, Mount):
            yield "POST", f"{prefix}{route.path}/anything"
            yield from addresses(route.routes, prefix + route.path)
        else:
            assert found.path is not None, f"This walk does not know what {route!r} is."
            for method in found.methods or {"GET"}:
                yield method, prefix + found.path


async def test_no_route_answers_without_credentials_but_the_public_ones(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    walked = set(addresses(app.routes))
    assert len(walked) > 15
    for method, path in walked:
        answer = await client.request(method, path.replace("{", "").replace("}", ""))
        assert (answer.status_code != 401) == (path in PUBLIC), (method, path)


async def test_no_route_is_missing_from_the_table_of_doors(app: FastAPI) -> None:
    assert [path for _, path in addresses(app.routes) if not is_known_path(path)] == []


async def test_a_key_goes_through_every_door(app: FastAPI, client: httpx.AsyncClient) -> None:
    for method, path in addresses(app.routes):
        answer = await client.request(method, path, headers={"Authorization": f"Bearer {KEY}"})
        assert answer.status_code not in {401, 403}, (method, path)


BESIDE = [
    "/health/../documents",
    "//documents",
    "/ready/",
    "/health%2f..%2fdocuments",
    "/HEALTH",
    "/agent/playground/x.js",
    "/agent/c/N4XyA/invoke",
    "/health;/documents",
]


async def test_no_way_of_writing_a_path_goes_around_the_door(client: httpx.AsyncClient) -> None:
    for path in BESIDE:
        answer = await client.get(f"http://localhost{path}")
        assert answer.status_code == 401, path
