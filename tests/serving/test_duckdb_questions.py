"""Questions to DuckDB by the command line: a file of it, and a folder of CSV and Parquet."""

import json
from pathlib import Path

import duckdb
import pytest
from docsql_process import Folder

SHOP = Path(__file__).parents[1] / "fixtures" / "sql" / "shop_duckdb.sql"


@pytest.fixture
def place(tmp_path: Path) -> Folder:
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as made:
        made.execute(SHOP.read_text("utf-8"))
        (tmp_path / "files").mkdir()
        made.execute(f"COPY orders TO '{tmp_path}/files/orders.parquet'")
        made.execute(f"COPY customers (id, name, tier) TO '{tmp_path}/files/customers.csv'")
    settings = {
        "DOCSQL_DATABASES__SHOP__URL": "duckdb:///shop.duckdb",
        "DOCSQL_DATABASES__SHOP__DENIED_COLUMNS": '["password", "api_key"]',
        "DOCSQL_DATABASES__FILES__URL": "duckdb:///files",
    }
    return Folder(tmp_path, settings)


@pytest.mark.parametrize("database", ["shop", "files"])
def test_a_question_is_answered_from_duckdb(place: Folder, database: str) -> None:
    asked = "How many orders per customer name in 2024?"
    answer = json.loads(place.run("ask", asked, "--database", database, "--json").stdout)
    assert answer["status"] == "answered"
    (query,) = answer["queries"]
    assert sorted(query["rows"]) == [["Ann", 2], ["Bob", 2]]


def test_a_closed_column_is_refused_at_the_command_line(place: Folder) -> None:
    refused = place.run("sql", "SELECT password FROM customers", "--database", "shop")
    assert refused.returncode == 3
    assert "There is no column 'password' to read." in refused.stderr
