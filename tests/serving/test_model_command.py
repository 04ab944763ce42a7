"""Semantic models from the command line: checked, accepted and shown."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from docsql_process import Folder, make_database
from standin_tgi import StartTgi, Text

FIXTURES = Path(__file__).parents[1] / "fixtures" / "semantic"


@pytest.fixture
def place(tmp_path: Path) -> Folder:
    file = make_database(FIXTURES / "lending.sql", tmp_path / "lending.sqlite")
    (tmp_path / "lending.yaml").write_text((FIXTURES / "lending.yaml").read_text("utf-8"), "utf-8")
    (tmp_path / "docsql.toml").write_text(
        f'[databases.lending]\nurl = "sqlite:///{file}"\nmodel = "lending.yaml"\n', "utf-8"
    )
    return Folder(tmp_path, {})


def test_a_model_is_stale_until_somebody_accepts_it(place: Folder) -> None:
    stale = place.run("model", "check", "lending")
    assert stale.returncode == 1
    assert "lending.yaml, line 125: the schema has changed" in stale.stdout
    accepted = place.run("model", "check", "--accept")
    assert accepted.stdout == "The model of 'lending' fits its database.\n", accepted.stderr
    assert accepted.returncode == 0
    with closing(sqlite3.connect(place.path / "lending.sqlite")) as connection:
        connection.execute("ALTER TABLE t_ln RENAME COLUMN fee TO fees")
        connection.execute("CREATE TABLE t_fine (no INTEGER)")
    changed = place.run("model", "check")
    assert changed.returncode == 1
    assert "Not in the model: t_fine." in changed.stdout
    assert "the field 'fee' has no column 'fee' in the table 't_ln'; the nearest is 'fees'." in (
        changed.stdout
    )


def test_what_a_model_says_is_shown_by_the_companys_names(place: Folder) -> None:
    shown = place.run("model", "show")
    assert shown.returncode == 0, shown.stderr
    assert "members (readers, Leser): table t_mbr\n" in shown.stdout
    assert "  genre (Gattung): kind; P = poetry, F = fiction / novels\n" in shown.stdout
    assert "figure takings (income, Einnahmen) = SUM(t_ln.fee)\n" in shown.stdout
    assert "pin" not in shown.stdout


def test_a_database_without_a_model_is_told_how_to_get_one(place: Folder) -> None:
    (place.path / "docsql.toml").write_text(
        '[databases.lending]\nurl = "sqlite:///lending.sqlite"\n'
    )
    refused = place.run("model", "check", "lending")
    assert refused.returncode == 1
    assert "`docsql model draft lending > model.yaml` proposes one" in refused.stderr
    assert "DOCSQL_DATABASES__LENDING__MODEL" in refused.stderr


def test_a_draft_is_a_file_that_fits_and_answers(place: Folder) -> None:
    drafted = place.run("model", "draft", "lending")
    assert drafted.returncode == 0, drafted.stderr
    assert drafted.stdout.startswith("# Proposed by `docsql model draft`")
    (place.path / "lending.yaml").write_text(drafted.stdout, "utf-8")
    checked = place.run("model", "check")
    assert checked.stdout == "The model of 'lending' fits its database.\n", checked.stderr
    answer = place.run("ask", "How many members are there?", "--mode", "sql", "--json")
    assert json.loads(answer.stdout)["queries"][0]["rows"] == [[3]], answer.stderr


def test_an_answer_says_which_definition_it_used_and_of_which_version(place: Folder) -> None:
    asked = place.run("ask", "What are the takings per author?", "--mode", "sql", "--json")
    (query,) = json.loads(asked.stdout)["queries"]
    (used,) = query["metrics"]
    version = place.run("model", "show").stdout.splitlines()[0].removeprefix("version ")
    assert used == {"name": "takings", "expression": "SUM(t_ln.fee)", "version": version}
    assert query["columns"] == ["author", "takings"]
    shown = place.run("ask", "What are the takings per author?", "--mode", "sql")
    assert "takings = SUM(t_ln.fee)" in shown.stdout
    coded = place.run("ask", "How many loans are there per status?", "--mode", "sql")
    assert "status: 1 = returned, 2 = open, 9 = void" in coded.stdout


def test_another_definition_has_another_version(place: Folder) -> None:
    def used() -> dict[str, str]:
        asked = place.run("ask", "What are the takings?", "--mode", "sql", "--json")
        return json.loads(asked.stdout)["queries"][0]["metrics"][0]

    file = place.path / "lending.yaml"
    before, text = used(), file.read_text("utf-8")
    file.write_text(text.replace("SUM(loans.fee)", "SUM(loans.fee * 2)"), "utf-8")
    after = used()
    assert after["expression"] == "SUM(t_ln.fee * 2)"
    assert len({before["version"], after["version"], ""}) == 3


def test_the_model_is_beside_the_settings_file_wherever_a_command_runs(place: Folder) -> None:
    elsewhere = place.path / "elsewhere"
    elsewhere.mkdir()
    named = {"DOCSQL_CONFIG": str(place.path / "docsql.toml")}
    shown = Folder(elsewhere, named).run("model", "show")
    assert shown.returncode == 0, shown.stderr
    assert "members (readers, Leser)" in shown.stdout


def test_what_does_not_fit_is_found_by_the_doctor(place: Folder) -> None:
    assert place.run("model", "check", "--accept").returncode == 0
    well = {one["part"]: one for one in json.loads(place.run("doctor", "--json").stdout)}
    assert well["model of lending"]["problem"] == ""
    with closing(sqlite3.connect(place.path / "lending.sqlite")) as connection:
        connection.execute("ALTER TABLE t_ln RENAME COLUMN fee TO fees")
    found = {one["part"]: one for one in json.loads(place.run("doctor", "--json").stdout)}
    assert "the field 'fee' has no column 'fee'" in found["model of lending"]["problem"]


def test_codes_are_told_by_what_they_mean(place: Folder) -> None:
    asked = place.run("ask", "How many books are there per genre?")
    assert asked.returncode == 0, asked.stderr
    answer, _, evidence = asked.stdout.partition("SELECT")
    assert "poetry" in answer
    assert "poetry" in evidence.partition("P = poetry")[0]


def test_a_model_server_describes_what_is_drafted_and_that_is_marked(
    place: Folder, tgi_server: StartTgi
) -> None:
    said = {
        "description": "What members borrow",
        "synonyms": ["volumes"],
        "columns": {"gone": {"description": "no such column"}},
    }
    server = tgi_server(lambda _: Text(json.dumps(said)))
    served = Folder(place.path, {"DOCSQL_CHAT__URL": server.url})
    drafted = served.run("model", "draft", "lending")
    assert drafted.returncode == 0, drafted.stderr
    assert 'description: "What members borrow"  # proposed by the model' in drafted.stdout
    assert '{"proposed": true}' in drafted.stdout
    assert "gone" not in drafted.stdout
    (place.path / "lending.yaml").write_text(drafted.stdout, "utf-8")
    checked = place.run("model", "check")
    assert "not JSON" not in checked.stdout, checked.stdout
    assert "proposed by the model" not in place.run("model", "draft", "lending").stdout
