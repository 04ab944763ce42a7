"""The rows of an answer as files, and statements of a person's own."""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from docsql_process import Folder, Service
from openpyxl import load_workbook

from serving.auth.keys import Keys
from serving.http.sheets import as_csv, as_excel, in_order_of, with_word
from tools.language.telling import Telling
from tools.sql.run import QueryResult

VALUES = QueryResult(
    "shop",
    "SELECT",
    ("name", "=price", "day", "big"),
    (
        ("=cmd()", Decimal("12.50"), date(2025, 1, 31), 12345678901234567890),
        ("a\x01b, c", None, datetime(2025, 1, 31, 8), True),  # noqa: DTZ001  # a column without one
    ),
    truncated=False,
    elapsed_s=0.0,
)


def test_csv_has_no_formula_and_every_digit() -> None:
    written = as_csv(VALUES)
    assert written.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(StringIO(written.decode("utf-8-sig"))))
    assert rows == [
        ["name", "'=price", "day", "big"],
        ["'=cmd()", "12.50", "2025-01-31", "12345678901234567890"],
        ["a\x01b, c", "", "2025-01-31T08:00:00", "True"],
    ]


def test_excel_has_numbers_and_dates_and_no_formula() -> None:
    sheet = load_workbook(BytesIO(as_excel(VALUES))).active
    assert sheet is not None
    (head, first, second) = sheet.iter_rows()
    assert [cell.value for cell in head] == ["name", "=price", "day", "big"]
    assert [(cell.value, cell.data_type) for cell in first] == [
        ("=cmd()", "s"),
        (12.5, "n"),
        (datetime(2025, 1, 31), "d"),  # noqa: DTZ001  # a sheet's times have no zone
        ("12345678901234567890", "s"),
    ]
    assert [cell.value for cell in second][:2] == ["ab, c", None]
    assert [sheet.column_dimensions[each].width for each in "AD"] == [9, 22]


def test_excel_has_a_time_with_a_zone_as_text() -> None:
    times: Any = time(10, 30), time(10, 30, tzinfo=timezone(timedelta(hours=2)))
    rows = QueryResult("shop", "SELECT", ("a", "b"), (times,), truncated=False, elapsed_s=0.0)
    sheet = load_workbook(BytesIO(as_excel(rows))).active
    assert sheet is not None
    (_, cells) = sheet.iter_rows()
    assert [cell.value for cell in cells] == [time(10, 30), "10:30:00+02:00"]


@pytest.mark.parametrize(
    ("values", "column", "is_down", "names"),
    [
        ((Decimal(10), Decimal("9.5"), None, Decimal("NaN")), 2, False, "badc"),
        ((10.0, 9.5, None, float("inf")), 2, True, "dabc"),
        (("Zoe", "émile", "Emma", None), 2, False, "bcad"),
        ((date(2025, 2, 1), None, date(2024, 3, 1), date(2025, 1, 1)), 2, True, "adcb"),
        ((1, 2, 3, 4), 1, True, "dcba"),
    ],
)
def test_rows_are_sorted_as_on_the_page(
    values: tuple[Any, ...], column: int, *, is_down: bool, names: str
) -> None:
    rows = tuple(zip("abcd", values, strict=True))
    found = in_order_of(replace(VALUES, columns=("a", "b"), rows=rows), column, is_down=is_down)
    assert "".join(str(row[0]) for row in found.rows) == names


@pytest.mark.parametrize(
    ("word", "code", "names"),
    [
        ("ÉMI", "en", "b"),
        ("1,234.5", "en", "c"),
        ("1.234,5", "de", "c"),
        ("1,234.5", "de", ""),
        ("0.6667", "en", "d"),
        ("66.67", "en", "e"),
        ("null", "en", "a"),
        ("-05", "en", "b"),
        ("7", "en", "def"),
        ("x", "en", ""),
    ],
)
def test_rows_are_found_by_what_the_page_shows(word: str, code: str, names: str) -> None:
    values = (None, "Émilie, 2025-05", 1234.5, 2 / 3, 66.66666666666667, 7.0)
    rows = tuple(zip("abcdef", values, strict=True))
    found = with_word(replace(VALUES, columns=("a", "b"), rows=rows), word, told=Telling(code))
    assert "".join(str(row[0]) for row in found.rows) == names


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, shop_settings: dict[str, str]
) -> Iterator[tuple[Service, Folder]]:
    home = Folder(tmp_path_factory.mktemp("results"), shop_settings)
    with home.serving() as service:
        yield service, home


def send(
    service: Service,
    method: str,
    path: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    return httpx.request(
        method, f"{service.url}{path}", json=body, headers=headers, trust_env=False, timeout=30
    )


def test_the_rows_of_an_answer_are_saved_and_written_down(running: tuple[Service, Folder]) -> None:
    service, home = running
    question = {"input": {"question": "How many repairs are there, as a bar chart?"}}
    answer = send(service, "POST", "/agent/invoke", question).json()["output"]
    assert answer["status"] == "answered"
    path = f"/answers/{answer['answer_id']}/results/1"
    saved = send(service, "GET", f"{path}?format=csv")
    name = "how-many-repairs-are-there-as-a-bar-chart-1.csv"
    assert saved.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert saved.text.splitlines()[1] == "7"
    book = send(service, "GET", f"{path}?format=xlsx")
    sheet = load_workbook(BytesIO(book.content)).active
    assert sheet is not None
    assert sheet["A2"].value == 7
    lines = (home.data / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    kept = [json.loads(line) for line in lines]
    assert [line["rows"] for line in kept if line.get("outcome") == "downloaded"] == [1, 1]
    for wrong in ("/answers/none/results/1", f"/answers/{answer['answer_id']}/results/2"):
        assert send(service, "GET", wrong).status_code == 404


STATEMENTS: list[tuple[dict[str, str], int, str]] = [
    ({"database": "shop", "sql": "DELETE FROM repairs"}, 422, "start with SELECT"),
    ({"database": "none", "sql": "SELECT 1"}, 404, "Connected: shop"),
    ({"database": "shop"}, 422, "sql"),
]


@pytest.mark.parametrize(("statement", "status", "said"), STATEMENTS)
def test_a_statement_that_cannot_run_says_why(
    running: tuple[Service, Folder], statement: dict[str, str], status: int, said: str
) -> None:
    reply = send(running[0], "POST", "/statements", statement)
    assert (reply.status_code, said in reply.text) == (status, True), reply.text


def test_a_statement_of_ones_own_runs_through_the_gate(running: tuple[Service, Folder]) -> None:
    statement = {"database": "shop", "sql": "SELECT COUNT(*) AS n FROM repairs"}
    service, home = running
    reply = send(service, "POST", "/statements", statement).json()
    assert (reply["columns"], reply["rows"]) == (["n"], [[7]])
    saved = send(service, "POST", "/statements?format=csv", statement)
    assert saved.text.split() == ["\ufeffn", "7"]
    statement["sql"] = "SELECT 1 AS n UNION ALL SELECT 2"
    saved = send(service, "POST", "/statements?format=csv&sort=1&descending=true", statement)
    assert saved.text.split() == ["\ufeffn", "2", "1"]
    assert _last_outcome(home) == "downloaded"
    saved = send(service, "POST", "/statements?format=csv&find=2", statement)
    assert saved.text.split() == ["\ufeffn", "2"]
    kept = (home.data / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(kept[-1])["rows"] == 1
    wrong = send(service, "POST", "/statements?format=csv&sort=2", statement)
    assert (wrong.status_code, "no column 2" in wrong.text) == (400, True)
    assert _last_outcome(home) == "ran"  # and nothing was handed out


def test_a_file_says_that_the_statement_has_more_rows(running: tuple[Service, Folder]) -> None:
    counting = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 1500)"
    dated = "'2023-05-' || CASE WHEN n < 10 THEN '0' ELSE '' END || MIN(n, 31)"
    statement = {"database": "shop", "sql": f"{counting} SELECT n, {dated} AS day FROM r"}  # noqa: S608
    saved = send(running[0], "POST", "/statements?format=csv", statement)
    name = saved.headers["content-disposition"].partition("filename=")[2]
    assert re.fullmatch(r'"own-statement-first-1000(-of-1500)?\.csv"', name)
    assert len(saved.text.splitlines()) == 1001
    saved = send(running[0], "POST", "/statements?format=csv&find=999", statement)
    assert '"own-statement-found-in-first-1000' in saved.headers["content-disposition"]
    book = load_workbook(
        BytesIO(send(running[0], "POST", "/statements?format=xlsx", statement).content)
    )
    assert book.sheetnames == ["Result", "Note"]
    assert "The first 1,000" in str(book["Note"]["A1"].value)
    assert book["Result"]["B2"].value == datetime(2023, 5, 1)  # noqa: DTZ001  # as Excel has it


def test_days_that_a_database_keeps_as_text_are_dates_in_excel() -> None:
    rows = (("2023-05-31", "2023-05-31", "2023-02-31"), (None, "soon", None))
    found = replace(VALUES, columns=("a", "b", "c"), rows=rows)
    sheet = load_workbook(BytesIO(as_excel(found))).active
    assert sheet is not None
    first = [cell.value for cell in sheet[2]]
    assert first == [datetime(2023, 5, 31), "2023-05-31", "2023-02-31"]  # noqa: DTZ001


def _last_outcome(home: Folder) -> str:
    kept = (home.data / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    return json.loads(kept[-1])["outcome"]


def test_an_answers_rows_and_certificate_are_its_callers_alone(
    tmp_path: Path, shop_settings: dict[str, str]
) -> None:
    home = Folder(tmp_path, shop_settings)
    keys = Keys(home.data / "keys.json")
    made = (
        keys.create("ann", groups=[], scopes=["ask", "sql"]),
        keys.create("ben", groups=[], scopes=["ask"]),
    )
    ann, ben = ({"Authorization": f"Bearer {key}"} for key in made)
    question = {"input": {"question": "How many repairs are there?", "thread_id": "t"}}
    statement = {"database": "shop", "sql": "SELECT COUNT(*) AS n FROM repairs"}
    with home.serving() as service:
        asked = send(service, "POST", "/agent/invoke", question, ann).json()["output"]
        for path in (f"/answers/{asked['answer_id']}/results/1", "/threads/t?format=certificate"):
            codes = [send(service, "GET", path, None, who).status_code for who in (ann, ben, {})]
            assert codes == [200, 404, 401], path
        runs = [send(service, "POST", "/statements", statement, who) for who in (ann, ben, {})]
        assert [reply.status_code for reply in runs] == [200, 403, 401]
        assert "scope 'sql'" in runs[1].text
    key = home.data / "certificate.key"
    assert key.stat().st_mode & 0o777 == 0o600
