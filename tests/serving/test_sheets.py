"""Sheets and CSV files that are asked with statements, from ingestion to the answer."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from serving.config.data import DocumentsSettings
from serving.config.settings import Settings
from serving.parts.assembly import open_parts
from serving.parts.databases import open_connected
from serving.parts.documents import open_store, sheets
from serving.parts.library import DocumentLibrary
from serving.wire.question import Question
from tools.caller import Caller
from tools.errors import Refused, UnknownName

ROWS = [
    (n, ("North", "South", "East", "West")[n % 4], ("rack", "cable", "fan")[n % 3], 7 * n % 19)
    for n in range(1, 41)
]
CSV = "\n".join(
    ["Order;Region;Product;Units;Sold on"]
    + [f"{n};{region};{product};{units};{n % 28 + 1:02}.03.2026" for n, region, product, units in ROWS]
)  # fmt: skip
INSIDER, OUTSIDER = (Caller(name, frozenset({name})) for name in ("finance", "hr"))


def _ingest(
    settings: Settings, path: Path, text: str = CSV, *, groups: Sequence[str] | None = None
) -> str:
    """Ingest a file; what the report says of it."""
    path.write_text(text, encoding="utf-8")
    with open_store(settings) as store:
        library = DocumentLibrary(store, sheets=sheets(settings))
        given = None if groups is None else frozenset(groups)
        (outcome,) = library.ingest([path], collection="shop", groups=given)
    return outcome.reason


async def test_questions_about_a_csv_file_are_answered_by_statements_with_the_exact_number(
    tmp_path: Path,
) -> None:
    settings = Settings(data=tmp_path / "data")
    assert _ingest(settings, tmp_path / "sales.csv") == "loaded as data: sales (40 rows)"
    asked = {
        "What is the average of units?": sum(row[3] for row in ROWS) / 40,
        "How many orders are in the North region?": sum(row[1] == "North" for row in ROWS),
        "What is the total of units of the product fan?": sum(row[3] for row in ROWS if row[2] == "fan"),
    }  # fmt: skip

    async with open_parts(settings) as parts:
        for question, number in asked.items():
            answer = await parts.turns.answer(Question(question=question), Caller("ann"))
            (query,) = answer.queries
            assert query.database == "shop_tables"
            assert query.rows == [[pytest.approx(number)]], question


def test_the_tables_of_a_file_change_and_go_with_it_and_are_listed(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    _ingest(settings, tmp_path / "sales.csv")
    connected = open_connected(settings)
    count = "SELECT count(*), max(sold_on) FROM sales"
    database = connected["shop_tables"]
    assert database.run(count, caller=INSIDER).rows == ((40, "2026-03-28"),)
    assert "sales from sales.csv" in database.description
    with pytest.raises(Refused):
        database.run("SELECT * FROM docsql_kept", caller=INSIDER)

    _ingest(settings, tmp_path / "sales.csv", "\n".join(CSV.splitlines()[:11]))
    assert connected["shop_tables"].run(count, caller=INSIDER).rows == ((10, "2026-03-11"),)

    with open_store(settings) as store:
        library = DocumentLibrary(store, sheets=sheets(settings))
        (document,) = library.documents()
        assert document.tables == ["shop_tables.sales"]
        library.delete(document.id)
    assert list(connected) == []
    assert list((tmp_path / "data" / "tables").glob("*.sqlite")) == []
    connected.close()


async def test_only_who_may_read_a_file_may_ask_its_tables(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", documents=DocumentsSettings(access_control=True))
    _ingest(settings, tmp_path / "sales.csv", groups=["finance"])
    question = Question(question="What is the average of units?", mode="sql")

    async with open_parts(settings) as parts:
        answer = await parts.turns.answer(question, INSIDER)
        (query,) = answer.queries
        assert query.database == "shop_finance_tables"
        assert [str(origin) for origin in query.origins] == ["sales.csv"]
        with pytest.raises(UnknownName, match="No database is connected"):
            await parts.turns.answer(question, OUTSIDER)
        told = await parts.turns.answer(Question(question="Which tables are there?"), OUTSIDER)
        assert "sales" not in told.answer
        with pytest.raises(Refused, match="There is no database"):
            parts.databases["shop_finance_tables"].run("SELECT 1", caller=OUTSIDER)

    _ingest(settings, tmp_path / "sales.csv", groups=["hr"])
    connected = open_connected(settings)
    assert list(connected) == ["shop_hr_tables"]
    assert not connected["shop_hr_tables"].may_ask(INSIDER)
    connected.close()


def test_the_name_of_a_database_tells_nothing_of_others_and_is_listed_as_it_is(
    tmp_path: Path,
) -> None:
    settings = Settings(data=tmp_path / "data")
    for number, groups in enumerate([["hr-it"], ["hr", "it"], ["hr_it"], []]):
        _ingest(settings, tmp_path / f"hidden{number}.csv", groups=groups)
    _ingest(settings, tmp_path / "open.csv", groups=["everyone"])

    names = {file.groups: file.name for file in sheets(settings).files()}
    assert names[frozenset({"everyone"})] == "shop_tables"
    assert names[frozenset({"hr", "it"})] == "shop_hr_it_tables"
    assert names[frozenset()] == "shop_tables_2"
    told = [names[frozenset({group})] for group in ("hr-it", "hr_it")]
    assert len(set(told)) == 2
    assert all(re.fullmatch("shop_hr_it_tables_[0-9a-f]{4}", name) for name in told)

    connected = open_connected(settings)
    with open_store(settings) as store:
        documents = DocumentLibrary(store, sheets=sheets(settings)).documents()
    listed = [table.split(".") for each in documents for table in each.tables]
    assert len(listed) == 5
    for database, table in listed:
        assert connected[database].run(f"SELECT count(*) FROM {table}", caller=INSIDER)  # noqa: S608
    connected.close()


ARTICLES = """Artikelnummer;Artikel;Preis;Bestand
A100;Bohrmaschine;129,90;45
A101;Kompressor;489,00;12
A102;Arbeitshandschuhe;8,50;890
A103;Schutzbrille;14,20;310
A104;Leiter;215,00;27
"""


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Welcher Artikel hat den höchsten Preis?", "Kompressor"),
        ("Welcher Artikel ist am teuersten?", "Kompressor"),
        ("Was ist der billigste Artikel?", "Arbeitshandschuhe"),
        ("Welcher Artikel hat den geringsten Bestand?", "Kompressor"),
        ("Wie hoch ist der durchschnittliche Preis?", 171.32),
        ("Wie hoch ist der gesamte Bestand?", 1284),
    ],
)
async def test_a_german_sheet_is_asked_in_german(
    question: str, found: str | float, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path / "data")
    assert _ingest(settings, tmp_path / "artikel.csv", ARTICLES)
    async with open_parts(settings) as parts:
        answer = await parts.turns.answer(Question(question=question), Caller("ann"))
    (query,) = answer.queries
    assert answer.status == "answered"
    assert query.rows[0][0] == (found if isinstance(found, str) else pytest.approx(found))


PALLETS = """Depot;Pallets 2023;Pallets 2024;Cost 2024 (EUR m)
Utrecht;8730;8990;3
Riga;4100;4272;1
Dresden;22140;21900;9
Lyon;9980;30410;4
Total;44950;65572;17
"""


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("What is the average number of pallets in 2024?", 16393),
        ("Which depot had the most pallets in 2023?", "Dresden"),
        ("Which depot had the highest 2024 pallets?", "Lyon"),
        ("How many pallets were handled in total in 2024?", 65572),
    ],
)
async def test_a_column_for_each_year_is_asked_for_by_its_year(
    question: str, found: str | int, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path / "data")
    assert "'Total' of 'depots'" in _ingest(settings, tmp_path / "depots.csv", PALLETS)
    async with open_parts(settings) as parts:
        answer = await parts.turns.answer(Question(question=question), Caller("ann"))
    (query,) = answer.queries
    assert (answer.status, query.rows[0][0]) == ("answered", found)


HEADCOUNT = """Department;Jan;Feb;Mar;Apr
Sales;12;12;13;14
Support;8;8;9;9
Logistics;31;30;30;29
Finance;6;6;6;6
"""
TURNOVER = """Filiale;Umsatz Q1 (TEUR);Umsatz Q2 (TEUR);Umsatz Q3 (TEUR)
Bremen;120;130;140
Kiel;80;85;70
Jena;210;190;205
Ulm;60;66;64
"""
HOURS = """Projekt;Januar;Februar;März;April;Mai
Brücke;12,5;14,0;18,25;20;22
Tunnel;33;31;30,5;28;40
Depot;8;9;7;6;5
Hafen;21;22;25;19;18
"""
PERIODS = {"headcount_by_month.csv": HEADCOUNT, "umsatz.csv": TURNOVER, "stunden.csv": HOURS}


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("What is the average headcount in Jan?", "The average Jan is **14.25** [1]."),
        ("What was the total headcount in February?", "The total Feb is **56** [1]."),
        ("Which department had the highest headcount in March?", "**Logistics** (Mar: 30) [1]."),
        ("What was the headcount of Support in April?", "**Support** (Apr: 9) [1]."),
        (
            "Wie hoch war der Umsatz von Kiel im dritten Quartal?",
            "**Kiel** (Umsatz Q3 (TEUR): 70) [1].",
        ),
        (
            "Welche Filiale hatte den höchsten Umsatz im ersten Quartal?",
            "**Jena** (Umsatz Q1 (TEUR): 210) [1].",
        ),
        ("Wie hoch ist der Gesamtumsatz in Q2?", "Summe Umsatz Q2 (TEUR): **471** [1]."),
        ("Wie viele Stunden hatte der Tunnel im März?", "**Tunnel** (März: 30,5) [1]."),
        ("Wie viele Stunden waren es im April insgesamt?", "Summe April: **73** [1]."),
        ("Welches Projekt hatte im Mai die meisten Stunden?", "**Tunnel** (Mai: 40) [1]."),
    ],
)
async def test_a_column_for_each_month_or_quarter_is_asked_for_by_it(
    question: str, told: str, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path / "data")
    for name, text in PERIODS.items():
        _ingest(settings, tmp_path / name, text)
    async with open_parts(settings) as parts:
        answer = await parts.turns.answer(Question(question=question), Caller("ann"))
    assert (answer.status, answer.answer) == ("answered", told)


@pytest.mark.parametrize(
    "question",
    [
        "Welche Filiale hatte den höchsten Umsatz?",
        "Wie hoch war der Umsatz von Kiel in Q1 und Q2?",
        "Which department had the highest headcount?",
        "Welches Projekt hatte die meisten Stunden?",
    ],
)
async def test_of_several_periods_none_is_chosen_where_the_question_names_none(
    question: str, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path / "data")
    for name, text in PERIODS.items():
        _ingest(settings, tmp_path / name, text)
    async with open_parts(settings) as parts:
        answer = await parts.turns.answer(Question(question=question, mode="sql"), Caller("ann"))
    assert answer.status == "declined"


_POSTS = "Post;Month;Cost\n" + "\n".join(f"P{n};{n % 12 + 1};{n * 7}" for n in range(1, 25))
_TURNS = "Turn;Month;Hours\n" + "\n".join(f"T{n};{n % 12 + 1};{n * 3}" for n in range(1, 25))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (
            "What is the average frobnication of the turns?",
            "I find no column and no value for “frobnication”, “average” in 'posts.csv' and 'turns.csv'.",
        ),
        (
            "How many hours are there per post?",
            "nothing says which rows of 'posts' and 'turns' belong together",
        ),
        ("Wie viele Quaddel hat jeder Post?", "Ich konnte"),
    ],
)
async def test_a_decline_speaks_of_files_to_somebody_who_connected_no_database(
    tmp_path: Path, question: str, said: str
) -> None:
    settings = Settings(data=tmp_path / "data")
    _ingest(settings, tmp_path / "posts.csv", _POSTS)
    _ingest(settings, tmp_path / "turns.csv", _TURNS)

    async with open_parts(settings) as parts:
        answer = await parts.turns.answer(Question(question=question), Caller("ann"))

    told = "\n".join([answer.answer, *answer.warnings])
    assert answer.status == "declined"
    assert said in told
    assert not any(
        word in told for word in ("shop_tables", "foreign key", "database", "Datenbank ")
    )


ENERGY = """Hall,Line,Energy (kWh),Cost (EUR)
East,L1,12000,3000
East,L2,8000,2100
East,L3,4000,1100
West,L4,16000,4100
Total,,40000,10300
"""


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("What is the total energy?", 40000),
        ("What is the total energy in kWh of hall East?", 24000),
        ("What is the total cost?", 10300),
    ],
)
async def test_a_file_that_is_called_as_one_of_its_amounts_is_summed_by_it(
    question: str, number: int, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path / "data")
    _ingest(settings, tmp_path / "energy.csv", ENERGY)
    async with open_parts(settings) as parts:
        answer = await parts.turns.answer(Question(question=question), Caller("ann"))
    assert [query.rows for query in answer.queries] == [[[number]]]


async def test_the_total_of_all_is_no_total_of_one(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    _ingest(settings, tmp_path / "plant.csv", ENERGY)
    async with open_parts(settings) as parts:
        asked = Question(question="What is the total energy of hall East?")
        answer = await parts.turns.answer(asked, Caller("ann"))
    assert [query.rows for query in answer.queries] == [[[24000]]]


def _sales(year: int, rows: int) -> str:
    lines = [f"S{n};{year}-{n % 3 + 1:02}-1{n % 9};{n % 5 + 1}" for n in range(rows)]
    return "\n".join(["Sale no;Sale date;Amount", *lines])


@pytest.mark.parametrize("name", ["sales.csv", "sales-2025.csv", "sales_2025_q1.csv"])
async def test_a_year_in_a_files_name_is_no_part_of_what_its_rows_are_called(
    tmp_path: Path, name: str
) -> None:
    settings = Settings(data=tmp_path / "data")
    _ingest(settings, tmp_path / name, _sales(2025, 30))
    asked = {
        "How many sales were made in 2025?": 30,
        "How many sales were there in February 2025?": 10,
        "How many sales are there?": 30,
    }
    async with open_parts(settings) as parts:
        for question, number in asked.items():
            answer = await parts.turns.answer(Question(question=question), Caller("ann"))
            assert answer.status == "answered"
            assert [query.rows for query in answer.queries] == [[[number]]], question


async def test_of_a_file_for_each_year_that_of_the_year_is_asked_or_none(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    for year in (2024, 2025):
        _ingest(settings, tmp_path / f"sales_{year}_q1.csv", _sales(year, year - 2000))
    asked = {
        "How many sales were there in 2024?": [[[24]]],
        "How many sales were there in 2025?": [[[25]]],
        "How many sales 2025 Q1 are there?": [[[25]]],
        "What is the average amount of all sales?": [],
    }
    async with open_parts(settings) as parts:
        for question, rows in asked.items():
            given = Question(question=question, mode="sql")
            answer = await parts.turns.answer(given, Caller("ann"))
            assert [query.rows for query in answer.queries] == rows, question


@pytest.mark.parametrize("number", ["S{}", "{}"])
async def test_rows_of_files_for_each_year_are_not_quoted_as_their_number(
    tmp_path: Path, number: str
) -> None:
    settings = Settings(data=tmp_path / "data")
    for year in (2024, 2025):
        text = _sales(year, 30).replace("\nS", "\n" + number.format(""))
        _ingest(settings, tmp_path / f"sales_{year}_q1.csv", text)
    async with open_parts(settings) as parts:
        for question in ("How many sales are there?", "Wie viele Sales gibt es?"):
            answer = await parts.turns.answer(Question(question=question), Caller("ann"))
            assert answer.status == "declined", answer.answer


async def test_an_average_has_no_zero_for_a_word_among_its_numbers(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    rows = [f"R{n};{n % 5 + 10}" for n in range(20)]
    text = "\n".join(["Run;Hours", *rows, "R20;pending"])
    said = _ingest(settings, tmp_path / "runs.csv", text)
    assert "loaded as empty cells: 'pending' in the column 'Hours' of 'runs'" in said
    async with open_parts(settings) as parts:
        asked = Question(question="What are the average hours?")
        answer = await parts.turns.answer(asked, Caller("ann"))
    assert [query.rows for query in answer.queries] == [[[12]]]
