"""PDF files that a docling-serve reads, by the settings and through the processes that read."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from pdf_pages import write_pdf
from pydantic import SecretStr
from standin_docling import DoclingStandIn, at, cell, refer, table
from standin_server import serve

from serving.config.data import DocumentsSettings
from serving.config.settings import Settings
from serving.parts.documents import open_readers
from tools.documents.reading import ReadDocument, ReadingTask

DOCUMENT = {
    "schema_name": "DoclingDocument",
    "version": "1.7.0",
    "name": "mill",
    "body": {
        "self_ref": "#/body",
        "label": "unspecified",
        "children": refer(
            "#/texts/0", "#/texts/1", "#/texts/2", "#/groups/0", "#/tables/0", "#/pictures/0"
        ),
    },
    "texts": [
        {"label": "page_header", "text": "Mill Inc. 2024", "prov": at(1)},
        {"label": "title", "text": "Mill report", "prov": at(1)},
        {"label": "section_header", "text": "Output", "level": 1, "prov": at(1)},
        {"label": "list_item", "text": "Rye is ground on Mondays.", "prov": at(1)},
        {"label": "list_item", "text": "Oats are ground on Fridays.", "prov": at(1)},
        {"label": "caption", "text": "Flour, in tonnes", "prov": at(2)},
        {"label": "caption", "text": "Figure 1: The wheel", "prov": at(2)},
        {"label": "text", "text": "upper sluice", "prov": at(2)},
    ],
    "groups": [{"label": "list", "children": refer("#/texts/3", "#/texts/4")}],
    "tables": [
        table(
            [
                cell("", 0, 0, head=True),
                cell("Year", 0, 1, across=2, head=True),
                cell("", 1, 0, head=True),
                cell("2023", 1, 1, head=True),
                cell("2024", 1, 2, head=True),
                cell("Rye", 2, 0),
                cell("31", 2, 1),
                cell("47", 2, 2),
            ],
            rows=3,
            columns=3,
            caption="#/texts/5",
            page=2,
        )
    ],
    "pictures": [
        {
            "label": "picture",
            "captions": refer("#/texts/6"),
            "children": refer("#/texts/6", "#/texts/7"),
            "annotations": [{"kind": "description", "text": "A wheel with eight paddles."}],
            "prov": at(2),
        }
    ],
}


@pytest.fixture
def standin(running: ExitStack) -> DoclingStandIn:
    made = DoclingStandIn(DOCUMENT)
    made.url = running.enter_context(serve(made.app))
    return made


def _read(tmp_path: Path, url: str) -> ReadDocument:
    path = write_pdf(tmp_path / "mill.pdf", [[(60, 700, 10, "The mill closes at five.")]])
    documents = DocumentsSettings(docling_url=url, docling_key=SecretStr("a-key"))
    settings = Settings(data=tmp_path / "data", documents=documents)
    with open_readers(settings, 1) as readers:
        return readers.submit(ReadingTask(str(path), "id", "c", path.name, "hash")).result()


def test_layout_tables_and_figures_are_what_docling_finds(
    tmp_path: Path, standin: DoclingStandIn
) -> None:
    read = _read(tmp_path, standin.url)

    assert (read.title, read.note) == ("Mill report", "read by Docling at 127.0.0.1")
    assert [(p.page, p.section, p.text) for p in read.passages] == [
        (1, "Output", "- Rye is ground on Mondays.\n- Oats are ground on Fridays."),
        (
            2,
            "Output",
            "Flour, in tonnes\n | Year 2023 | Year 2024\nRye | 31 | 47\n\n"
            "Figure 1: The wheel\nA wheel with eight paddles.\nupper sluice",
        ),
    ]
    assert (standin.key, standin.fields["to_formats"]) == ("a-key", "json")
    assert standin.fields["files"] == "mill.pdf"


def test_what_docling_could_not_read_is_said(tmp_path: Path, standin: DoclingStandIn) -> None:
    standin.outcome, standin.errors = "partial_success", ["Page 3 failed to parse."]

    read = _read(tmp_path, standin.url)

    assert read.note.endswith("; not read completely: Page 3 failed to parse.")


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, "Unauthorized", "answers 401 (Unauthorized); set DOCSQL_DOCUMENTS__DOCLING_KEY."),
        (504, "Timeout", "answers 504 (Timeout); give it more time with its DOCLING_SERVE_MAX_SY"),
        (200, "<html>", "answers something else than a document; it should be a docling-serve"),
    ],
)
def test_a_service_that_does_not_serve_is_said_with_what_to_do(
    tmp_path: Path, standin: DoclingStandIn, status: int, body: str, said: str
) -> None:
    standin.status, standin.body = status, body

    assert _read(tmp_path, standin.url).reason.startswith(f"mill.pdf: Docling at 127.0.0.1 {said}")


def test_a_failed_conversion_names_its_cause(tmp_path: Path, standin: DoclingStandIn) -> None:
    standin.outcome, standin.errors = "failure", ["Missing model artifacts."]

    assert "cannot read the file (Missing model artifacts.)" in _read(tmp_path, standin.url).reason


def test_a_docling_that_is_away_fails_the_file_until_it_is_back(tmp_path: Path) -> None:
    reason = _read(tmp_path, "http://user:secret@127.0.0.1:9").reason

    assert reason == (
        "mill.pdf: Docling at 127.0.0.1 does not answer (ConnectError); start it, or unset "
        "DOCSQL_DOCUMENTS__DOCLING_URL to have PDF files read without it."
    )
