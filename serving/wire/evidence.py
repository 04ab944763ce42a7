"""Evidence on the wire: pure translations."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from serving.wire.answer import Chart, Citation, Query, SheetOrigin, UsedMetric, VerifiedBy
from serving.wire.charts import Wish, chart_of
from tools.documents.passage import FoundPassage
from tools.sql.cells import as_cell, type_of
from tools.sql.run import QueryResult

if TYPE_CHECKING:
    from agent.toolbox import Evidence

CITED = re.compile(r"\[(\d+(?:\s*,\s*\d+)*)\]")


def citations(evidence: "Sequence[Evidence]", answer: str) -> list[Citation]:
    """The passages that the answer cites, by their numbers."""
    cited = {int(n) for group in CITED.findall(answer) for n in group.split(",")}
    return [
        citation(number, item)
        for number, item in enumerate(evidence, start=1)
        if isinstance(item, FoundPassage) and number in cited
    ]


def queries(evidence: "Sequence[Evidence]") -> list[Query]:
    """Every statement that ran, cited or not: a person may want to check what was asked."""
    return [
        query(number, item)
        for number, item in enumerate(evidence, start=1)
        if isinstance(item, QueryResult)
    ]


def charts(evidence: "Sequence[Evidence]", *, wish: Wish | None = None) -> list[Chart]:
    """How each of these results is best seen."""
    return [
        chart_of(number, item, wish=wish)
        for number, item in enumerate(evidence, start=1)
        if isinstance(item, QueryResult)
    ]


def citation(number: int, found: FoundPassage) -> Citation:
    """A passage under its number."""
    passage = found.passage
    return Citation(
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
        company=passage.company,
        period=passage.period,
        kind=passage.kind,
    )


def query(number: int, result: QueryResult) -> Query:
    """A result under its number, its cells as JSON."""
    return Query(
        number=number,
        database=result.database,
        sql=result.sql,
        columns=list(result.columns),
        types=[type_of(cells) for cells in zip(*result.rows, strict=True)]
        or ["unknown"] * len(result.columns),
        rows=[[as_cell(value) for value in row] for row in result.rows],
        truncated=result.truncated,
        total_rows=result.total_rows,
        writer=result.writer,
        confidence=result.confidence,
        confirmed=result.confirmed,
        metrics=[
            UsedMetric(name=name, expression=text, version=result.model_version)
            for name, text in result.metrics
        ],
        meanings=result.meanings,
        verified=_verified(result),
        origins=[SheetOrigin(document_id=d, source=f, sheet=s) for d, f, s in result.origins],
        elapsed_s=round(result.elapsed_s, 6),
    )


def _verified(result: QueryResult) -> VerifiedBy | None:
    use = result.verified
    if use is None:
        return None
    return VerifiedBy(question=use.question, by=use.by, at=use.at, filled=dict(use.filled))
