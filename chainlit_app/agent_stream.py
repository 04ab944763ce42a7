"""Reads the events of `/agent/stream`; nothing else of the page imports LangServe."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, cast

import httpx
from httpx_sse import aconnect_sse

try:
    from langserve import RemoteRunnable
except ImportError:  # it is kept by nobody, and one day it will not install
    RemoteRunnable = None

Json = dict[str, Any]
AgentStream = Callable[[Json], AsyncGenerator[Json]]
"""Asks a question and gives the events, as they happen.

Raises `httpx.HTTPError`, with the response where the service refuses the question or breaks off.
"""


def agent_stream(url: str, client: httpx.AsyncClient) -> AgentStream:
    """Events from the agent at `url`, by LangServe's client where there is one."""
    if RemoteRunnable is None:
        return _OwnStream(client).ask
    remote = cast("Any", RemoteRunnable)(url)
    remote.async_client = client
    return cast("AgentStream", remote.astream)


class _OwnStream:
    """Reads LangServe's wire without it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def ask(self, question: Json) -> AsyncGenerator[Json]:
        sent = {"input": question, "config": {}, "kwargs": {}}
        async with aconnect_sse(self._client, "POST", "stream", json=sent) as source:
            source.response.raise_for_status()
            async with aclosing(source.aiter_sse()) as events:
                async for event in events:
                    match event.event:
                        case "data":
                            yield json.loads(event.data)
                        case "error":
                            raise _broken_off(source.response, event.data)
                        case "end":
                            return
                        case _:
                            pass


def _broken_off(response: httpx.Response, said: str) -> httpx.HTTPStatusError:
    status = json.loads(said)["status_code"]
    told = httpx.Response(status, text=said, request=response.request)
    return httpx.HTTPStatusError(said, request=response.request, response=told)
