"""Databases that are not as they should be: a clear message each, and the rest goes on working."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from docsql_process import Folder, make_database

from serving.assembly import open_database
from tools.caller import Caller
from tools.errors import BadInput, Unavailable

SCRIPT = Path(__file__).parents[1] / "fixtures" / "service" / "shop.sql"
MANY = (
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 10000000) "
    "SELECT n FROM r"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A good database beside an empty one, a server that is down, and one of odd names and values."""
    path = tmp_path_factory.mktemp("databases")
    make_database(SCRIPT, path / "shop.sqlite")
    with closing(sqlite3.connect(path / "odd.sqlite")) as odd:
        odd.executescript(
            'CREATE TABLE "o""dd" ("a ""b""" TEXT, "it\'s" NUMERIC, "c`d" REAL, e BLOB, f DATE);'
            """INSERT INTO "o""dd" VALUES ('x', 12345678901234567890, 38.400000000000006, x'00ff', """
            "'2024-02-29'), (NULL, NULL, NULL, NULL, NULL);"
        )
    sqlite3.connect(path / "empty.sqlite").close()
    (path / "empty.sqlite").touch()
    urls = {
        "SHOP": f"sqlite:///{path / 'shop.sqlite'}",
        "EMPTY": f"sqlite:///{path / 'empty.sqlite'}",
        "ODD": f"sqlite:///{path / 'odd.sqlite'}",
        "DOWN": "postgresql://reader:geheim@127.0.0.1:9/shop",
        "AWAY": "mariadb://reader:geheim@127.0.0.1:9/shop",
    }
    return Folder(path, {f"DOCSQL_DATABASES__{name}__URL": url for name, url in urls.items()})


def test_without_a_database_it_is_said_how_to_name_one(tmp_path: Path) -> None:
    failed = Folder(tmp_path).run("schema")
    assert failed.returncode == 1
    (line,) = failed.stderr.splitlines()
    assert line.startswith("docsql: No database is connected. Add one to docsql.toml")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("shop.sqlite", "A database URL looks like 'sqlite:////path/to/file.sqlite'"),
        ("firebird://scott:geheim@localhost/x", "Databases of type 'firebird' are not supported"),
        ("mariadb://root:geheim@localhost", "Add the database's name to the URL"),
        ("sqlite://", "Give the path of a SQLite file"),
    ],
)
def test_a_wrong_url_is_told_without_its_password(url: str, words: str) -> None:
    with pytest.raises(BadInput, match=words) as failure:
        open_database(url)
    assert "geheim" not in str(failure.value)


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_server_that_is_down_is_named_without_its_password(kind: str) -> None:
    with closing(open_database(f"{kind}://reader:geheim@127.0.0.1:9/shop", name="down")) as down:
        with pytest.raises(Unavailable, match=r"'down' at 127\.0\.0\.1:9 cannot") as failure:
            down.run("SELECT 1", caller=Caller("ada"))
        assert "geheim" not in str(failure.value)


def test_a_database_that_is_down_is_one_line(place: Folder) -> None:
    failed = place.run("sql", "SELECT 1", "--database", "down")
    assert failed.returncode == 1
    (line,) = failed.stderr.splitlines()
    assert line.startswith("docsql: The database 'down' at 127.0.0.1:9 cannot be reached")
    assert "geheim" not in line


def test_what_is_down_leaves_the_rest_working(place: Folder) -> None:
    answer = place.run("ask", "How many workshops are there?", "--json")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["queries"][0]["rows"] == [[3]]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:////nowhere/shop.sqlite", "There is no database file at '/nowhere/shop.sqlite'"),
        ("postgresql://reader:geheim@127.0.0.1:9/shop", "'shop' at 127.0.0.1:9 cannot be reached"),
    ],
)
def test_a_question_that_only_what_is_down_could_answer_says_so(
    tmp_path: Path, url: str, said: str
) -> None:
    folder = Folder(tmp_path, {"DOCSQL_DATABASES__SHOP__URL": url})
    asked = folder.run("ask", "How many workshops are there?", "--json")
    assert asked.returncode == 4, asked.stderr
    assert said in json.loads(asked.stdout)["answer"]
    greeted = folder.run("ask", "Hello!", "--json")
    assert said not in greeted.stdout


def test_an_empty_database_says_that_it_is_empty(place: Folder) -> None:
    shown = place.run("schema", "--database", "empty")
    assert shown.returncode == 0
    assert shown.stdout == "The database 'empty' has no table that may be seen.\n"
    refused = place.run("sql", "SELECT x FROM a", "--database", "empty")
    assert refused.returncode == 3
    assert "There is no table 'a' to read. There is none to choose from." in refused.stderr


def test_odd_names_and_values_come_through(place: Folder) -> None:
    assert 'a "b" TEXT' in place.run("schema", "--database", "odd").stdout
    sql = 'SELECT "a ""b""", "it\'s", "c`d", e, f FROM "o""dd"'
    ran = place.run("sql", sql, "--database", "odd", "--json")
    assert ran.returncode == 0, ran.stderr
    result = json.loads(ran.stdout)
    assert result["columns"] == ['a "b"', "it's", "c`d", "e", "f"]
    assert result["rows"][0] == ["x", 1.23456789012e19, 38.4, "2 bytes", "2024-02-29"]
    assert result["rows"][1] == [None] * 5
    table = place.run("sql", sql, "--database", "odd").stdout
    assert "38.4 " in table
    assert "2 bytes" in table
    assert "·" in table


def test_ten_million_rows_are_cut_and_it_is_said(place: Folder) -> None:
    ran = place.run("sql", MANY, "--database", "shop")
    assert ran.returncode == 0
    assert "The result was cut off at the row or byte cap." in ran.stdout
