"""What `docsql doctor` and the start of the service say of names that hold for nothing."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from docsql_process import Folder

from serving.auth.keys import Keys

ANN = '{"key:ann": 1, "key:anne": 2, "oidc:ben": 3}'


def findings(folder: Folder) -> list[dict[str, Any]]:
    return json.loads(folder.run("doctor", "--json").stdout)


def test_a_cap_of_nobody_is_told(folder: Folder) -> None:
    home = Folder(folder.path, {**folder.settings, "DOCSQL_LIMITS__TOKENS_PER_MONTH_OF": ANN})
    Keys(home.data / "keys.json").create("ann", groups=[], scopes=["ask"])
    told = [one["problem"] for one in findings(home) if one["part"] == "limits"]
    assert len(told) == 2
    assert "'key:anne', who is nobody: There is no such key. Known: key:ann." in told[0]
    assert "'oidc:ben', who is nobody: DOCSQL_AUTH__OIDC__ISSUER is not set." in told[1]
    with home.serving() as service:
        service.process.terminate()
        _, logged = service.process.communicate(timeout=30)
    assert "'key:anne', who is nobody" in logged


@pytest.mark.parametrize("name", ["ann", "keys:ann", "KEY:ann", ""])
def test_a_name_that_no_caller_can_have_ends_the_start(folder: Folder, name: str) -> None:
    caps = json.dumps({name: 1})
    home = Folder(folder.path, {**folder.settings, "DOCSQL_LIMITS__TOKENS_PER_MONTH_OF": caps})
    refused = home.run("doctor")
    assert refused.returncode == 1
    assert f"{name!r} is not the id of a caller; write key:NAME" in refused.stderr


@pytest.fixture
def of_files(folder: Folder, tmp_path: Path) -> Folder:
    """A folder with one database, of a file that is a table and one that cannot be."""
    files = tmp_path / "files"
    files.mkdir()
    for name in ("a.csv", "x[1].csv"):
        (files / name).write_text("said\nyes\n", encoding="utf-8")
    settings = {"DOCSQL_SERVICE__PORT": "0", "DOCSQL_DATABASES__FILES__URL": f"duckdb:///{files}"}
    return Folder(folder.path, settings)


WHY = "DuckDB takes *, ? and [ in a name for patterns: rename it."


def test_a_file_of_a_folder_that_is_no_table_is_a_warning(of_files: Folder) -> None:
    (told,) = (one for one in findings(of_files) if one["part"] == "file of files")
    assert (told["what"], told["warning"], told["problem"]) == ("x[1].csv is left out", WHY, "")
    examined = of_files.run("doctor")
    assert (examined.returncode, examined.stderr) == (0, "")
    assert "warn file of files: x[1].csv is left out" in examined.stdout


def test_the_file_is_told_with_the_schema_and_by_the_service_and_not_with_each_statement(
    of_files: Folder,
) -> None:
    asked = of_files.run("sql", "SELECT COUNT(*) FROM a")
    assert (asked.returncode, asked.stderr) == (0, "")
    assert of_files.run("schema").stderr == f"x[1].csv is left out: {WHY}\n"
    with of_files.serving() as service:
        for _ in range(2):
            httpx.get(f"{service.url}/ready", trust_env=False, timeout=30)
        service.process.terminate()
        _, logged = service.process.communicate(timeout=30)
    assert logged.count("'x[1].csv' of ") == 1


def test_access_settings_that_match_nothing_fail_and_are_logged_by_the_service(
    of_files: Folder,
) -> None:
    access = {
        "DOCSQL_DATABASES__FILES__ALLOWED_TABLES": '["a", "aa"]',
        "DOCSQL_DATABASES__FILES__DENIED_COLUMNS": '["*.later"]',
    }
    home = Folder(of_files.path, {**of_files.settings, **access})
    (told,) = (one for one in findings(home) if one["part"] == "access to files")
    assert told["problem"].startswith("allowed_tables: 'aa' matches no table or view. Correct")
    assert home.run("sql", "SELECT said FROM a").returncode == 0

    access["DOCSQL_DATABASES__FILES__DENIED_COLUMNS"] = '["a.sayd"]'
    home = Folder(of_files.path, {**of_files.settings, **access})
    (told,) = (one for one in findings(home) if one["part"] == "database files")
    assert told["problem"].startswith("denied_columns: 'a.sayd', which matches no column")
    refused = home.run("sql", "SELECT said FROM a")
    assert (refused.returncode, "Nearest: a.said." in refused.stderr) == (1, True)
    with home.serving() as service:
        at = f"{service.url}/ready"
        said, again = (httpx.get(at, trust_env=False, timeout=30).json() for _ in range(2))
        service.process.terminate()
        _, logged = service.process.communicate(timeout=30)
    assert "'a.sayd'" in said["databases"][0]["problem"]
    assert again["databases"] == said["databases"]
    assert logged.count("'a.sayd'") == 1
