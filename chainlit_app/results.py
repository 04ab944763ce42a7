"""An answer's results on the page: drawn, switched, run again as a person's own, and saved."""

import json
from typing import Any, cast

import chainlit as cl
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from chainlit_app.drawing import KINDS, plotted
from chainlit_app.evidence import evidence, result
from chainlit_app.service import Service
from serving.client import ServiceError
from serving.schema import Answer, Chart, Query

SHOW_AS, RUN_SQL = "show_as", "run_sql"
"""The actions that `public/elements/Evidence.jsx` calls."""
SAVED = "/answers/{answer_id}/results/{number:int}"
"""Where a browser saves a result; it may not reach the service itself."""
_KEPT = "results"


class _Drawn(BaseModel):
    """A result with a chart, kept for a switch; `element` is empty while it is a table."""

    chart: Chart
    query: Query
    element: str = ""


class _Switch(BaseModel):
    message: str
    number: int
    kind: str


class _Own(BaseModel):
    database: str
    sql: str = Field(min_length=1)
    number: int


async def show_results(answer: Answer, *, message: str) -> None:
    """Charts, then what stands below the answer."""
    queries = {query.number: query for query in answer.queries}
    below = evidence(answer, message=message)
    kinds = {shown.number: shown.kind for shown in below.results}
    for chart in answer.charts:
        if chart.number in kinds and chart.x is not None:
            drawn = _Drawn(chart=chart, query=queries[chart.number])
            await _draw(drawn, chart.kind, message=message)
    element = cl.CustomElement(name="Evidence", props=below.model_dump(), display="inline")
    await element.send(for_id=message)


async def switch(told: object) -> None:
    """Show a result as a person chose; ignore what no button says."""
    try:
        wanted = _Switch.model_validate(told)
        drawn = _Drawn.model_validate(_kept().get(f"{wanted.message}/{wanted.number}"))
    except ValidationError:
        return
    await _draw(drawn, wanted.kind, message=wanted.message)


async def run_own(told: object, service: Service) -> dict[str, Any]:
    """The rows of a person's own statement, or why it did not run."""
    try:
        own = _Own.model_validate(told)
        found = await service.run(own.database, own.sql)
    except ValidationError:
        return {"problem": "There is no statement to run."}
    except ServiceError as error:
        return {"problem": str(error)}
    shown = result(found.model_copy(update={"number": own.number}))
    return {"result": {**shown.model_dump(), "marks": ["Your own statement"]}}


async def save(request: Request, service: Service) -> Response:
    """A result or document as a file, from the service and in the visitor's name."""
    path = f"{request.url.path}?{request.url.query}".rstrip("?")
    try:
        found = await service.saved(path)
    except ServiceError as error:
        return JSONResponse({"detail": str(error)}, 404)
    passed = ("content-type", "content-disposition", "cache-control")
    headers = {name: found.headers[name] for name in passed if name in found.headers}
    return Response(found.content, headers=headers)


async def _draw(drawn: _Drawn, kind: str, *, message: str) -> None:
    if drawn.element:
        await cl.context.emitter.emit("remove_element", {"id": drawn.element})
    drawn.element = ""
    if kind in KINDS:
        name = f"chart-{message}-{drawn.query.number}"
        element = _plotly(drawn.chart, drawn.query, kind, name=name)
        await element.send(for_id=message)
        drawn.element = element.id
    _kept()[f"{message}/{drawn.query.number}"] = drawn.model_dump(mode="json")


def _plotly(chart: Chart, query: Query, kind: str, *, name: str) -> cl.Plotly:
    """The chart as the page's element, with nothing on it that leads elsewhere."""
    from plotly import graph_objects  # noqa: PLC0415  # a second, which the start need not wait for

    drawn = plotted(chart, query, kind)
    element = cl.Plotly(name=name, figure=graph_objects.Figure(drawn), display="inline")
    config = {"displayModeBar": False, "displaylogo": False, "responsive": True}
    element.content = json.dumps({**drawn, "config": config})
    return element


def _kept() -> dict[str, Any]:
    """Drawn results by message and number; JSON, because Chainlit writes a session down."""
    kept = cast("dict[str, Any] | None", cl.user_session.get(_KEPT))
    if kept is None:
        kept = {}
        cl.user_session.set(_KEPT, kept)
    return kept
