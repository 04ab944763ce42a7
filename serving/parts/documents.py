"""The documents' parts made from settings: the store, the readers, the search.

A separate module, so that commands about documents load neither the agent nor a database.
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from serving.config.secrets import secret
from serving.config.settings import Settings, confine_ray
from serving.parts.models import embedded_embeddings, next_embeddings, reranker, served_embeddings
from tools.audit import Audit
from tools.documents.access import AccessControl
from tools.documents.originals import Originals
from tools.documents.ray_cluster import LOCAL, RayCluster
from tools.documents.readers import FileReaders
from tools.documents.reading import ReadingRules
from tools.documents.search import Search
from tools.documents.store import DocumentStore
from tools.errors import Unavailable
from tools.sheets.store import SheetStore


def open_store(settings: Settings, *, may_be_away: bool = False) -> DocumentStore:
    """The passages' store; servers that `may_be_away` are looked for again when they are needed.

    Raises:
        StoreLocked: another process has the embedded store open.
        Unavailable: the Milvus or the embedding server does not answer, or cannot be used.
    """
    uri = settings.documents.uri or str(settings.data / "milvus.db")
    if "://" not in uri:
        make_folder(Path(uri).parent, setting="DOCSQL_DOCUMENTS__URI or DOCSQL_DATA")
    return DocumentStore.open(
        uri,
        token=secret(settings.documents.token),
        embeddings=served_embeddings(settings),
        behind=embedded_embeddings(settings),
        following=next_embeddings(settings),
        may_be_away=may_be_away,
    )


def open_copy_target(settings: Settings, uri: str, *, token: str | None) -> DocumentStore:
    """Another store for the same embedding model.

    Raises:
        Unavailable: it does not answer, or was built with other embeddings.
    """
    return DocumentStore.open(
        uri,
        token=token,
        embeddings=served_embeddings(settings),
        behind=embedded_embeddings(settings),
    )


def originals(settings: Settings) -> Originals | None:
    """Where the files behind the documents are kept, None where they are not."""
    return Originals(settings.data / "files") if settings.documents.keep_files else None


def sheets(settings: Settings) -> SheetStore:
    """Where sheets and CSV files are kept as data."""
    return SheetStore(settings.data / "tables")


def reading_rules(settings: Settings) -> ReadingRules:
    """How a file is read."""
    chosen = settings.documents
    return ReadingRules(
        seconds=chosen.file_time_limit_s,
        memory=chosen.file_memory_mb * 1024**2,
        ocr_languages=chosen.ocr_languages,
        docling_url=chosen.docling_url or "",
        docling_key=chosen.docling_key.get_secret_value() if chosen.docling_key else "",
    )


@contextmanager
def open_readers(settings: Settings, workers: int | str) -> Generator[FileReaders]:
    """Processes that read files: a number of them here, or those of a Ray cluster (`ray://…`).

    Raises:
        BadInput: Ray is not installed.
        Unavailable: the cluster cannot be used.
    """
    rules = reading_rules(settings)
    if isinstance(workers, int):
        with FileReaders(workers, rules) as readers:
            yield readers
        return
    if workers == LOCAL:
        confine_ray()
    with (
        RayCluster(workers) as cluster,
        FileReaders(cluster.workers, rules, start=cluster.start_reader) as readers,
    ):
        yield readers


def search_in(store: DocumentStore, settings: Settings, *, audit: Audit | None = None) -> Search:
    """Search over a store, with the reranker where one is set."""
    return Search(store, reranker=reranker(settings), access=access_control(settings), audit=audit)


def access_control(settings: Settings) -> AccessControl:
    """Whether groups decide who sees which document."""
    return AccessControl(is_on=settings.documents.access_control)


def make_folder(folder: Path, *, setting: str) -> None:
    """Make a folder with its parents, if it is not there.

    Raises:
        Unavailable: it cannot be; the message says which setting names another place.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"The folder {str(folder)!r} cannot be created ({error.strerror}). Set {setting} to a "
            "writable place."
        ) from error
