"""An answer's results on the page: charts, switching, a person's own statements, downloads."""

import json
from collections.abc import Awaitable
from typing import Any, cast
from urllib.parse import quote
from uuid import uuid4

import chainlit as cl
import httpx
from chainlit.element import ElementDict
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from chainlit_app.compat import session
from chainlit_app.drawing import KINDS, plotted
from chainlit_app.evidence import evidence, result
from chainlit_app.service import Service
from chainlit_app.texts.table import words_for
from serving.client import ServiceError
from serving.schema import Answer, Chart, Query, Rating

SHOW_AS, RUN_SQL = "show_as", "run_sql"
"""The actions that `public/views/Evidence.jsx` calls."""
SAVED = "/answers/{answer_id}/results/{number:int}"
"""Where a browser downloads a result, since it may not reach the service itself."""
SAVED_OWN = "/statements/rows"
"""The same for a person's own statement."""
_HOW = ("format", "find", "sort", "descending")
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


async def show_results(answer: Answer, *, message: str, said: Rating | None = None) -> None:
    """Charts, then what stands below the answer."""
    queries = {query.number: query for query in answer.queries}
    below = evidence(answer, message=message, said=said)
    kinds = {shown.number: shown.kind for shown in below.results}
    for chart in answer.charts:
        if chart.number in kinds and chart.x is not None:
            drawn = _Drawn(chart=chart, query=queries[chart.number])
            await _draw(drawn, chart.kind, message=message)
    element = cl.CustomElement(name="Evidence", props=below.model_dump(), display="inline")
    await element.send(for_id=message)


async def switch(told: object) -> None:
    """Show a result as a person chose; ignore a message that no button sends."""
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
        return {"problem": words_for("result.no_statement")}
    except ServiceError as error:
        return {"problem": str(error)}
    shown = result(found.model_copy(update={"number": own.number}))
    return {"result": {**shown.model_dump(), "marks": [words_for("result.own")]}}


async def save(request: Request, service: Service) -> Response:
    """A result or document as a file, from the service and in the visitor's name."""
    path = f"{quote(request.url.path)}?{request.url.query}".rstrip("?")
    return await _passed_on(service.saved(path))


async def save_own(request: Request, service: Service) -> Response:
    """The rows of a person's own statement as a file."""
    given = request.query_params
    statement = [given.get(name, "") for name in ("database", "sql")]
    how = {"format": "csv"} | {name: given[name] for name in _HOW if name in given}
    return await _passed_on(service.saved_own(*statement, how=how))


async def _passed_on(file: Awaitable[httpx.Response]) -> Response:
    try:
        found = await file
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
        drawn.element = await _show_chart(drawn, kind, message=message)
    _kept()[f"{message}/{drawn.query.number}"] = drawn.model_dump(mode="json")


async def _show_chart(drawn: _Drawn, kind: str, *, message: str) -> str:
    """Send the chart, with nothing on it that leads elsewhere; its element's id.

    As an element of Plotly's kind, which the browser draws: `cl.Plotly` would need the library here
    as well, to make the same JSON.
    """
    config = {"displayModeBar": False, "displaylogo": False, "responsive": True}
    told = {**plotted(drawn.chart, drawn.query, kind), "config": config}
    name = f"chart-{message}-{drawn.query.number}"
    content = json.dumps(told).encode()
    key = await session.keep_file(name, mime="application/json", content=content)
    id_ = uuid4().hex
    element = ElementDict(
        id=id_,
        type="plotly",
        name=name,
        display="inline",
        size="medium",
        forId=message,
        chainlitKey=key,
        mime="application/json",
    )
    await cl.context.emitter.send_element(element)
    return id_


def _kept() -> dict[str, Any]:
    """Drawn results by message and number; JSON, because Chainlit writes a session down."""
    kept = cast("dict[str, Any] | None", cl.user_session.get(_KEPT))
    if kept is None:
        kept = {}
        cl.user_session.set(_KEPT, kept)
    return kept
