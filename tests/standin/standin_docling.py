"""A stand-in for docling-serve 1: it takes a file and gives a document that was written by hand.

The shape is that of docling-core's `DoclingDocument`, version 1.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Part = dict[str, Any]


def at(page: int) -> list[Part]:
    """Where a part is printed."""
    box = {"l": 60.0, "t": 700.0, "r": 500.0, "b": 680.0, "coord_origin": "BOTTOMLEFT"}
    return [{"page_no": page, "bbox": box, "charspan": [0, 9]}]


def refer(*places: str) -> list[Part]:
    return [{"$ref": place} for place in places]


def cell(text: str, row: int, column: int, *, across: int = 1, head: bool = False) -> Part:
    return {
        "text": text,
        "row_span": 1,
        "col_span": across,
        "start_row_offset_idx": row,
        "end_row_offset_idx": row + 1,
        "start_col_offset_idx": column,
        "end_col_offset_idx": column + across,
        "column_header": head,
        "row_header": False,
        "row_section": False,
    }


def table(cells: Sequence[Part], *, rows: int, columns: int, caption: str, page: int) -> Part:
    return {
        "self_ref": "#/tables/0",
        "label": "table",
        "captions": refer(caption),
        "prov": at(page),
        "data": {"table_cells": list(cells), "num_rows": rows, "num_cols": columns, "grid": []},
    }


class DoclingStandIn:
    """The application, the form fields and headers of its last request, and what it answers."""

    def __init__(self, document: Part | None = None) -> None:
        self.document = document
        self.status, self.outcome, self.errors = 200, "success", list[str]()
        self.body: str | None = None
        self.fields: Mapping[str, str] = {}
        self.key: str | None = None
        self.url = ""
        self.app = Starlette(routes=[Route("/v1/convert/file", self._convert, methods=["POST"])])

    async def _convert(self, request: Request) -> Response:
        self.key = request.headers.get("X-Api-Key")
        async with request.form() as form:
            self.fields = {
                name: value if isinstance(value, str) else str(value.filename)
                for name, value in form.items()
            }
        if self.body is not None:
            return Response(self.body, self.status)
        content = {"filename": self.fields["files"], "json_content": self.document}
        problems = [
            {"component_type": "model", "module_name": "layout", "error_message": each}
            for each in self.errors
        ]
        answer = {"document": content, "status": self.outcome, "errors": problems, "timings": {}}
        return JSONResponse(answer, self.status)
