"""Reviewed pairs of question and SQL, and what becomes of them when the schema changes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tools.errors import BadInput
from tools.sql.golden import nearest_golden, read_golden, same_question, with_fingerprints
from tools.sql.run import Database

TABLES = "CREATE TABLE sale (city TEXT, amount INTEGER); CREATE TABLE city (name TEXT);"
PAIRS = """\
# Reviewed by Ann in May.
- question: How much was sold in Oslo?
  sql: SELECT sum(amount) FROM sale WHERE city = 'Oslo'   # gross

- {question: How many cities are there, sql: SELECT count(*) FROM city}
- fingerprint: old
  question: |
    Which sales are large?
  sql: >
    SELECT city FROM sale
    WHERE amount > 100
- question: Who is paid most?
  sql: SELECT person FROM salaries
"""

OpenFile = Callable[..., Database]
MakeFile = Callable[..., Path]


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    path = tmp_path / "golden.yaml"
    path.write_text(PAIRS, "utf-8")
    return path


def reviewed(path: Path, database: Database) -> None:
    text = path.read_text("utf-8")
    found = with_fingerprints(text, read_golden(path), database.schema(), database.check)
    path.write_text(found, "utf-8")


def test_a_pair_is_used_once_it_is_reviewed_and_while_its_tables_stay(
    pairs: Path, make_file: MakeFile, open_file: OpenFile
) -> None:
    file = make_file(TABLES)
    before = [pair.problem for pair in open_file(file, golden_queries=pairs).golden()]
    assert before == ["it has no fingerprint yet"] * 2 + [
        "the tables it reads have changed",
        "its SQL no longer passes the gate: There is no table 'salaries' to read. Nearest: sale.",
    ]
    reviewed(pairs, open_file(file))
    database = open_file(file, golden_queries=pairs)
    assert [bool(pair.problem) for pair in database.golden()] == [False, False, False, True]
    make_file("ALTER TABLE sale ADD COLUMN currency TEXT;")
    assert [bool(pair.problem) for pair in database.golden()] == [True, False, True, True]


def test_a_review_changes_nothing_else_of_the_file(
    pairs: Path, make_file: MakeFile, open_file: OpenFile
) -> None:
    database = open_file(make_file(TABLES))
    before = read_golden(pairs)
    reviewed(pairs, database)
    text = pairs.read_text("utf-8")
    once = [line for line in text.splitlines() if "fingerprint" not in line]
    assert once[0] == "# Reviewed by Ann in May."
    assert "   # gross" in text
    after = read_golden(pairs)
    assert [(p.question, p.sql) for p in after] == [(p.question, p.sql) for p in before]
    assert [len(p.fingerprint or "") for p in after] == [16, 16, 16, 0]
    reviewed(pairs, database)
    assert pairs.read_text("utf-8") == text


def test_the_nearest_usable_pairs_come_first(
    pairs: Path, make_file: MakeFile, open_file: OpenFile
) -> None:
    file = make_file(TABLES)
    reviewed(pairs, open_file(file))
    golden = open_file(file, golden_queries=pairs).golden()
    assert nearest_golden(golden, "What was sold in Rome?")[0].sql.startswith("SELECT sum(amount)")
    assert [pair.question for pair in nearest_golden(golden, "Who is paid most?")] == []
    assert nearest_golden(golden, "Explain the weather") == ()
    exact = same_question(golden, "  how many CITIES are there? ")
    assert exact is not None
    assert exact.sql == "SELECT count(*) FROM city"
    assert same_question(golden, "how many cities are there in Norway?") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- question: [", "are not valid YAML: expected the node content.*, in line 1"),
        ("question: x", "have to be a list of question and sql"),
        ("- question: x", "do not fit at entry 1, sql: field required"),
        ("- {question: x, sql: y}\n- {question: x, sql: y, answer: z}", "at entry 2, answer"),
        ("- {question: '', sql: y}", "at entry 1, question"),
        ("- {question: x, sql: 5}", "at entry 1, sql: input should be a valid string"),
        (
            "- !!python/object/apply:os.system ['true']",
            "are not valid YAML: could not determine a constructor .*, in line 1",
        ),
        ("- just words", "at entry 1"),
    ],
)
def test_a_malformed_file_is_one_clear_error(
    text: str, words: str, tmp_path: Path, make_file: MakeFile, open_file: OpenFile
) -> None:
    path = tmp_path / "golden.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadInput, match=rf"The golden queries in '.*golden\.yaml' .*{words}"):
        open_file(make_file(TABLES), golden_queries=path)


def test_a_missing_file_is_one_clear_error_and_an_empty_one_is_none(
    tmp_path: Path, make_file: MakeFile, open_file: OpenFile
) -> None:
    with pytest.raises(BadInput, match=r"cannot be read: .*No such file"):
        open_file(make_file(TABLES), golden_queries=tmp_path / "none.yaml")
    empty = tmp_path / "empty.yaml"
    empty.write_text("# none yet\n", "utf-8")
    assert open_file(make_file(), golden_queries=empty).golden() == ()
