"""LangServe's routes around the agent; nothing else of the service imports LangServe."""

from typing import Any, cast

from fastapi import Depends, FastAPI
from langserve import add_routes  # pyright: ignore[reportUnknownVariableType]  # untyped dependencies

from serving.http.doors.door import ENDPOINTS, PATH, AgentRoutes
from serving.wire.answer import Answer
from serving.wire.question import Question

PLAYGROUND = ("playground", "stream_log")  # its page posts to /stream_log


def add_langserve_routes(app: FastAPI, routes: AgentRoutes) -> None:
    """Serve the agent by LangServe, with its playground where that is wanted."""
    enabled = (*ENDPOINTS, *PLAYGROUND) if routes.has_playground else ENDPOINTS
    add_routes(
        app,
        routes.agent,
        path=PATH,
        input_type=Question,
        output_type=Answer,
        enabled_endpoints=cast("Any", enabled),
        per_req_config_modifier=routes.with_caller,
        dependencies=[Depends(required) for required in routes.before],
    )
