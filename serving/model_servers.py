"""Whether the servers behind the models answer, asked without costing them a token."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from serving.settings import Settings

PATIENCE_S = 2.0
"""Seconds that a server has to answer: a router that is busy with a batch still does."""
FALLBACK = "chat fallback"


@dataclass(frozen=True, slots=True)
class ModelServer:
    """An endpoint of a part, and what is wrong with it if anything is."""

    part: str
    url: str
    problem: str


def model_servers(settings: Settings) -> list[ModelServer]:
    """Every endpoint that the settings name; embedded parts have none and always answer."""
    sections = (
        ("chat", settings.chat),
        ("sql_coder", settings.sql_coder),
        ("embeddings", settings.embeddings),
        ("reranker", settings.reranker),
    )
    named = [(part, section.url) for part, section in sections if section.url is not None]
    named += [(FALLBACK, server.url) for server in settings.chat.fallback]
    if not named:
        return []
    with ThreadPoolExecutor(len(named)) as asking:
        problems = asking.map(_problem, [url for _, url in named])
        return [
            ModelServer(part, url, problem)
            for (part, url), problem in zip(named, problems, strict=True)
        ]


def model_problems(servers: Sequence[ModelServer]) -> dict[str, str]:
    """The parts that cannot be used, each with why; one that stands in for the chat model counts."""
    stands_in = any(not server.problem for server in servers if server.part == FALLBACK)
    return {
        server.part: f"{server.problem} Check DOCSQL_{server.part.upper()}__URL and that the server runs."
        for server in servers
        if server.problem and server.part != FALLBACK and not (server.part == "chat" and stands_in)
    }


def _problem(url: str) -> str:
    """Every server here has /health; one that has another idea of paths lives all the same."""
    root = url.rstrip("/").removesuffix("/v1")
    try:
        status = httpx.get(f"{root}/health", timeout=PATIENCE_S).status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"The server at {url!r} does not answer ({type(error).__name__})."
    if status >= 500:
        return f"The server at {url!r} says that it is not healthy (status {status})."
    return ""
