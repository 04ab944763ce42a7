"""A folder whose files are replaced while statements run over them."""

import os
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from tools.caller import Caller
from tools.errors import FilesChanging, Refused, Unavailable
from tools.sql.access import Access
from tools.sql.duck.source import DuckDb
from tools.sql.duck.standing import FoundFiles
from tools.sql.run import Database
from tools.sql.source import Job, Value

Open = Callable[..., Database]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "exports"
    made.mkdir()
    return made


@pytest.fixture
def open_at() -> Iterator[Open]:
    opened: list[Database] = []

    def open_it(path: Path, **settings: Any) -> Database:
        opened.append(Database.open(f"duckdb:///{path}", **settings))
        return opened[-1]

    yield open_it
    for database in opened:
        database.close()


def _replace(path: Path, content: str) -> None:
    fresh = path.parent.parent / "fresh.csv"
    fresh.write_text(content, "utf-8")
    os.replace(fresh, path)  # noqa: PTH105  # as a load does it


@contextmanager
def _replaced_every(seconds: float, path: Path, *contents: str) -> Generator[None]:
    over = threading.Event()

    def replace_on() -> None:
        for content in cycle(contents):
            _replace(path, content)
            if over.wait(seconds):
                return

    replacing = threading.Thread(target=replace_on, daemon=True)
    replacing.start()
    try:
        yield
    finally:
        over.set()
        replacing.join()


def test_a_file_that_is_replaced_ten_times_a_second_is_read_as_one_of_them(
    folder: Path, open_at: Open, caller: Caller
) -> None:
    moving = folder / "moving.csv"
    contents = [f"a,b\n{n},{n}\n" for n in range(3)]
    _replace(moving, contents[0])
    opened = open_at(folder)
    with _replaced_every(0.1, moving, *contents), ThreadPoolExecutor(3) as pool:
        asked = ["SELECT a, b FROM moving"] * 40
        found = {*pool.map(partial(_rows, opened, caller), asked)}
    assert found <= {((n, n),) for n in range(3)}


def test_columns_that_change_places_are_not_mistaken_and_closed_ones_stay_closed(
    folder: Path, open_at: Open, caller: Caller
) -> None:
    moving = folder / "moving.csv"
    contents = ["a,b\n1,2\n", "b,a\n2,1\n", "a,secret,b\n1,3,2\n"]
    opened = open_at(folder, denied_columns=["*.secret"])
    for content in contents * 3:
        _replace(moving, content)
        assert _rows(opened, caller, "SELECT a, b FROM moving") == ((1, 2),)
        assert {*_rows(opened, caller, "SELECT * FROM moving")} <= {(1, 2), (2, 1)}


def test_a_statement_admitted_by_an_older_schema_does_not_run_by_a_newer_one(
    folder: Path, caller: Caller
) -> None:
    moving = folder / "moving.csv"
    _replace(moving, "a\n1\n")
    source = DuckDb(folder, access=Access.of(None, ["*.secret"]))
    stamp = source.stamp()
    source.look()
    _replace(moving, "a,secret\n1,3\n")
    source.look()
    job = Job("SELECT * FROM moving", caller, 5.0, stamp=stamp, tables=("moving",))
    with pytest.raises(FilesChanging):
        source.fetch(job)
    source.close()


def _rows(opened: Database, caller: Caller, sql: str) -> tuple[tuple[Value, ...], ...]:
    try:
        return opened.run(sql, caller=caller).rows
    except Refused:  # a star, over the file with a closed column
        if "*" not in sql:
            raise
        return ()


def test_a_file_that_never_stands_still_is_one_clear_error(
    folder: Path, open_at: Open, caller: Caller
) -> None:
    moving = folder / "moving.csv"
    _replace(moving, "a\n1\n")
    opened = open_at(folder)
    with (
        _replaced_every(0.0, moving, *(f"a,c{n}\n1,1\n" for n in range(500))),
        pytest.raises(Unavailable, match="changed each of the 8 times"),
    ):
        opened.run("SELECT a FROM moving", caller=caller)
    assert opened.run("SELECT count(*) AS n FROM moving", caller=caller).rows == ((1,),)


def test_a_file_that_moves_does_not_disturb_the_others(
    folder: Path, open_at: Open, caller: Caller
) -> None:
    (folder / "still.csv").write_text("a\n1\n", "utf-8")
    moving = folder / "moving.csv"
    _replace(moving, "a,b\n1,1\n")
    opened = open_at(folder)
    with _replaced_every(0.0, moving, "a,b\n1,1\n", "a,b\n2,2\n"):
        rows = {opened.run("SELECT a FROM still", caller=caller).rows for _ in range(10)}
    assert rows == {((1,),)}


@pytest.mark.parametrize(
    ("before", "after", "is_right"),
    [
        ("id,name\n1,a\n", "id,name\n2,b\n", True),
        ("id,name\n1,a\n", "name,id\na,1\n", False),
        ("Export\nid,name\n1,a\n", "Export\nname,id\na,1\n", False),
        ("# Export, 2026\nid,name\n1,a\n", "# Export, 2026\nname,id\na,1\n", False),
        ("\nid,name\n1,a\n", "\nname,id\na,1\n", False),
        ('"id\nx",name\n1,a\n', '"id\ny",name\n1,a\n', False),
    ],
)
def test_a_replaced_file_is_right_only_where_its_whole_header_is_the_same(
    folder: Path, before: str, after: str, *, is_right: bool
) -> None:
    path = folder / "stock.csv"
    path.write_text(before)
    found = FoundFiles.of([("stock", path)])
    path.unlink()
    path.write_text(f"{after}{after.splitlines()[-1]}\n")
    assert (found.states(["stock"]) is not None) == is_right
