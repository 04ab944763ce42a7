"""What is said of the documents that a caller may read."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from agent.sources.phrases import how_many, listed
from tools.documents.passage import Document, FoundPassage

MOST_TITLES = 40
"""Titles in an answer; a library of thousands is searched, not read out."""
NONE = "No documents can be searched here: none were ingested, or none that you may read."


def tell_documents(documents: Sequence[Document]) -> str:
    """How many there are, in which collections, since when, and their titles."""
    if not documents:
        return NONE
    collections = Counter(each.collection for each in documents)
    within = listed([f"{name} ({number})" for name, number in sorted(collections.items())])
    lines = [
        f"{how_many(len(documents), 'document')} can be searched, in "
        f"{how_many(len(collections), 'collection')}: {within}. {ingested(documents)}",
        "",
        *(_line(each) for each in sorted(documents, key=_by_title)[:MOST_TITLES]),
    ]
    if more := len(documents) - MOST_TITLES:
        lines += [f"- … and {more:,} more"] if more > 0 else []
    return "\n".join(lines)


def tell_documents_about(
    subject: str, documents: Sequence[Document], found: Sequence[FoundPassage]
) -> str:
    """The documents whose titles name a subject, and those that a search for it finds."""
    if not documents:
        return NONE
    named = [each for each in documents if _names(each.title, subject)]
    seen = {each.id for each in named}
    others = [each for each in documents if each.id in {f.passage.document_id for f in found}]
    others = [each for each in others if each.id not in seen]
    if not named and not others:
        return f"None of the {how_many(len(documents), 'document')} that can be searched speaks of “{subject}”."
    parts = [f"Named for “{subject}”:\n" + "\n".join(map(_line, named))] if named else []
    if others:
        parts.append(f"A search for “{subject}” finds:\n" + "\n".join(map(_line, others)))
    return "\n\n".join(parts)


def ingested(documents: Sequence[Document]) -> str:
    """When they were last read, and when the newest file was changed."""
    last = _day(max(each.ingested_at for each in documents))
    changed = [each.modified_at for each in documents if each.modified_at]
    newest = f"; the newest file was changed on {_day(max(changed))}" if changed else ""
    return f"The last was ingested on {last}{newest}."


def _line(document: Document) -> str:
    name = document.source.rsplit("/", 1)[-1]
    shown = document.title.strip() or name
    return f"- {shown}" if shown == name else f"- {shown} ({name})"


def _names(title: str, subject: str) -> bool:
    """Whether a title has the subject's longest word, whatever its ending."""
    word = max(subject.lower().split(), key=len, default="")
    return len(word) > 3 and word[: max(4, len(word) - 2)] in title.lower()


def _by_title(document: Document) -> str:
    return document.title.lower()


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
