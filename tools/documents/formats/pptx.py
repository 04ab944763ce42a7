import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from pptx import Presentation
from pptx.exc import PackageNotFoundError
from pptx.presentation import Presentation as PresentationFile
from pptx.shapes.autoshape import Shape
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape
from pptx.slide import Slide

from tools.compat.pptx import SlideCell, chart_element
from tools.documents.block import Block, LoadedDocument, tidy, write_table
from tools.documents.formats.chart import read_chart
from tools.documents.formats.grid import Cell, lay_out
from tools.documents.formats.package import open_package
from tools.documents.formats.signs import with_header
from tools.errors import UnreadableFile


def read_pptx(path: Path) -> LoadedDocument:
    """Slides as pages under their titles, from top to bottom, tables and speaker's notes with them.

    Raises:
        UnreadableFile: the file is not a presentation.
    """
    try:
        package = open_package(path)
        with package.file:
            presentation = Presentation(package.file)
    except (PackageNotFoundError, zipfile.BadZipFile) as error:
        raise UnreadableFile(
            f"{path.name}: the file is damaged or is not a PowerPoint presentation; open it in "
            "PowerPoint or LibreOffice and save it again."
        ) from error
    numbered = list(enumerate(_slides(presentation), start=1))
    hidden = [number for number, slide in numbered if _is_hidden(slide)]
    slides = {number: slide for number, slide in numbered if number not in hidden}
    blocks = [block for number, slide in slides.items() for block in _slide(slide, number)]
    titles = (_title(slide) for slide in slides.values())
    title = next(filter(None, titles), "") or package.title or path.stem
    notes = (f"hidden, not read: slide(s) {', '.join(map(str, hidden))}",) if hidden else ()
    return LoadedDocument(title, tuple(blocks), (*package.notes, *notes), company=package.company)


def _is_hidden(slide: Slide) -> bool:
    return cast(Any, slide.element).get("show") in ("0", "false")


def _slides(presentation: PresentationFile) -> list[Slide]:
    """The slides that are there: the list may name one whose part the file lacks."""
    part = presentation.part
    named = cast(Any, presentation.element).sldIdLst
    if named is None:
        return []
    return [part.related_slide(each.rId) for each in named if each.rId in part.rels]


def _title(slide: Slide) -> str:
    title = slide.shapes.title
    return tidy(title.text_frame.text) if title is not None else ""


def _slide(slide: Slide, number: int) -> Iterator[Block]:
    title = _title(slide)
    section = (title,) if title else ()
    if title:
        yield Block("heading", title, number, section)
    own = slide.shapes.title
    shapes = (shape for shape in slide.shapes if own is None or shape.shape_id != own.shape_id)
    for shape in _in_reading_order(shapes):
        yield from _shape(shape, number, section)
    notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    if notes is not None and notes.text.strip():
        yield Block("paragraph", f"Notes: {tidy(notes.text)}", number, section)


def _chart(shape: GraphicFrame, number: int, section: tuple[str, ...]) -> Iterator[Block]:
    try:
        title, text = read_chart(chart_element(shape.chart_part))
    except KeyError:  # the part is missing, which the notes say
        return
    if title:
        yield Block("paragraph", title, number, section)
    if text:
        yield Block("table", text, number, section, has_header=True)


def _cell(cell: SlideCell) -> Cell:
    if not cell.is_merge_origin:
        return Cell(cell.text)
    return Cell(cell.text, cell.span_width, cell.span_height)


def _in_reading_order(shapes: Iterable[BaseShape]) -> Iterator[BaseShape]:
    """Top to bottom; placeholders that inherit their place come first, as they were made."""
    for shape in sorted(shapes, key=lambda shape: ((shape.top or 0), (shape.left or 0))):
        if isinstance(shape, GroupShape):
            yield from _in_reading_order(shape.shapes)
        else:
            yield shape


def _shape(shape: BaseShape, number: int, section: tuple[str, ...]) -> Iterator[Block]:
    if isinstance(shape, GraphicFrame) and shape.has_table:
        rows = (
            [_cell(cell) for cell in row.cells if not cell.is_spanned] for row in shape.table.rows
        )
        laid, title, has_header = lay_out(rows), "", shape.table.first_row
        if has_header:
            title, laid, _ = with_header([list(map(tidy, row)) for row in laid])
        if text := write_table(laid):
            yield Block("table", text, number, section, has_header, title)
    elif isinstance(shape, GraphicFrame) and shape.has_chart:
        yield from _chart(shape, number, section)
    elif isinstance(shape, Shape):
        paragraphs = [(p.level, tidy(p.text)) for p in shape.text_frame.paragraphs]
        lines = [(level, text) for level, text in paragraphs if text]
        if len(lines) == 1:
            yield Block("paragraph", lines[0][1], number, section)
        elif lines:
            items = "\n".join(f"{'  ' * level}- {text}" for level, text in lines)
            yield Block("list", items, number, section)
