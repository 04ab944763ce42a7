"""Golden queries from the command line: reviewed, used, and quarantined when the schema drifts."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from docsql_process import Folder, make_database

SCRIPT = Path(__file__).parents[1] / "fixtures" / "service" / "shop.sql"
PAIRS = """\
# What the workshops' owners ask every month.
- question: What did the harbour earn in spring?
  sql: SELECT sum(cost) FROM repairs WHERE workshop_id = 2
"""


@pytest.fixture
def place(tmp_path: Path) -> Folder:
    file = make_database(SCRIPT, tmp_path / "shop.sqlite")
    (tmp_path / "golden.yaml").write_text(PAIRS, "utf-8")
    settings = {
        "DOCSQL_DATABASES__SHOP__URL": f"sqlite:///{file}",
        "DOCSQL_DATABASES__SHOP__GOLDEN_QUERIES": "golden.yaml",
    }
    return Folder(tmp_path, settings)


def test_a_pair_is_used_from_its_review_until_the_schema_changes(place: Folder) -> None:
    waiting = place.run("golden")
    assert waiting.returncode == 1
    assert "earn in spring?': it has no fingerprint yet" in waiting.stdout
    assert "run `docsql golden --database shop --accept`" in waiting.stdout
    accepted = place.run("golden", "--accept")
    assert (accepted.returncode, accepted.stderr) == (0, "")
    assert accepted.stdout == "1 golden queries of 'shop' are shown to the model.\n"
    answer = place.run("ask", "What did the harbour earn in spring?", "--mode", "sql", "--json")
    assert json.loads(answer.stdout)["queries"][0]["rows"] == [[173.75]], answer.stderr
    with closing(sqlite3.connect(place.path / "shop.sqlite")) as connection:
        connection.execute("ALTER TABLE repairs ADD COLUMN currency TEXT")
    found = {f["part"]: f for f in json.loads(place.run("doctor", "--json").stdout)}
    drifted = found["golden query of shop"]["problem"]
    assert "'What did the harbour earn in spring?': the tables it reads have changed" in drifted
    assert "--accept" in drifted


def test_a_malformed_file_is_one_line_and_no_traceback(place: Folder) -> None:
    (place.path / "golden.yaml").write_text("- question: [\n", "utf-8")
    failed = place.run("schema")
    assert failed.returncode == 1
    (line,) = failed.stderr.splitlines()
    assert line.startswith(
        "docsql: DOCSQL_DATABASES__SHOP: The golden queries in 'golden.yaml' are not valid YAML: expected"
    )
    assert line.endswith("in line 2.")


def test_what_has_no_file_cannot_be_accepted(place: Folder) -> None:
    plain = Folder(
        place.path, {"DOCSQL_DATABASES__SHOP__URL": place.settings["DOCSQL_DATABASES__SHOP__URL"]}
    )
    refused = plain.run("golden", "--accept")
    assert refused.returncode == 1
    assert "Set a YAML file first: DOCSQL_DATABASES__SHOP__GOLDEN_QUERIES." in refused.stderr
