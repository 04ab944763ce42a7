"""A stand-in for Trino's client protocol, backed by SQLite.

Source: https://trino.io/docs/current/develop/client-protocol.html
"""

import sqlite3
import threading
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TABLES = [
    ("shop", "orders", "BASE TABLE"),
    ("shop", "secrets", "BASE TABLE"),
    ("shop", "totals", "VIEW"),
    ("sales", "targets", "BASE TABLE"),
    ("hidden", "things", "BASE TABLE"),
]
COLUMNS = [
    ("shop", "orders", "id", "bigint", "NO"),
    ("shop", "orders", "state", "varchar", "YES"),
    ("shop", "orders", "secret", "varchar", "YES"),
    ("shop", "secrets", "id", "bigint", "YES"),
    ("shop", "totals", "state", "varchar", "YES"),
    ("sales", "targets", "id", "bigint", "YES"),
    ("hidden", "things", "id", "bigint", "YES"),
]


class TrinoStandIn:
    """Answers in two pages, keeps what it was asked, and runs `endless` until it is cancelled."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[tuple[str, str]] = []
        self.is_endless = threading.Event()
        self.cancelled = threading.Event()
        self._running: dict[str, list[tuple[Any, ...]]] = {}
        self.app = Starlette(
            routes=[
                Route("/v1/statement", self._post, methods=["POST"]),
                Route("/v1/statement/{id}", self._page, methods=["GET"]),
                Route("/v1/statement/{id}", self._cancel, methods=["DELETE"]),
            ]
        )

    async def _post(self, request: Request) -> Response:
        sql = (await request.body()).decode()
        self.asked.append((sql, request.headers.get("X-Trino-Session", "")))
        number = f"q{len(self.asked)}"
        if sql.startswith("SET SESSION"):
            name, _, value = sql.removeprefix("SET SESSION ").partition(" = ")
            headers = {"X-Trino-Set-Session": f"{name}={value.strip(chr(39))}"}
            return JSONResponse(self._body(number, [], state="FINISHED"), headers=headers)
        try:
            rows = [] if "endless" in sql else self._rows(sql)
        except sqlite3.Error:
            error: dict[str, Any] = {"errorName": "TABLE_NOT_FOUND", "errorType": "USER_ERROR", "errorCode": 46,
                     "message": "line 1:15: Table does not exist", "failureInfo": {}}  # fmt: skip
            return JSONResponse({**self._body(number, [], state="FAILED"), "error": error})
        self._running[number] = rows
        following = f"{self.url}/v1/statement/{number}{'?endless=1' if 'endless' in sql else ''}"
        return JSONResponse({**self._body(number, None, state="QUEUED"), "nextUri": following})

    async def _page(self, request: Request) -> Response:
        number = request.path_params["id"]
        if request.query_params.get("endless") and not self.cancelled.is_set():
            self.is_endless.set()
            following = f"{self.url}/v1/statement/{number}?endless=1"
            return JSONResponse({**self._body(number, None, state="RUNNING"), "nextUri": following})
        return JSONResponse(self._body(number, self._running.get(number, []), state="FINISHED"))

    async def _cancel(self, request: Request) -> Response:
        self.cancelled.set()
        return Response(status_code=204)

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        if sql.startswith("EXPLAIN"):
            return [(True,)]
        if sql.startswith("EXECUTE IMMEDIATE "):
            text, _, given = sql.removeprefix("EXECUTE IMMEDIATE ").partition(" USING ")
            sql = text.strip("'").replace("''", "'")
            for value in given.split(","):
                sql = sql.replace("?", value, 1)
        with sqlite3.connect(":memory:") as memory:
            memory.execute("ATTACH ':memory:' AS information_schema")
            memory.execute(
                "CREATE TABLE information_schema.tables (table_schema, table_name, table_type)"
            )
            memory.execute(
                "CREATE TABLE information_schema.columns (table_schema, table_name, column_name, "
                "data_type, is_nullable, ordinal_position INTEGER)"
            )
            memory.executemany("INSERT INTO information_schema.tables VALUES (?, ?, ?)", TABLES)
            placed = [(*column, place) for place, column in enumerate(COLUMNS)]
            memory.executemany(
                "INSERT INTO information_schema.columns VALUES (?, ?, ?, ?, ?, ?)", placed
            )
            memory.execute("CREATE TABLE orders (id, state, secret)")
            memory.execute("INSERT INTO orders VALUES (1, 'paid', 'CANARY'), (2, 'open', 'CANARY')")
            return list(memory.execute(sql.replace('"shop".', "")))

    def _body(
        self, number: str, rows: list[tuple[Any, ...]] | None, *, state: str
    ) -> dict[str, Any]:
        body: dict[str, Any] = {
            "id": number,
            "infoUri": f"{self.url}/ui/{number}",
            "stats": {"state": state},
        }
        if rows is not None:
            width = len(rows[0]) if rows else 1
            body["columns"] = [_column(place, rows) for place in range(width)]
            body["data"] = rows
        return body


def _column(place: int, rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    is_number = bool(rows) and isinstance(rows[0][place], int)
    kind = "bigint" if is_number else "varchar"
    length = {"kind": "LONG", "value": 2147483647}
    return {
        "name": f"c{place}",
        "type": kind,
        "typeSignature": {"rawType": kind, "arguments": [] if is_number else [length]},
    }
