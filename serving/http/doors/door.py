"""What every agent door is given."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request

from serving.http.agent import AgentRunnable

PATH = "/agent"
ENDPOINTS = ("invoke", "batch", "stream", "input_schema", "output_schema", "config_schema")
"""The routes under the path, by LangServe's names."""


@dataclass(frozen=True, slots=True)
class AgentRoutes:
    """What the routes serve, and what stands in front of each of them.

    `with_caller` puts the verified caller into a run's configuration; each of `before` may refuse
    a request.
    """

    agent: AgentRunnable
    with_caller: Callable[[dict[str, Any], Request], dict[str, Any]]
    before: Sequence[Callable[[Request], Awaitable[None]]]
    has_playground: bool


AddRoutes = Callable[[FastAPI, AgentRoutes], None]
"""Adds the agent's routes to an application."""
