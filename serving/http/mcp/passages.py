"""Passages as MCP's resources: links in results, and their text for whoever follows one."""

import re
from typing import Any

from pydantic import BaseModel

from serving.http.mcp.arguments import Passages
from serving.http.mcp.messages import Json
from serving.parts.library import DocumentLibrary
from serving.wire.answer import Citation

ADDRESS = re.compile(r"docsql://documents/([\w-]+)/passages/([\w-]+)", re.ASCII)
TEMPLATE: dict[str, Any] = {
    "uriTemplate": "docsql://documents/{document_id}/passages/{passage_id}",
    "name": "passage",
    "title": "A passage of a document",
    "description": "The text of a passage that a search found, word for word.",
    "mimeType": "text/plain",
}


def links_in(result: BaseModel) -> list[Json]:
    """A link for each passage of a result."""
    return list(map(_link, result.passages)) if isinstance(result, Passages) else []


def _link(cited: Citation) -> Json:
    place = ", ".join(filter(None, (cited.section, f"page {cited.page}" if cited.page else "")))
    return {
        "type": "resource_link",
        "uri": f"docsql://documents/{cited.document_id}/passages/{cited.passage_id}",
        "name": cited.source,
        "title": cited.title,
        "description": place,
        "mimeType": "text/plain",
    }


def contents_of(uri: str, library: DocumentLibrary) -> list[Json] | None:
    """The text at an address, None for an address of another kind; waits for the store.

    Raises:
        UnknownName: the passage does not exist for the caller.
    """
    asked = ADDRESS.fullmatch(uri)
    if asked is None:
        return None
    found = library.passage(asked[1], asked[2], around=0)
    return [{"uri": uri, "mimeType": "text/plain", "text": each.text} for each in found.passages]
