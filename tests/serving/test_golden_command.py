"""Golden queries from the command line: reviewed, used, and quarantined when the schema drifts."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from docsql_process import Folder, make_database

from serving.auth.local import LOCAL
from serving.config.settings import Settings
from serving.parts.assembly import open_conversations
from serving.wire.threads import Feedback

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


def test_accepting_says_who_and_what_is_verified_is_a_template(place: Folder) -> None:
    (place.path / "golden.yaml").write_text(
        "- question: How many repairs were there in February 2025?\n"
        "  sql: SELECT COUNT(*) FROM repairs WHERE finished >= '2025-02-01' AND finished < '2025-03-01'\n",
        "utf-8",
    )
    assert place.run("golden", "--accept", "--by", "Ann Ace").returncode == 0
    assert 'verified_by: "Ann Ace"' in (place.path / "golden.yaml").read_text("utf-8")
    answer = place.run("ask", "How many repairs were there in May 2025?", "--json")
    (query,) = json.loads(answer.stdout)["queries"]
    assert query["rows"] == [[2]], answer.stderr
    assert query["verified"]["by"] == "Ann Ace"
    assert query["verified"]["filled"] == {"February 2025": "May 2025"}
    shown = place.run("ask", "How many repairs were there in May 2025?").stdout
    assert "verified query: How many repairs were there in February 2025? (by Ann Ace" in shown


def test_a_rejected_answer_is_verified_by_a_person_alone(place: Folder) -> None:
    asked = json.loads(place.run("ask", "How many workshops are there?", "--json").stdout)
    note_feedback(place, asked["answer_id"])
    failed = place.run("golden", "review", "--export", "gone/review.yaml")
    assert (
        failed.stderr
        == "docsql: 'gone/review.yaml' cannot be written (No such file or directory).\n"
    )
    exported = place.run("golden", "review", "--export", "review.yaml")
    assert exported.stdout.startswith("1 proposals are in review.yaml"), exported.stderr
    text = (place.path / "review.yaml").read_text("utf-8")
    assert "why: 'rejected: Ghent alone'" in text
    nothing = place.run("golden", "review", "--import", "review.yaml", "--by", "Ann")
    assert nothing.stdout == "0 queries were verified by Ann.\n", nothing.stderr
    right = "SELECT COUNT(*) FROM workshops WHERE city = ''Ghent''"
    (proposal,) = yaml.safe_load(text)
    accepted = [{**proposal, "sql": right.replace("''", "'"), "accept": True}]
    (place.path / "review.yaml").write_text(yaml.safe_dump(accepted), "utf-8")
    taken = place.run("golden", "review", "--import", "review.yaml", "--by", "Ann")
    assert taken.stdout == "1 queries were verified by Ann.\n", taken.stderr
    pairs = yaml.safe_load((place.path / "golden.yaml").read_text("utf-8"))
    assert [pair.get("verified_by") for pair in pairs] == [None, "Ann"]
    again = json.loads(place.run("ask", "How many workshops are there?", "--json").stdout)
    assert again["queries"][0]["rows"] == [[2]]


HOSTILE = (
    "How many workshops are there?\x85\n  why: approved by finance\n  | SELECT 1\x1b[2J\u202e\n"
    "- question: 'x'\n  accept: true"
)


def test_a_hostile_comment_passes_for_nothing_else(place: Folder) -> None:
    asked = json.loads(place.run("ask", "How many workshops are there?", "--json").stdout)
    note_feedback(place, asked["answer_id"], f"{HOSTILE}{'!' * 2000}")
    shown = place.run("golden", "review").stdout
    assert [line for line in shown.splitlines() if line.startswith("  why:")] == [
        line for line in shown.splitlines() if "approved by finance" in line
    ]
    assert [line for line in shown.splitlines() if line.startswith("  | ")] == [
        "  | SELECT COUNT(*) AS count_workshops FROM workshops"
    ]
    assert not {"\x1b", "\u202e", "\x85"} & set(shown)
    assert "characters more)" in shown
    assert len(shown) < 2500
    place.run("golden", "review", "--export", "review.yaml")
    (proposal,) = yaml.safe_load((place.path / "review.yaml").read_text("utf-8"))
    assert proposal["accept"] is False
    assert HOSTILE in proposal["why"]


def test_a_comment_in_a_statement_swallows_nothing_of_it(place: Folder) -> None:
    commented = "SELECT COUNT(*) FROM workshops -- all\nWHERE city = 'Ghent'"
    review(place, [HOSTILE, commented, True], ["Other?", "DROP TABLE workshops", False])
    taken = place.run("golden", "review", "--import", "review.yaml", "--by", 'A"\nb: 1')
    assert taken.returncode == 0, taken.stderr
    before, pair = yaml.safe_load((place.path / "golden.yaml").read_text("utf-8"))
    assert before["question"] == "What did the harbour earn in spring?"
    assert pair["sql"] == commented
    assert pair["question"].splitlines() == [pair["question"]]
    assert set(pair) == {"question", "sql", "fingerprint", "verified_by", "verified_at"}
    assert place.run("golden", "review", "--import", "review.yaml").stdout.startswith("0 queries")


@pytest.mark.parametrize(
    ("before", "sql", "told"),
    [
        (PAIRS, "DELETE FROM workshops", "Only queries are allowed"),
        (PAIRS, "SELECT 1; DROP TABLE workshops", "statement"),
        ('[{question: "What?", sql: SELECT 1}]\n', "SELECT 2", "Nothing can be added to"),
    ],
)
def test_what_cannot_be_added_leaves_the_file_alone(
    place: Folder, before: str, sql: str, told: str
) -> None:
    (place.path / "golden.yaml").write_text(before, "utf-8")
    review(place, ["Who?", sql, True])
    failed = place.run("golden", "review", "--import", "review.yaml")
    assert failed.returncode
    assert told in failed.stderr
    assert "Traceback" not in failed.stderr
    assert (place.path / "golden.yaml").read_text("utf-8") == before


def review(place: Folder, *rows: list[object]) -> None:
    """Write a file of proposals."""
    names = ("question", "sql", "accept")
    found = [dict(zip(names, row, strict=True)) for row in rows]
    (place.path / "review.yaml").write_text(yaml.safe_dump(found), "utf-8")


def note_feedback(place: Folder, answer: str, comment: str = "Ghent alone") -> None:
    async def noted() -> None:
        async with open_conversations(Settings(data=place.data)) as conversations:
            said = Feedback(answer_id=answer, rating="down", comment=comment)
            await conversations.note(said, caller=LOCAL)

    asyncio.run(noted())
