"""A semantic model: read from its file, laid over a schema, checked against a database."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tools.caller import Caller
from tools.errors import BadInput, Refused, Unavailable
from tools.sql.ddl import create_statements
from tools.sql.introspect import fingerprint
from tools.sql.run import Database
from tools.sql.semantic.check import check_model
from tools.sql.semantic.file import parse_model

FIXTURES = Path(__file__).parents[2] / "fixtures" / "semantic"
OURS = FIXTURES / "lending.yaml"
TEXT = OURS.read_text("utf-8")
DATE = "SUBSTRING(out_d, 7, 4) || '-' || SUBSTRING(out_d, 4, 2) || '-' || SUBSTRING(out_d, 1, 2)"


@pytest.fixture
def url(tmp_path: Path) -> str:
    path = tmp_path / "lending.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((FIXTURES / "lending.sql").read_text("utf-8"))
    return f"sqlite:///{path}"


@pytest.fixture
def lending(url: str) -> Database:
    return Database.open(url, model=OURS)


def problems(url: str, text: str, *, denied: tuple[str, ...] = ("t_mbr.pin",)) -> list[str]:
    file, database = parse_model(text, "m.yaml"), Database.open(url, denied_columns=denied)
    schema, caller = database.schema(), Caller("someone")
    found = check_model(
        file, schema, lambda sql: database.run(sql, caller=caller), fingerprint="none"
    )
    return [file.at(problem.place, problem.text) for problem in found]


def test_our_example_has_every_feature_and_no_problem(url: str) -> None:
    assert problems(url, TEXT) == []


def test_a_writer_is_told_what_the_model_says(lending: Database) -> None:
    loans = lending.schema().describe().split("\n\n")[0]
    assert loans.splitlines() == [
        "table t_ln (5 rows): loans; unless asked otherwise, only rows with st <> 9",
        "  ln_no INTEGER primary key",
        "  mbr_no INTEGER",
        "  ttl_no INTEGER",
        "  ed INTEGER",
        f"  out_d TEXT -- loan date -- also called borrowed on -- as a date: {DATE}",
        "  st INTEGER -- status -- values: 1 = returned, 2 = open, 9 = void",
        "  fee REAL",
        "  mbr_no -> t_mbr(mbr_no)",
        "  ttl_no, ed -> t_ttl(ttl_no, ed)",
    ]
    told = create_statements(lending.schema())
    assert "fn || ' ' || sn" in told
    assert "takings, income, Einnahmen = SUM(t_ln.fee) -- Fees of all loans that count" in told
    assert (
        "The fiscal year begins with month 4 and is called after the year in which it begins."
        in told
    )
    assert lending.schema().timezone == "Europe/Berlin"


def test_a_hidden_field_is_closed_like_a_denied_column(lending: Database) -> None:
    assert "pin" not in lending.schema().describe()
    with pytest.raises(Refused):
        lending.run("SELECT pin FROM t_mbr", caller=Caller("someone"))


def test_a_hidden_field_of_no_column_closes_the_database_until_it_is_corrected(
    url: str, tmp_path: Path
) -> None:
    stood = "dialects: [{dialect: ANSI_SQL, expression: pin}]"
    assert stood in TEXT
    (tmp_path / "m.yaml").write_text(TEXT.replace(stood, stood.replace("pin", "pinn")), "utf-8")
    database = Database.open(url, model=tmp_path / "m.yaml")
    with pytest.raises(Unavailable, match=r"The semantic model hides 't_mbr\.pinn', .* t_mbr\.pin"):
        database.schema()


@pytest.mark.parametrize(
    "expression",
    [
        "{dialects: [{dialect: MDX, expression: '[pin]'}]}",
        "{dialects: [{dialect: ANSI_SQL, expression: pin)}]}",
        "{dialects: [{dialect: ANSI_SQL, expression: '1'}]}",
    ],
)
def test_a_hidden_field_that_would_close_nothing_is_refused(
    url: str, expression: str, tmp_path: Path
) -> None:
    stood = "\n              dialects: [{dialect: ANSI_SQL, expression: pin}]"
    assert stood in TEXT
    (tmp_path / "m.yaml").write_text(TEXT.replace(stood, f" {expression}"), "utf-8")
    with pytest.raises(BadInput, match="line 69: the hidden field 'pin'"):
        Database.open(url, model=tmp_path / "m.yaml")


def test_empty_lists_alone_are_named() -> None:
    text = "version: 0.2.0.dev0\nsemantic_model:\n  - name: a\n    datasets: []\n  - name: b\n    datasets: []\n"
    with pytest.raises(BadInput, match="line 4: 'datasets' is empty; line 6: 'datasets' is empty"):
        parse_model(text, "m.yaml")


def test_a_table_is_named_as_it_is_stored(tmp_path: Path) -> None:
    path = tmp_path / "odd.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute('CREATE TABLE "a""b" (n INTEGER)')
    text = "version: 0.2.0.dev0\nsemantic_model:\n  - name: odd\n    datasets:\n"
    (tmp_path / "odd.yaml").write_text(text + "      - {name: odd, source: 'a\"b'}\n", "utf-8")
    database = Database.open(f"sqlite:///{path}", model=tmp_path / "odd.yaml")
    assert [table.meaning.name for table in database.schema().tables] == ["odd"]


def test_a_golden_query_needs_no_new_review_where_a_model_is_added(url: str) -> None:
    stored = Database.open(url, denied_columns=["t_mbr.pin"]).schema()
    meant = Database.open(url, model=OURS).schema()
    assert fingerprint(meant.tables) == fingerprint(stored.tables)
    assert meant.fingerprint != stored.fingerprint


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("source: t_ln", "source: t_lnn", "line 75: there is no table 't_lnn'; the nearest is 't_ln'."),
        ("expression: nm}", "expression: nme}", "line 20: the field 'title' has no column 'nme' in the table 't_ttl'; the nearest is 'nm'."),
        ("[mbr_no]\n        to_c", "[mbrno]\n        to_c", "line 106: 't_ln' has no column 'mbrno'; the nearest is 'mbr_no'."),
        ("to: members", "to: member", "line 105: there is no dataset 'member'; the nearest is 'members'."),
        ("SUM(loans.fee)}", "SUM(loans.fees)}", "line 116: the metric 'takings' has no field 'loans.fees'; the nearest is 'fee'."),
        ("SUM(loans.fee)}", "loans.fee}", "line 116: the metric 'takings' has no aggregate, such as SUM(…)."),
        ("SUM(loans.fee)}", "SUM(loans.fee) OVER ()}", "line 116: the metric 'takings' has a window, where an aggregate is needed."),
        ("SUM(loans.fee)}", "SUM(loans.fee); DROP TABLE t_ln}", "line 116: the metric 'takings' has 'SUM(loans.fee); DROP TABLE t_ln', which is a statement where an expression is needed."),
        ("SUM(loans.fee)}", "SUM((SELECT MAX(pin) FROM t_mbr))}", "line 116: the metric 'takings' has 'SUM((SELECT MAX(pin) FROM t_mbr))', which is a statement where"),
        ("SUM(loans.fee)}", "MAX(members.pin)}", "line 116: the metric 'takings' has no field 'members.pin'"),
        ("status <> 9", "1 = 1; DELETE FROM t_ln", "line 99: the filter has '1 = 1; DELETE FROM t_ln', which is a statement where"),
        ("SUM(loans.fee)}", "SUM(mbr_no)}", "line 116: the metric 'takings' has 'mbr_no', which may be members.mbr_no and loans.mbr_no: write which."),
        ("status <> 9", "state <> 9", "line 99: the filter has no column 'state' in the table 't_ln'"),
        ("income, Einnahmen", "titles, Einnahmen", "line 115: 'titles' may mean 'books' and 'takings': leave it to one of them."),
        ('"fingerprint": "none"', '"fingerprint": "old"', "line 125: the schema has changed since the model was made for it."),
        ("LOWER(eml)}", "NO_SUCH(eml)}", "line 45: the field 'email' of 'members' does not run: "),
        ("source: t_ln", "source: SELECT 1", "line 75: the source 'SELECT 1' is a query; DocSQL reads tables and views."),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_line(url: str, old: str, new: str, said: str) -> None:
    assert TEXT.count(old) >= 1
    found = problems(url, TEXT.replace(old, new, 1))
    assert any(one.startswith(f"m.yaml, {said}") for one in found), found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("version: 0.2.0.dev0", "version: 3.0", "m.yaml, line 2: 'version' is not a text; put it in quotation marks."),
        ("version: 0.2.0.dev0", "version: 9.1.0", "m.yaml, line 2: DocSQL reads version 0.2.0.dev0 of the format, or 0.1."),
        ("source: t_ln", "sources: t_ln", "m.yaml, line 74: 'source' is missing; line 75: the format has no 'sources' here."),
        ('"hidden": true', '"hiden": true', "m.yaml, line 71: DOCSQL has nothing called 'hiden' here; it knows labels, proposed, values"),
        ("'{\"hidden\": true}'", "'{hidden: true}'", "m.yaml, line 71: the data of DOCSQL is not JSON"),
        ("datasets:", "datasets: [", "m.yaml, line "),
        ("version: 0.2.0.dev0", "version: 0.2.0.dev0\nversion: 0.1.0", "m.yaml, line 3: 'version' stands here for the second time."),
        ("'{\"hidden\": true}'", "'" + "[" * 5000 + "'", "m.yaml, line 71: the data of DOCSQL is not JSON"),
        ("name: takings", "name: 2024", "m.yaml, line 115: 'name' is not a text; put it in quotation marks"),
    ],
)  # fmt: skip
def test_a_file_of_another_form_is_refused(old: str, new: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_model(TEXT.replace(old, new, 1), "m.yaml")
    assert str(refused.value).startswith(said), str(refused.value)


@pytest.mark.parametrize(
    ("sql", "used"),
    [
        ("SELECT SUM(fee) FROM t_ln", ["takings"]),
        ('SELECT m.fn, sum(("L".FEE)) AS x FROM t_ln l JOIN t_mbr m ON m.mbr_no = l.mbr_no GROUP BY 1', ["takings"]),
        ("SELECT CAST(SUM(fee) AS REAL) / COUNT(DISTINCT m.mbr_no) FROM t_ln JOIN t_mbr m ON m.mbr_no = t_ln.mbr_no", ["takings", "takings per member"]),
        ("SELECT x FROM (SELECT SUM(fee) AS x FROM t_ln)", ["takings"]),
        ("SELECT CAST(SUM(fee) AS REAL) / COUNT(DISTINCT mbr_no) FROM t_ln", ["takings"]),  # of loans, not of members
        ("SELECT SUM(fee * 2) AS takings FROM t_ln", []),  # whatever it calls itself
        ("SELECT SUM(DISTINCT fee) FROM t_ln", []),
        ("SELECT SUM(fee) FROM (SELECT prc AS fee FROM t_ttl)", []),
    ],
)  # fmt: skip
def test_a_figure_is_proved_by_its_expression(lending: Database, sql: str, used: list[str]) -> None:
    result = lending.run(sql, caller=Caller("someone"))
    assert [name for name, _ in result.metrics] == used


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT nm, aut FROM t_ttl", ("Book title", "author")),
        ("SELECT nm AS n, prc * 2 FROM t_ttl", ("n", "prc * 2")),
        ("SELECT * FROM t_ttl", ("ttl_no", "ed", "nm", "aut", "kind", "prc")),
        ("SELECT a.nm, b.nm FROM t_ttl a JOIN t_ttl b ON a.ed = b.ed", ("a.nm", "b.nm")),
        ("SELECT nm FROM t_ttl UNION SELECT fn FROM t_mbr", ("Book title",)),
    ],
)
def test_columns_have_the_models_titles(
    lending: Database, sql: str, columns: tuple[str, ...]
) -> None:
    assert lending.run(sql, caller=Caller("someone")).columns == columns


def test_what_codes_mean_comes_with_them(lending: Database) -> None:
    caller = Caller("someone")
    found = lending.run("SELECT st AS s, COUNT(*) FROM t_ln GROUP BY 1", caller=caller)
    assert found.meanings == {"s": {"1": "returned", "2": "open", "9": "void"}}
    assert lending.run("SELECT st + 1 FROM t_ln", caller=caller).meanings == {}
