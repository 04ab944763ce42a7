"""Evidence in a prompt, framed so that no text inside can end the frame.

One JSON object per line, between two lines with a digest of the content: a text cannot start a line,
and cannot contain the digest of itself.
"""

import json
import re
from collections.abc import Sequence
from hashlib import blake2b

from agent.toolbox import Evidence
from agent.window import Window, fit_forms
from tools.documents.passage import FoundPassage
from tools.sql.cells import as_cell
from tools.sql.run import QueryResult

PROMPT_ROWS = (50, 10, 3)
"""Most rows of a result in a prompt; fewer if there is no room. The prompt states the number."""
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")  # JSON escapes the others


def render(evidence: Sequence[Evidence]) -> str:
    """The evidence numbered from 1, all of it in its longest form."""
    return fenced([forms_of(item, number=at)[0] for at, item in enumerate(evidence, start=1)])


async def render_within(
    evidence: Sequence[Evidence], window: Window, *, fixed: str, reply: int | None
) -> tuple[str, int]:
    """The evidence numbered from 1, and the number of pieces that did not fit.

    The number is what an answer cites. Rows go before passages, and passages in their order;
    a passage is shown whole or not at all. `fixed` is the rest of the prompt.
    """
    if window.room(reply) is None:
        return render(evidence), 0
    first = sorted(range(len(evidence)), key=lambda at: isinstance(evidence[at], FoundPassage))
    wanted = [forms_of(evidence[at], number=at + 1) for at in first]
    chosen = await fit_forms(window, fixed, wanted, reply=reply)
    lines = {at: line for at, line in zip(first, chosen, strict=True) if line is not None}
    return fenced([lines[at] for at in sorted(lines)]), len(evidence) - len(lines)


def forms_of(item: Evidence, *, number: int) -> list[str]:
    """One piece of evidence as a line, the longest form first."""
    match item:
        case FoundPassage():
            return [_line(number, _passage(item))]
        case QueryResult():
            sizes = [PROMPT_ROWS[0], *(n for n in PROMPT_ROWS[1:] if n < len(item.rows))]
            return [_line(number, _rows(item, size)) for size in sizes]


def fenced(lines: Sequence[str]) -> str:
    """Lines of data between two that say where they begin and end."""
    if not lines:
        return ""
    text = "\n".join(lines)
    mark = blake2b(text.encode(), digest_size=6).hexdigest()
    return f"BEGIN {mark}\n{text}\nEND {mark}"


def _line(number: int, shown: dict[str, object]) -> str:
    text = json.dumps({"number": number, **shown}, ensure_ascii=False)
    return _LINE_ENDS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _passage(found: FoundPassage) -> dict[str, object]:
    passage = found.passage
    return {
        "kind": "passage",
        "title": passage.title,
        "section": passage.section,
        "page": passage.page,
        "text": passage.text,
    }


def _rows(result: QueryResult, size: int) -> dict[str, object]:
    shown = result.rows[:size]
    return {
        "kind": "rows",
        "database": result.database,
        "sql": result.sql,
        "columns": result.columns,
        "rows": [[as_cell(value) for value in row] for row in shown],
        "row_count": len(result.rows),
        "truncated": result.truncated,
        **({} if result.total_rows is None else {"total_rows": result.total_rows}),
        **({"meanings": result.meanings} if result.codes else {}),
    }
