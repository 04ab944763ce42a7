"""Downloads of an answer's rows, and the caller's own statements through the gate."""

import re
from asyncio import to_thread
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal
from unicodedata import normalize

from fastapi import APIRouter, Depends, Query as Param, Request, Response

from agent.approval import UNASKED, ApprovalRule
from serving.conversations.service import Conversations
from serving.http.sheets import (
    CSV_TYPE,
    EXCEL_TYPE,
    as_csv,
    as_excel,
    in_order_of,
    part_of,
    told_part,
    with_word,
)
from serving.observability.metrics import Metrics
from serving.turns.databases import database_for
from serving.wire.answer import Query
from serving.wire.evidence import query
from serving.wire.statements import OwnStatement
from tools.audit import StatementRead
from tools.caller import Caller
from tools.errors import BadInput
from tools.language.reader import reader
from tools.language.telling import IN_ENGLISH
from tools.sql.run import Database, QueryResult

_MAX_NAME = 60
Format = Literal["csv", "xlsx"]
_WAITS = (
    "Statements on this database need a person's approval. Ask in plain words, then edit the statement "
    "that waits for approval."
)


@dataclass(frozen=True, slots=True)
class RowChoice:
    """Which rows a file has, and how they are sorted: all as the statement has them, by default."""

    find: Annotated[
        str, Param(max_length=200, description="Only rows that have this in a cell, in any case.")
    ] = ""
    sort: Annotated[int | None, Param(ge=1, description="The column's number, from 1.")] = None
    descending: bool = False

    def of(self, result: QueryResult) -> QueryResult:
        """Those rows of the result."""
        if self.find:
            result = with_word(result, self.find, told=reader() or IN_ENGLISH)
        if self.sort is not None:
            result = in_order_of(result, self.sort, is_down=self.descending)
        return result


CallerOf = Callable[[Request], Caller]


def results_router(
    conversations: Conversations,
    databases: Mapping[str, Database],
    rules: Mapping[str, ApprovalRule],
    metrics: Metrics,
    caller_of: CallerOf,
) -> APIRouter:
    """Results of the caller's own answers, and statements that run as the caller."""
    router = APIRouter(tags=["results"])

    @router.get(
        "/answers/{answer_id}/results/{number}",
        summary="The rows of a query that an answer cites, as CSV or for Excel",
        response_class=Response,
    )
    async def download(
        answer_id: str,
        number: int,
        caller: Annotated[Caller, Depends(caller_of)],
        rows: Annotated[RowChoice, Depends()],
        format: Format = "csv",
    ) -> Response:
        found = await conversations.result(answer_id, number, caller=caller)
        # A database that is disconnected, or closed to the caller by now, hands out nothing.
        database_for(caller, found.database, databases)
        asked = await conversations.question(answer_id, caller=caller)
        file, found = await to_thread(_file, found, rows, format, f"{_as_name(asked)}-{number}")
        read = StatementRead(caller, found.database, found.sql, "downloaded", len(found.rows))
        metrics.downloaded(read)  # before it is handed out
        return file

    @router.post(
        "/statements", summary="Run a SELECT of one's own through the gate", response_model=Query
    )
    async def run(
        statement: OwnStatement,
        caller: Annotated[Caller, Depends(caller_of)],
        rows: Annotated[RowChoice, Depends()],
        format: Format | None = None,
    ) -> Query | Response:
        database = database_for(caller, statement.database, databases)
        rule = rules.get(statement.database, UNASKED)
        if rule.may_ask and rule.asks(await database.aestimate(statement.sql, caller=caller)):
            raise BadInput(_WAITS)
        found = await database.arun(statement.sql, caller=caller)
        if format is None:
            return query(1, found)
        file, found = await to_thread(_file, found, rows, format, "own-statement")
        read = StatementRead(caller, found.database, found.sql, "downloaded", len(found.rows))
        metrics.downloaded(read)  # before it is handed out
        return file

    return router


def _as_name(question: str) -> str:
    """A question as the name of a file, in letters that every system has."""
    plain = normalize("NFKD", question).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:_MAX_NAME].strip("-") or "result"


def _file(
    result: QueryResult, rows: RowChoice, format: Format, name: str
) -> tuple[Response, QueryResult]:
    """The chosen rows as a file, which says in its name if the statement has more, and as they are."""
    part, note = part_of(result), told_part(result, reader() or IN_ENGLISH)
    chosen = rows.of(result)
    content = as_csv(chosen) if format == "csv" else as_excel(chosen, note=note)
    searched = "-found-in" if part and rows.find else ""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}{searched}{part}.{format}"',
        "Cache-Control": "private, no-store",
    }
    media_type = CSV_TYPE if format == "csv" else EXCEL_TYPE
    return Response(content, media_type=media_type, headers=headers), chosen
