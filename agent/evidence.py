"""Evidence as a model reads it: one JSON object a line, so that no text in it can pass for ours."""

import json
from collections.abc import Iterable, Sequence

from agent.toolbox import Evidence
from tools.documents.passage import FoundPassage
from tools.sql.cells import as_cell
from tools.sql.run import QueryResult

MAX_PROMPT_ROWS = 50
"""Rows of one result that a model is shown; it is told how many there are."""


def render(evidence: Sequence[Evidence]) -> str:
    """The evidence numbered from 1, the number being what an answer cites."""
    return "\n".join(_lines(evidence))


def _lines(evidence: Iterable[Evidence]) -> Iterable[str]:
    for number, item in enumerate(evidence, start=1):
        match item:
            case FoundPassage():
                shown = _passage(item)
            case QueryResult():
                shown = _rows(item)
        yield json.dumps({"number": number, **shown}, ensure_ascii=False)


def _passage(found: FoundPassage) -> dict[str, object]:
    passage = found.passage
    return {
        "kind": "passage",
        "title": passage.title,
        "section": passage.section,
        "page": passage.page,
        "text": passage.text,
    }


def _rows(result: QueryResult) -> dict[str, object]:
    shown = result.rows[:MAX_PROMPT_ROWS]
    return {
        "kind": "rows",
        "database": result.database,
        "sql": result.sql,
        "columns": result.columns,
        "rows": [[as_cell(value) for value in row] for row in shown],
        "row_count": len(result.rows),
        "truncated": result.truncated,
    }
