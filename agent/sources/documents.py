"""What is said of the documents that a caller may read."""

from collections import Counter
from collections.abc import Sequence

from tools.documents.passage import Document, FoundPassage
from tools.language.telling import IN_ENGLISH, Telling

MOST_TITLES = 40
"""Titles in an answer; a library of thousands is searched, not read out."""
NONE = "No documents can be searched here: none were ingested, or none that you may read."


def tell_documents(documents: Sequence[Document], to: Telling = IN_ENGLISH) -> str:
    """How many there are, in which collections, since when, and their titles."""
    if not documents:
        return to.say(NONE)
    collections = Counter(each.collection for each in documents)
    within = to.listed([f"{name} ({number})" for name, number in sorted(collections.items())])
    lines = [
        to.say(
            "{documents} can be searched, in {collections}: {within}. {ingested}",
            documents=to.how_many(len(documents), "document"),
            collections=to.how_many(len(collections), "collection"),
            within=within,
            ingested=ingested(documents, to),
        ),
        "",
        *(_line(each) for each in sorted(documents, key=_by_title)[:MOST_TITLES]),
    ]
    if more := len(documents) - MOST_TITLES:
        lines += [to.say("- … and {count} more", count=to.number(more))] if more > 0 else []
    return "\n".join(lines)


def tell_documents_about(
    subject: str,
    documents: Sequence[Document],
    found: Sequence[FoundPassage],
    to: Telling = IN_ENGLISH,
) -> str:
    """The documents whose titles name a subject, and those that a search for it finds."""
    if not documents:
        return to.say(NONE)
    named = [each for each in documents if _names(each.title, subject)]
    seen = {each.id for each in named}
    others = [each for each in documents if each.id in {f.passage.document_id for f in found}]
    others = [each for each in others if each.id not in seen]
    if not named and not others:
        counted = to.how_many(len(documents), "document")
        none = "None of the {documents} that can be searched speaks of “{subject}”."
        return to.say(none, documents=counted, subject=subject)
    parts: list[str] = []
    for head, kept in (
        ("Named for “{subject}”:", named),
        ("A search for “{subject}” finds:", others),
    ):
        if kept:
            parts.append("\n".join([to.say(head, subject=subject), *map(_line, kept)]))
    return "\n\n".join(parts)


def ingested(documents: Sequence[Document], to: Telling = IN_ENGLISH) -> str:
    """When they were last read, and when the newest file was changed."""
    last = to.day(max(each.ingested_at for each in documents))
    changed = [each.modified_at for each in documents if each.modified_at]
    if not changed:
        return to.say("The last was ingested on {day}.", day=last)
    told = "The last was ingested on {day}; the newest file was changed on {changed}."
    return to.say(told, day=last, changed=to.day(max(changed)))


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
