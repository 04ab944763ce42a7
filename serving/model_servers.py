"""Whether the servers behind the models answer, asked without costing them a token."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from serving.settings import Settings

PATIENCE_S = 3.0
"""Seconds that a server has to answer: a router that is busy with a batch still does."""


def model_problems(settings: Settings) -> dict[str, str]:
    """The parts whose server does not answer, each with why; embedded parts always do."""
    servers = {
        part: section.url
        for part, section in (
            ("chat", settings.chat),
            ("sql_coder", settings.sql_coder),
            ("embeddings", settings.embeddings),
            ("reranker", settings.reranker),
        )
        if section.url is not None
    }
    if not servers:
        return {}
    others = [server.url for server in settings.chat.fallback]
    with ThreadPoolExecutor(len(servers) + len(others)) as asking:
        said = dict(zip(servers, asking.map(_problem, servers.values()), strict=True))
        stands_in = any(not problem for problem in asking.map(_problem, others))
    if stands_in:
        said.pop("chat", None)
    return {
        part: f"{problem} Check DOCSQL_{part.upper()}__URL and that the server runs."
        for part, problem in said.items()
        if problem
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
