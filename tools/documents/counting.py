"""The count of what a run has written, taken from the store when the run is over."""

from collections.abc import Mapping

from tools.documents.store import DocumentStore
from tools.errors import Unavailable

_NAMED = 3


def check_counts(store: DocumentStore, written: Mapping[str, tuple[str, int]]) -> None:
    """See that the store holds every passage; `written` gives source and number by document id.

    Raises:
        Unavailable: it holds fewer, or more, of a document.
    """
    counts = store.count_passages(list(written))
    wrong = [source for id_, (source, number) in written.items() if counts[id_] != number]
    if wrong:
        more = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        raise Unavailable(
            f"{store.address} does not hold what was written of {', '.join(wrong[:_NAMED])}{more}; "
            "run the ingestion again."
        )
