"""What lies on a PDF's pages beside their text: values entered into a form, and files."""

from collections.abc import Iterator
from typing import Any, cast

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject

from tools.documents.block import tidy

Field = Any
"""A dictionary of pypdf's, which gives values without types."""

_MOST_PARENTS = 32
"""A field that is nested deeper is its own ancestor."""
_BUTTON = 1 << 16
_CHECKED = frozenset(["yes", "on", "1", "true", "checked"])
_BROKEN = (PyPdfError, AttributeError, LookupError, TypeError, ValueError)


def read_fields(reader: PdfReader) -> dict[int, list[str]]:
    """The fields that are filled in, as `label: value`, and text that was put on, by page from 1."""
    seen, filled = set[str](), dict[int, list[str]]()
    for number, page in enumerate(reader.pages, start=1):
        for annotation in _annotations(page):
            try:
                line = _line(annotation, seen)
            except _BROKEN:
                continue  # one broken field must not lose the others
            if line:
                filled.setdefault(number, []).append(line)
    return filled


def pinned_files(reader: PdfReader) -> Iterator[str]:
    """The names of the files that are pinned to a place on a page."""
    for page in reader.pages:
        for annotation in _annotations(page):
            if annotation.get("/Subtype") == "/FileAttachment":
                file = annotation.get("/FS")
                told: Field = DictionaryObject() if file is None else file.get_object()
                yield tidy(str(told.get("/UF") or told.get("/F") or "unnamed"))


def _annotations(page: Field) -> Iterator[Field]:
    try:
        found = page.get("/Annots")
        references = list(found.get_object()) if found is not None else []
    except _BROKEN:
        return
    for reference in references:
        try:
            yield reference.get_object()
        except _BROKEN:
            continue


def _line(annotation: Field, seen: set[str]) -> str:
    match annotation.get("/Subtype"):
        case "/Widget":
            chain = list(_ancestry(annotation))
            name = ".".join(str(each["/T"]) for each in reversed(chain) if "/T" in each)
            value = "" if name in seen else _value(chain)
            if not value:
                return ""
            seen.add(name)
            label = _inherited(chain, "/TU") or name
            return f"{tidy(str(label))}: {value}" if label else value
        case "/FreeText":
            return tidy(str(annotation.get("/Contents") or ""))
        case _:
            return ""


def _ancestry(field: Field) -> Iterator[Field]:
    for _ in range(_MOST_PARENTS):
        yield field
        parent = field.get("/Parent")
        if parent is None:
            return
        field = parent.get_object()


def _inherited(chain: list[Field], key: str) -> Field:
    found = next((each[key] for each in chain if key in each), None)
    return None if found is None else found.get_object()


def _value(chain: list[Field]) -> str:
    value, kind = _inherited(chain, "/V"), _inherited(chain, "/FT")
    if value is None or kind == "/Sig":
        return ""
    if kind == "/Btn":
        name = str(value).removeprefix("/")
        is_pushed = int(_inherited(chain, "/Ff") or 0) & _BUTTON
        if is_pushed or name in ("Off", ""):
            return ""
        return "yes" if name.lower() in _CHECKED else tidy(name)
    if hasattr(value, "get_data"):
        value = value.get_data().decode(errors="replace")
    chosen = cast(list[Field], value) if isinstance(value, list) else [value]
    values = [str(each) for each in chosen]
    shown = _options(chain) if kind == "/Ch" else {}
    return ", ".join(tidy(shown.get(each, each)) for each in values if each.strip())


def _options(chain: list[Field]) -> dict[str, str]:
    """The display text of each export value of a choice field."""
    given: list[Field] = _inherited(chain, "/Opt") or []
    options = [each.get_object() for each in given]
    pairs = [cast(list[Field], each) for each in options if isinstance(each, list)]
    return {str(each[0]): str(each[1]) for each in pairs if len(each) > 1}
