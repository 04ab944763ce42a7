import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools.sql.run import Database


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], str]:
    """The address of the SQLite file that an SQL script describes, made once."""
    made: dict[Path, str] = {}

    def make(script: Path) -> str:
        if script not in made:
            path = tmp_path_factory.mktemp("databases") / f"{script.stem}.sqlite"
            connection = sqlite3.connect(path)
            connection.executescript(script.read_text(encoding="utf-8"))
            connection.close()
            made[script] = f"sqlite:///{path}"
        return made[script]

    return make


@pytest.fixture(scope="session")
def database(database_url: Callable[[Path], str]) -> Iterator[Callable[[Path], Database]]:
    """The gated database of an SQL script, opened once: nothing writes to it."""
    opened: dict[Path, Database] = {}

    def open_script(script: Path) -> Database:
        if script not in opened:
            opened[script] = Database.open(database_url(script), name=script.stem)
        return opened[script]

    yield open_script
    for one in opened.values():
        one.close()


@pytest.fixture
def scripted(database: Callable[[Path], Database], tmp_path: Path) -> Callable[[str], Database]:
    """Opens the gated database that the text of an SQL script describes."""

    def open_text(text: str) -> Database:
        script = tmp_path / "scripted.sql"
        script.write_text(text, "utf-8")
        return database(script)

    return open_text
