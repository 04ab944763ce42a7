"""Where an answer's text cites which passage, as OpenAI's annotations."""

from collections.abc import Iterator
from typing import Any

from serving.wire.answer import Answer, Citation
from serving.wire.evidence import CITED


def url_citations(answer: Answer, base: str) -> list[dict[str, Any]]:
    """Those of a chat completion, which knows addresses only; `base` is where the service is."""
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": start,
                "end_index": end,
                "title": cited.title,
                "url": f"{base}documents/{cited.document_id}/passages/{cited.passage_id}",
            },
        }
        for cited, start, end in _cited(answer)
    ]


def file_citations(answer: Answer) -> list[dict[str, Any]]:
    """Those of a response: a file, and where in the text it is cited."""
    return [
        {
            "type": "file_citation",
            "file_id": cited.document_id,
            "filename": cited.source,
            "index": start,
        }
        for cited, start, _ in _cited(answer)
    ]


def _cited(answer: Answer) -> Iterator[tuple[Citation, int, int]]:
    """Every mark such as `[1]` or `[1, 2]`, with the span of it, once for each of its passages."""
    passages = {cited.number: cited for cited in answer.citations}
    for mark in CITED.finditer(answer.answer):
        for number in mark[1].split(","):
            if cited := passages.get(int(number)):
                yield cited, *mark.span()
