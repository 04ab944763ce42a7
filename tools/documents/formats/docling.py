"""PDF files as a docling-serve reads them, with Docling's models of layout, tables and figures.

The shapes are those of docling-core's `DoclingDocument`; what is not read here is ignored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import httpx
from pydantic import BaseModel, Field, ValidationError

from tools.documents.block import Block, LoadedDocument, Outline, tidy, write_table
from tools.errors import UnreadableFile

_CONVERT = "/v1/convert/file"
_PROBLEM = 300
"""Characters of an error that are repeated."""
_LEFT_OUT = frozenset(["page_header", "page_footer"])
_AWAY = "start it, or unset DOCSQL_DOCUMENTS__DOCLING_URL to have PDF files read without it"
_ADVICE = {
    401: "set DOCSQL_DOCUMENTS__DOCLING_KEY",
    403: "set DOCSQL_DOCUMENTS__DOCLING_KEY",
    404: f"it should be a docling-serve of version 1, with {_CONVERT}",
    504: "give it more time with its DOCLING_SERVE_MAX_SYNC_WAIT",
}


@dataclass(frozen=True, slots=True)
class DoclingService:
    """A docling-serve, the key that it asks for, and how long it may take for a file."""

    url: str
    key: str = field(default="", repr=False)
    wait_s: float = 480.0

    @property
    def name(self) -> str:
        """Where it is, without the credentials that an address may have."""
        return f"Docling at {httpx.URL(self.url).host}"


class _Reference(BaseModel):
    place: str = Field(alias="$ref")


class _Printed(BaseModel):
    page_no: int


class _Cell(BaseModel):
    text: str = ""
    start_row_offset_idx: int
    end_row_offset_idx: int
    start_col_offset_idx: int
    end_col_offset_idx: int
    column_header: bool = False


class _Table(BaseModel):
    num_rows: int = 0
    num_cols: int = 0
    table_cells: list[_Cell] = []


class _Described(BaseModel):
    text: str = ""


class _Item(BaseModel):
    label: str = ""
    text: str = ""
    level: int = 1
    children: list[_Reference] = []
    captions: list[_Reference] = []
    prov: list[_Printed] = []
    data: _Table = _Table()
    annotations: list[_Described] = []

    @property
    def page(self) -> int | None:
        return self.prov[0].page_no if self.prov else None


class _Document(BaseModel):
    body: _Item
    texts: list[_Item] = []
    tables: list[_Item] = []
    pictures: list[_Item] = []
    groups: list[_Item] = []


class _Content(BaseModel):
    json_content: _Document | None = None


class _Problem(BaseModel):
    error_message: str = ""


class _Conversion(BaseModel):
    document: _Content
    status: str
    errors: list[_Problem] = []


def read_by_docling(path: Path, service: DoclingService) -> LoadedDocument:
    """Headings, paragraphs, lists, tables and the captions and descriptions of figures, in order.

    Raises:
        UnreadableFile: the service is away, or cannot read the file.
    """
    converted = _converted(path, service)
    said = "; ".join(tidy(each.error_message) for each in converted.errors)[:_PROBLEM]
    document = converted.document.json_content
    if document is None or converted.status not in ("success", "partial_success"):
        raise UnreadableFile(
            f"{path.name}: {service.name} cannot read the file ({said or converted.status}); open "
            "it in a PDF viewer and print it to a new PDF."
        )
    blocks = tuple(_merged(_Reading(document).blocks()))
    notes = [f"read by {service.name}", *([f"not read completely: {said}"] if said else [])]
    title = next((item.text for item in document.texts if item.label == "title"), "")
    heading = next((block.text for block in blocks if block.kind == "heading"), "")
    return LoadedDocument(tidy(title) or heading or path.stem, blocks, tuple(notes))


def _converted(path: Path, service: DoclingService) -> _Conversion:
    options = {"from_formats": "pdf", "to_formats": "json", "image_export_mode": "placeholder"}
    headers = {"X-Api-Key": service.key} if service.key else {}
    try:
        with path.open("rb") as file:
            answer = httpx.post(
                service.url.rstrip("/") + _CONVERT,
                data=options,
                files={"files": (path.name, file, "application/pdf")},
                headers=headers,
                timeout=service.wait_s,
                trust_env=False,
            )
        if answer.is_success:
            return _Conversion.model_validate_json(answer.content)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnreadableFile(
            f"{path.name}: {service.name} does not answer ({type(error).__name__}); {_AWAY}."
        ) from error
    except ValidationError as error:
        raise UnreadableFile(
            f"{path.name}: {service.name} answers something else than a document; {_ADVICE[404]}."
        ) from error
    status = answer.status_code
    raise UnreadableFile(
        f"{path.name}: {service.name} answers {status} ({tidy(answer.text)[:_PROBLEM]}); "
        f"{_ADVICE.get(status, 'see its log')}."
    )


@dataclass(slots=True)
class _Reading:
    """The parts of a document in their order."""

    document: _Document
    _outline: Outline = field(default_factory=Outline)
    _told: set[str] = field(default_factory=set[str])

    def blocks(self) -> Iterator[Block]:
        yield from self._walk(self.document.body.children)

    def _walk(self, references: Sequence[_Reference]) -> Iterator[Block]:
        for reference in references:
            place = reference.place
            item = self._find(place)
            if item is None or place in self._told or item.label in _LEFT_OUT:
                continue
            self._told.add(place)  # a broken file may lead back to where it came from
            if place.startswith("#/tables/"):
                yield self._table(item)
            elif place.startswith("#/pictures/"):
                yield from self._figure(item)
            else:
                yield from self._text(item)
                yield from self._walk(item.children)

    def _find(self, place: str) -> _Item | None:
        kinds = {
            "texts": self.document.texts,
            "tables": self.document.tables,
            "pictures": self.document.pictures,
            "groups": self.document.groups,
        }
        _, kind, number, *_ = [*place.split("/"), "", ""]
        items = kinds.get(kind, [])
        return items[int(number)] if number.isdecimal() and int(number) < len(items) else None

    def _captions(self, item: _Item) -> str:
        self._told.update(reference.place for reference in item.captions)
        found = (self._find(reference.place) for reference in item.captions)
        return tidy(" ".join(each.text for each in found if each))

    def _text(self, item: _Item) -> Iterator[Block]:
        text = tidy(item.text)
        if not text:
            return
        match item.label:
            case "title" | "section_header":
                self._outline.enter(0 if item.label == "title" else item.level, text)
                yield Block("heading", text, item.page, self._outline.path)
            case "list_item":
                yield Block("list", f"- {text}", item.page, self._outline.path)
            case "code":
                yield Block("code", item.text, item.page, self._outline.path)
            case _:
                yield Block("paragraph", text, item.page, self._outline.path)

    def _figure(self, item: _Item) -> Iterator[Block]:
        inside = (self._find(reference.place) for reference in item.children)
        parts = [
            self._captions(item),
            *(tidy(each.text) for each in item.annotations),
            *(tidy(each.text) for each in inside if each and each.text),
        ]
        if said := "\n".join(dict.fromkeys(filter(None, parts))):
            yield Block("paragraph", said, item.page, self._outline.path)

    def _table(self, item: _Item) -> Block:
        caption, rows, heads = self._captions(item), _rows(item.data), _heads(item.data)
        if heads > 1:  # a header of several lines is one, as in tables that are found here
            named = [tidy(" ".join(dict.fromkeys(column))) for column in zip(*rows[:heads])]  # noqa: B905  # rows of one grid
            rows = [named, *rows[heads:]]
        text = write_table(rows)
        return Block("table", text, item.page, self._outline.path, heads > 0, caption)


def _rows(table: _Table) -> list[list[str]]:
    """A table's cells; one that reaches over several places is repeated in each."""
    rows = [[""] * table.num_cols for _ in range(table.num_rows)]
    for cell in table.table_cells:
        for row in rows[cell.start_row_offset_idx : cell.end_row_offset_idx]:
            for column in range(cell.start_col_offset_idx, min(cell.end_col_offset_idx, len(row))):
                row[column] = cell.text
    return rows


def _heads(table: _Table) -> int:
    """How many rows from the first on have column headers only."""
    others = (c.start_row_offset_idx for c in table.table_cells if not c.column_header and c.text)
    return min(others, default=0)


def _merged(blocks: Iterator[Block]) -> Iterator[Block]:
    """The items of a list as one block."""
    for (kind, page, section), run in groupby(blocks, key=lambda b: (b.kind, b.page, b.section)):
        if kind == "list":
            yield Block("list", "\n".join(block.text for block in run), page, section)
        else:
            yield from run
