"""What the graph tells and finds, as it travels on the wire: pure translations."""

import re
from collections.abc import Sequence
from typing import assert_never

from agent import events
from agent.toolbox import Evidence
from serving import schema
from serving.charts import chart_of
from tools.documents.passage import FoundPassage
from tools.sql.cells import as_cell
from tools.sql.run import QueryResult

CITED = re.compile(r"\[(\d+(?:\s*,\s*\d+)*)\]")


def event_on_the_wire(event: events.Shown) -> schema.Event:
    """One event of the graph for a reader; numbers are 0 until the answer gives them."""
    match event:
        case events.StepStarted(step, call, detail):
            return schema.StepStarted(step=step, call=call, detail=detail)
        case events.StepFinished(step, seconds, call, detail):
            return schema.StepFinished(step=step, call=call, detail=detail, seconds=seconds)
        case events.SqlWritten(call, database, sql, attempt):
            return schema.SqlWritten(call=call, database=database, sql=sql, attempt=attempt)
        case events.RowsRead(call, _, result):
            return schema.RowsRead(call=call, query=query(0, result))
        case events.PassagesFound(call, wanted, _, passages):
            shown = [citation(0, passage) for passage in passages]
            return schema.PassagesFound(call=call, query=wanted, passages=shown)
        case events.Token(text):
            return schema.Token(text=text)
        case _:
            assert_never(event)


def citations(evidence: Sequence[Evidence], answer: str) -> list[schema.Citation]:
    """The passages that the answer cites, by their numbers."""
    cited = {int(n) for group in CITED.findall(answer) for n in group.split(",")}
    return [
        citation(number, item)
        for number, item in enumerate(evidence, start=1)
        if isinstance(item, FoundPassage) and number in cited
    ]


def queries(evidence: Sequence[Evidence]) -> list[schema.Query]:
    """Every statement that ran, cited or not: a person may want to check what was asked."""
    return [
        query(number, item)
        for number, item in enumerate(evidence, start=1)
        if isinstance(item, QueryResult)
    ]


def charts(evidence: Sequence[Evidence]) -> list[schema.Chart]:
    """How each of these results is best seen."""
    return [
        chart_of(number, item)
        for number, item in enumerate(evidence, start=1)
        if isinstance(item, QueryResult)
    ]


def citation(number: int, found: FoundPassage) -> schema.Citation:
    """A passage under its number."""
    passage = found.passage
    return schema.Citation(
        number=number,
        passage_id=passage.id,
        document_id=passage.document_id,
        collection=passage.collection,
        source=passage.source,
        title=passage.title,
        content_hash=passage.content_hash,
        page=passage.page,
        section=passage.section,
        text=passage.text,
        score=round(found.score, 6),
    )


def query(number: int, result: QueryResult) -> schema.Query:
    """A result under its number, its cells as JSON."""
    return schema.Query(
        number=number,
        database=result.database,
        sql=result.sql,
        columns=list(result.columns),
        rows=[[as_cell(value) for value in row] for row in result.rows],
        truncated=result.truncated,
        elapsed_s=round(result.elapsed_s, 6),
    )
