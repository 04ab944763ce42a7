"""Questions offered in place of one that cannot be answered: whole sentences, which are answered."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from docsql_process import make_database

from agent.drafts import SqlDeclined, SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.choose.cache import Readers
from serving.models.embedded.english.languages import other_language
from serving.models.embedded.offers import QuestionOffers
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.audit import NoAudit, StatementRead
from tools.caller import Caller
from tools.documents.passage import FoundPassage, Passage
from tools.sql.run import Database

ROOT = Path(__file__).parents[4]
DECLINED = [
    json.loads(line)
    for line in (ROOT / "tests/fixtures/sources/declined.jsonl").read_text("utf-8").splitlines()
]
ADA = Caller("ada")


class Counting(NoAudit):
    """Counts the statements that ran."""

    ran = 0

    def statement(self, read: StatementRead) -> None:
        self.ran += 1


@pytest.fixture(scope="module")
def sample_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    script = ROOT / "deployment/demo/database.sql"
    return make_database(script, tmp_path_factory.mktemp("sample") / "demo.sqlite")


@pytest.fixture(scope="module")
def sample(sample_file: Path) -> Iterator[Database]:
    with closing(Database.open(f"sqlite:///{sample_file}", name="demo")) as database:
        yield database


@pytest.mark.parametrize("case", DECLINED, ids=[case["question"] for case in DECLINED])
async def test_a_declined_question_leads_to_one_that_is_answered(
    sample: Database, case: dict[str, str]
) -> None:
    readers = Readers()
    writer = EmbeddedSqlWriter(readers=readers)
    assert isinstance(await writer.write(SqlTask(case["question"], sample, ADA)), SqlDeclined)
    offered = await QuestionOffers(readers).near(
        case["question"], database=sample, caller=ADA, limit=3
    )
    assert offered.questions[0] == case["offered"]
    for question in offered.questions:
        draft = await writer.write(SqlTask(question, sample, ADA))
        assert isinstance(draft, SqlDraft), question
        assert not draft.note
        assert sample.run(draft.sql, caller=ADA).rows


async def test_examples_speak_of_several_tables_and_are_answered(sample: Database) -> None:
    offers = QuestionOffers()
    found = await offers.examples(database=sample, caller=ADA, about="", limit=6)
    assert len(found) == 6
    writer = EmbeddedSqlWriter(readers=offers.readers)
    for question in found:
        draft = await writer.write(SqlTask(question, sample, ADA))
        assert isinstance(draft, SqlDraft), question
        assert sample.run(draft.sql, caller=ADA).rows
    assert sum("order" in question for question in found) < 4


async def test_what_one_caller_may_not_read_is_not_offered(sample_file: Path) -> None:
    denied = ["country", "models.list_price"]
    url = f"sqlite:///{sample_file}"
    with closing(Database.open(url, name="demo", denied_columns=denied)) as database:
        offers = QuestionOffers()
        asked = "How many customers are vegetarians in Germany?"
        near = await offers.near(asked, database=database, caller=ADA, limit=9)
        some = await offers.examples(database=database, caller=ADA, about="models", limit=9)
    told = " ".join([*near.questions, *some])
    assert "customers" in told
    assert "country" not in told
    assert "price" not in told


@pytest.mark.parametrize("name", ["auftrag", "freight"])
async def test_questions_are_offered_in_the_words_of_a_semantic_model(
    name: str, tmp_path: Path
) -> None:
    names = ROOT / "tests/fixtures/badnames"
    file = make_database(names / f"{name}.sql", tmp_path / f"{name}.sqlite")
    model = names / f"corrected/{name}.yaml"
    with closing(Database.open(f"sqlite:///{file}", name=name, model=model)) as database:
        offers = QuestionOffers()
        lost = "How many customers like pizza?"
        near = await offers.near(lost, database=database, caller=ADA, limit=3)
        some = await offers.examples(database=database, caller=ADA, about="", limit=3)
    assert near.questions[0] == "How many customers are there?"
    assert some[0].startswith("Which customer has the most ")


async def test_nothing_runs_for_an_offer_where_a_person_is_asked_first(sample_file: Path) -> None:
    counting = Counting()
    url = f"sqlite:///{sample_file}"
    with closing(Database.open(url, name="demo", audit=counting)) as database:
        offers = QuestionOffers(Readers(approved=frozenset({"demo"})))
        near = await offers.near("Show orders by sign", database=database, caller=ADA, limit=3)
        some = await offers.examples(database=database, caller=ADA, about="", limit=3)
    assert near.questions
    assert some
    assert counting.ran == 0


async def test_a_question_in_another_language_is_told_so(sample: Database) -> None:
    asked = "Welche Region hat die meisten Kunden?"
    alone = await QuestionOffers().near(asked, database=sample, caller=ADA, limit=3)
    beside = QuestionOffers(is_alone=False)
    assert "in German" in alone.note
    assert alone.unplaced == ()
    assert alone.questions[0] == "Which region has the most customers?"
    assert not (await beside.near(asked, database=sample, caller=ADA, limit=3)).note


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Wie viele Kunden gibt es?", "German"),
        ("Zeige alle Bestellungen aus dem Jahr 2025", "German"),
        ("Combien de clients avons-nous ?", "French"),
        ("¿Cuántos clientes hay por región?", "Spanish"),
        ("Hoeveel klanten hebben we?", "Dutch"),
        ("How many customers are there in Bad Homburg?", ""),
        ("Which customers are in Le Mans or La Rochelle?", ""),
        ("Average price per region", ""),
        ("<b>sum</b> of [a](https://shop.example.com/a), shop.example.com", ""),
        ("What is the list price of the Tarn 340?", ""),
    ],
)
def test_the_language_of_a_question_is_known_by_its_small_words(
    question: str, language: str
) -> None:
    assert other_language(question) == language


def _passage(title: str, section: str, text: str) -> FoundPassage:
    return FoundPassage(
        Passage("p", "d", "default", "a.md", title, "c", 0, None, section, text), 1.0
    )


SALARIES = """
CREATE TABLE salaries (employee TEXT PRIMARY KEY, department TEXT, salary REAL);
INSERT INTO salaries VALUES ('Ann', 'Sales', 10), ('Bob', 'Sales', 20), ('Cy', 'Support', 30);
"""
STAFF = """
CREATE TABLE staff (name TEXT PRIMARY KEY, salary_eur REAL, price_eur REAL);
INSERT INTO staff VALUES ('Ada Lund', 5100, 3), ('Ben Roy', 4200, 4), ('Cy Ash', 3900, 5);
"""
BOOKINGS = """
CREATE TABLE accounts (account INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE bookings (id INTEGER PRIMARY KEY, account INTEGER, customer TEXT, amount REAL);
INSERT INTO accounts VALUES (8400, 'Sales'), (4930, 'Paper');
INSERT INTO bookings VALUES (1, 8400, 'Kite', 10), (2, 4930, 'Kite', 20), (3, 8400, 'Wren', 30);
"""


@pytest.mark.parametrize(
    ("script", "offered", "silly"),
    [
        (SALARIES, "Which employee has the highest salary?", "Which salary has"),
        (BOOKINGS, "What is the average amount per customer?", "average account"),
        (STAFF, "Which staff has the highest salary?", "salary price"),
        (STAFF, "Which staff has the highest price?", "price price"),
    ],
)
async def test_an_example_ranks_nothing_by_itself_and_averages_no_references(
    script: str, offered: str, silly: str, tmp_path: Path
) -> None:
    (tmp_path / "own.sql").write_text(script, encoding="utf-8")
    file = make_database(tmp_path / "own.sql", tmp_path / "own.sqlite")
    with closing(Database.open(f"sqlite:///{file}", name="own")) as database:
        some = await QuestionOffers().examples(database=database, caller=ADA, about="", limit=12)
    assert offered in some
    assert silly not in " ".join(some)


def test_a_german_section_is_asked_about_in_german() -> None:
    text = "Die Bahn wird in der zweiten Klasse bezahlt."
    passages = [_passage("Reisekosten", "Reisekosten > Bahn", text)]
    asked = ["Was steht in „Reisekosten“ über „Bahn“?"]
    assert QuestionOffers().of_passages("Wer zahlt die Bahn?", passages) == asked
    assert QuestionOffers().is_quotable(asked[0], passages)


def test_a_section_is_asked_about_by_its_heading() -> None:
    offers = QuestionOffers()
    passages = [
        _passage("Travel policy", "Travel policy > 3. Train and flight", "Trains are booked."),
        _passage("FAQ", "Can I bring my own train?", "No."),
        _passage("Security policy", "Passwords", "Fourteen characters."),
    ]
    assert offers.of_passages("How much is a train ticket?", passages) == [
        "What does “Travel policy” say about “Train and flight”?",
        "Can I bring my own train?",
    ]
