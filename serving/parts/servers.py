"""Whether the servers behind the models answer and are of the right kind, asked without costing them a token."""

import logging
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx
from pydantic import SecretStr

from serving.config.secrets import secret
from serving.config.settings import Settings
from serving.models.endpoint.address import server_root, without_credentials
from serving.models.endpoint.kinds import Wanted, inspect_kind
from serving.models.endpoint.tls import trusted

PATIENCE_S = 2.0
"""Seconds that a server has to answer: a router that is busy with a batch still does."""
FALLBACK = "chat fallback"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ModelServer:
    """The endpoint of a part, what it reports, and its problem, if any.

    For chat models, the probe fills in `said`.
    """

    part: str
    url: str
    problem: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class _Named:
    part: str
    url: str
    wanted: Wanted
    api_key: SecretStr | None
    model: str = ""


def model_servers(settings: Settings) -> list[ModelServer]:
    """Every endpoint that the settings name; embedded parts have none and always answer."""
    named = list(_named(settings))
    if not named:
        return []
    with ThreadPoolExecutor(len(named)) as asking:
        return list(asking.map(_ask, named))


def _named(settings: Settings) -> Iterator[_Named]:
    chat, coder = settings.chat, settings.sql_coder
    dense, sorting = settings.embeddings, settings.reranker
    if chat.url:
        yield _Named("chat", chat.url, "chat", chat.api_key)
    if coder.url:
        yield _Named("sql_coder", coder.url, "completion", coder.api_key)
    if dense.url:
        kind: Wanted = "openai embedding" if dense.api == "openai" else "embedding"
        yield _Named("embeddings", dense.url, kind, dense.api_key, dense.model)
    if sorting.url:
        yield _Named("reranker", sorting.url, "reranker", sorting.api_key)
    for server in chat.fallback:
        yield _Named(FALLBACK, server.url, "chat", server.api_key)


def model_problems(servers: Sequence[ModelServer]) -> dict[str, str]:
    """The unusable parts with the reasons, fallbacks of the chat model included."""
    stands_in = any(not server.problem for server in servers if server.part == FALLBACK)
    return {
        server.part: f"{server.problem} Check DOCSQL_{server.part.upper()}__URL and that the server runs."
        for server in servers
        if server.problem and server.part != FALLBACK and not (server.part == "chat" and stands_in)
    }


def server_identities(servers: Sequence[ModelServer]) -> dict[str, str]:
    """The identity of each server by address."""
    return {server.url: server.said for server in servers if server.said}


def log_model_servers(settings: Settings) -> None:
    """Log the server behind each part in the background; the chat model is probed instead."""
    threading.Thread(target=_introduce, args=[settings], name="introduce", daemon=True).start()


def _introduce(settings: Settings) -> None:
    for server in model_servers(settings):
        if server.part in {"chat", FALLBACK}:
            continue
        if server.problem:
            log.warning("The server of %s cannot be used: %s", server.part, server.problem)
        else:
            log.info("The server of %s at %r is %s.", server.part, server.url, server.said)


def _ask(one: _Named) -> ModelServer:
    """Every server here has /health; one with other paths is still alive."""
    key, where = secret(one.api_key), without_credentials(one.url)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        with httpx.Client(headers=headers, timeout=PATIENCE_S, verify=trusted()) as client:
            status = client.get(f"{server_root(one.url)}/health").status_code
            if status >= 500:
                told = f"The server at {where!r} says that it is not healthy (status {status})."
                return ModelServer(one.part, where, told)
            seen = inspect_kind(client, one.url, one.wanted, model=one.model)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        told = f"The server at {where!r} does not answer ({type(error).__name__})."
        return ModelServer(one.part, where, told)
    problem = seen.problem.replace(one.url, where)
    return ModelServer(one.part, where, problem, "" if one.wanted == "chat" else seen.said)
