"""How many questions for a number in a table are answered with exactly that number.

    python tests/bench/eval_tables.py FOLDER [--questions 200]

The questions are made from the tables of the folder's files as other readers see them: PDFium's
plain lines, Beautiful Soup's cells, openpyxl's. A row counts whose name stands in one place of its
file, or in several with the same number. The embedded parts answer; no model runs.
"""

import argparse
import asyncio
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import openpyxl
import pypdfium2
from bs4 import BeautifulSoup

from serving.config.settings import Settings
from serving.parts.assembly import open_parts
from serving.parts.documents import open_readers, open_store, sheets
from serving.parts.library import DocumentLibrary
from serving.parts.vectors import make_vectors
from serving.wire.question import Question
from tools.caller import Caller

NUMBER = re.compile(r"[$(]*\d[\d,]*(?:\.\d+)?[)%]*")
YEAR = re.compile(r"(?:19|20)\d\d")
LABEL = re.compile(r"[A-Za-z][A-Za-z ,&\u2019'/()-]{7,70}")
SEED = 20


@dataclass(frozen=True)
class Cell:
    """A number of a table, with the names of its row and column."""

    file: str
    row: str
    column: str
    value: str


def main() -> None:
    """Ask, and print the share of exact answers by kind of file, with those that were not."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--questions", type=int, default=200)
    arguments.add_argument("--misses", type=Path, help="File for what was answered otherwise.")
    given = arguments.parse_args()
    cells = [cell for path in sorted(given.folder.iterdir()) for cell in cells_of(path)]
    chosen = choose(cells, given.questions)
    asyncio.run(measure(given.folder, chosen, given.misses))


def cells_of(path: Path) -> list[Cell]:
    """The cells of a file whose names single them out."""
    readers = {".pdf": _of_pdf, ".html": _of_html, ".xlsx": _of_xlsx}
    reader = readers.get(path.suffix)
    try:
        found = list(reader(path)) if reader else []
    except Exception as error:  # noqa: BLE001  # damaged and encrypted files are among them
        print(f"{path.name}: {type(error).__name__}")  # noqa: T201
        return []
    values = defaultdict[tuple[str, str], set[str]](set)
    for cell in found:
        values[cell.row.lower(), cell.column].add(cell.value)
    return [
        cell for cell in dict.fromkeys(found) if len(values[cell.row.lower(), cell.column]) == 1
    ]


def choose(cells: list[Cell], count: int) -> list[Cell]:
    """As many of each file as of the others, as far as they have them."""
    shuffled = random.Random(SEED)  # noqa: S311  # the same every time, and no secret
    by_file = defaultdict[str, list[Cell]](list)
    for cell in cells:
        by_file[cell.file].append(cell)
    for each in by_file.values():
        shuffled.shuffle(each)
    chosen = list[Cell]()
    while len(chosen) < count and any(by_file.values()):
        for each in by_file.values():
            if each and len(chosen) < count:
                chosen.append(each.pop())
    return chosen


async def measure(folder: Path, cells: list[Cell], misses: Path | None) -> None:
    """Ingest the files asked about into one store, and ask each question of all of them."""
    names = sorted({cell.file for cell in cells})
    right, asked = defaultdict[str, int](int), defaultdict[str, int](int)
    missed = list[dict[str, str]]()
    with TemporaryDirectory() as data:
        settings = Settings(data=Path(data))
        with open_store(settings) as store, open_readers(settings, 1) as readers:
            library = DocumentLibrary(store, sheets=sheets(settings))
            library.ingest([folder / name for name in names], collection="files", readers=readers)
            make_vectors(store)
        async with open_parts(settings) as parts:
            for cell in cells:
                question = f"What is {cell.row} for {cell.column} in {_said(cell.file)}?"
                answer = await parts.turns.answer(Question(question=question), Caller("bench"))
                rows = [str(v) for q in answer.queries for row in q.rows for v in row]
                is_right = _has(answer.answer, cell.value) or _has(" ".join(rows), cell.value)
                asked[cell.file] += 1
                right[cell.file] += is_right
                if not is_right:
                    missed.append(
                        {"question": question, "value": cell.value, "answer": answer.answer}
                    )
    for name in names:
        print(f"{name:55} {right[name]:4} of {asked[name]}")  # noqa: T201
    total, count = sum(right.values()), sum(asked.values())
    print(f"exact numbers: {total} of {count} = {total / count:.3f}")  # noqa: T201
    if misses:
        misses.write_text("\n".join(map(json.dumps, missed)), encoding="utf-8")  # noqa: ASYNC240


def _said(file: str) -> str:
    return re.sub(r"[_\W]+", " ", Path(file).stem.partition("__")[2])


def _has(text: str, value: str) -> bool:
    """Whether the text has the number, whichever way it is written, and not as part of another."""
    plain = re.sub(r"(?<=\d),(?=\d)", "", text)
    wanted = re.escape(value)
    return re.search(rf"(?<![\d.]){wanted}(?!\d|\.\d)", plain) is not None


def _of_pdf(path: Path) -> Iterator[Cell]:
    with cast(Any, pypdfium2.PdfDocument)(path) as pdf:
        for page in pdf:
            years = list[str]()
            for line in page.get_textpage().get_text_range().splitlines():
                words = [word for word in line.split() if word != "$"]
                if (
                    len(found := [w for w in words if YEAR.fullmatch(w)]) > 1
                    and found == words[-len(found) :]
                ):
                    years = found if len(set(found)) == len(found) else []
                    continue
                numbers = list[str]()
                while words and NUMBER.fullmatch(words[-1]):
                    numbers.insert(0, words.pop())
                label = " ".join(words)
                if len(numbers) == len(years) > 0 and LABEL.fullmatch(label):
                    yield from _cells(path, label, years, numbers)


def _of_html(path: Path) -> Iterator[Cell]:
    soup = BeautifulSoup(path.read_bytes(), "html.parser")
    for table in soup.find_all("table"):
        years = list[str]()
        for row in table.find_all("tr"):
            texts = [" ".join(c.get_text(" ").split()) for c in row.find_all(["td", "th"])]
            texts = [t for t in texts if t and t not in "$)%"]
            if (
                len(found := [t for t in texts if YEAR.fullmatch(t)]) > 1
                and found == texts[-len(found) :]
            ):
                years = found if len(set(found)) == len(found) else []
            elif _is_row(texts, years):
                yield from _cells(path, texts[0], years, texts[1:])


def _is_row(texts: list[str], years: list[str]) -> bool:
    is_named = bool(texts) and LABEL.fullmatch(texts[0]) is not None
    return is_named and len(texts) - 1 == len(years) > 0 and all(map(NUMBER.fullmatch, texts[1:]))


def _of_xlsx(path: Path) -> Iterator[Cell]:
    book = cast(Any, openpyxl.load_workbook(path, data_only=True))
    for sheet in book.worksheets:
        heads = list[str]()
        for row in sheet.iter_rows(values_only=True):
            named = [str(v).strip() for v in row[1:] if v is not None]
            numbers = [v for v in row[1:] if isinstance(v, int | float)]
            if len(named) > 1 and not numbers:
                heads = [str(v or "").strip() for v in row]
            elif heads and row[0] and len(numbers) > 1 and LABEL.fullmatch(str(row[0]).strip()):
                for head, value in zip(heads[1:], row[1:], strict=False):
                    if head and isinstance(value, int | float) and value:
                        text = f"{value:g}" if isinstance(value, float) else str(value)
                        yield Cell(
                            path.name, " ".join(str(row[0]).split()), " ".join(head.split()), text
                        )


def _cells(path: Path, label: str, columns: list[str], numbers: list[str]) -> Iterator[Cell]:
    for column, number in zip(columns, numbers, strict=True):
        yield Cell(path.name, label, column, number.strip("$()%").replace(",", ""))


if __name__ == "__main__":
    main()
