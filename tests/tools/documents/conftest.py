from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pdf_pages
import pytest
from kept_readers import KEPT

from tools.documents.store import DocumentStore

WritePdf = Callable[[Path, Sequence[Sequence[pdf_pages.Print]]], Path]


@pytest.fixture(scope="session", autouse=True)
def _readers() -> Iterator[None]:
    yield
    KEPT.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    with DocumentStore.open(tmp_path / "milvus.db") as opened:
        yield opened


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocumentStore]:
    """One for tests that do not mind what others have put in: opening one takes a while."""
    with DocumentStore.open(tmp_path_factory.mktemp("shared") / "milvus.db") as opened:
        yield opened


@pytest.fixture
def write_pdf() -> WritePdf:
    """Writes a PDF of some pages in Helvetica."""
    return pdf_pages.write_pdf
