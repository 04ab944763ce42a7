"""What a reader of the wire learns of a result: its columns' types, and how many rows there are."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from docsql_process import Folder

from tools.sql.cells import type_of

CELLS: list[tuple[list[object], str]] = [
    ([1, None, 2**60], "integer"),
    ([1, 2.5], "float"),
    ([1, Decimal("2.50")], "decimal"),
    ([Decimal(1), 2.5, 3], "float"),
    ([True, None], "boolean"),
    ([date(2025, 1, 2)], "date"),
    ([datetime(2025, 1, 2, 3, tzinfo=UTC)], "timestamp"),
    ([time(3, 4)], "time"),
    ([timedelta(hours=1)], "interval"),
    ([b"x"], "bytes"),
    ([["a"], {"b": 1}], "json"),
    (["a", 1], "mixed"),
    (["a", None], "text"),
    ([None], "unknown"),
    ([], "unknown"),
]


@pytest.mark.parametrize(("cells", "type_"), CELLS)
def test_a_column_is_told_by_its_cells(cells: list[object], type_: str) -> None:
    assert type_of(cells) == type_


@pytest.fixture
def stars(tmp_path: Path) -> Folder:
    file = tmp_path / "stars.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE stars (name TEXT, far INTEGER, bright REAL, seen BLOB)")
        rows = [(f"s{n}", 2**60 + n, n / 2, None) for n in range(1234)]
        connection.executemany("INSERT INTO stars VALUES (?, ?, ?, ?)", rows)
        connection.commit()
    settings = {"DOCSQL_DATABASES__SKY__URL": f"sqlite:///{file}", "DOCSQL_SERVICE__PORT": "0"}
    return Folder(tmp_path, settings)


def test_a_capped_answer_says_how_many_rows_there_are(stars: Folder) -> None:
    with stars.serving() as service:
        asked = {"input": {"question": "List the names of all stars", "mode": "sql"}}
        reply = httpx.post(f"{service.url}/agent/invoke", json=asked, trust_env=False, timeout=30)
    answer = reply.json()["output"]
    (query,) = answer["queries"]
    assert (query["truncated"], len(query["rows"]), query["total_rows"]) == (True, 1000, 1234)
    assert query["types"] == ["text"]
    assert "1,000 of 1,234" in answer["answer"]
    assert answer["status"] == "answered"


def test_types_stand_beside_the_columns(stars: Folder) -> None:
    run = stars.run("sql", "SELECT * FROM stars LIMIT 2", "--json")
    assert '"integer"' in run.stdout
    told = httpx.Response(200, text=run.stdout).json()
    assert told["types"] == ["text", "integer", "float", "unknown"]
    assert told["rows"][0][1] == str(2**60)
    assert told["total_rows"] is None
