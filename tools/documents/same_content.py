"""The contents that a collection already has, to report the same file under another path."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from tools.documents.ingest import FileReport
from tools.documents.passage import Document


@dataclass(slots=True)
class KnownContent:
    """The documents by the hashes of their contents: ids and sources, the earliest first."""

    _by_hash: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    @classmethod
    def of(cls, documents: Iterable[Document]) -> "KnownContent":
        """The contents of the documents that are there before a run."""
        known = cls()
        for document in documents:
            known._note(document.content_hash, document.id, document.source)
        return known

    def told(self, report: FileReport) -> FileReport:
        """A report that names the document of the same content, where a file adds one more."""
        if not report.content_hash:
            return report
        known = self._by_hash.get(report.content_hash, {})
        other = next((source for id_, source in known.items() if id_ != report.document_id), "")
        self._note(report.content_hash, report.document_id, report.source)
        if not other or report.outcome != "added":
            return report
        said = f"the same content as {other!r}, which the collection has already"
        return replace(report, reason="; ".join(filter(None, (report.reason, said))))

    def _note(self, content_hash: str, document_id: str, source: str) -> None:
        self._by_hash.setdefault(content_hash, {})[document_id] = source
