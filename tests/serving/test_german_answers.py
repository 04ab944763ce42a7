"""Questions in German about the sources, and declined ones, are answered in German."""

import re
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio
from docsql_process import Folder, make_database

from serving.auth.local import LOCAL
from serving.config.data import DatabaseSettings
from serving.config.settings import Settings
from serving.http.openai.schema import sources_text
from serving.parts.assembly import Parts, open_parts
from serving.wire.question import Question
from tools.caller import Caller
from tools.errors import Correctable
from tools.sql.run import Database
from tools.sql.semantic.draft.draft import draft_model

SCRIPT = Path(__file__).parents[1] / "fixtures" / "badnames" / "rad.sql"
TOLD = {
    "Welche Tabellen gibt es?": ("Sie hat 4 Tabellen", "**kun** (20 Zeilen): Kunden; auch"),
    "Was bedeutet Gesamtbetrag hier?": ("„Gesamtbetrag“ bedeutet hier", "eine Kennzahl von rad"),
    "Was bedeutet Rechnungsdatum?": ("ie Spalte wartung.rg_dat: Rechnungsdatum", "als Datum"),
    "Was kann ich fragen?": ("Ich beantworte Fragen", "Kunden", "Vermietungen"),
    "Seit wann gibt es Daten?": ("Wartungen: Rechnungsdatum von 01.01.2022 bis",),
    "Wie aktuell sind die Daten?": ("Vermietungen: Beginn von 01.01.2022 bis 24.12.2024",),
}
ROWS = {
    "Wie viele Kunden haben wir?": "Anzahl Kunden: **20** [1].",
    "Gibt es Kunden aus Österreich?": "Ja. 5 Zeilen [1]:\n\n| Vorname | Nachname |",
    "Haben Kunden aus Österreich Vermietungen?": "Ja. ",
    "Wie viel Prozent der Kunden kommen aus Österreich?": "**25** [1].",
    "Welcher Anteil der Kunden kommt aus Österreich?": "**0,25** [1].",
    "Wie viele Vermietungen gab es zwischen Januar und März 2023?": "Anzahl Vermietungen: **",
    "Vermietungen pro Kunde": "18 Zeilen [1], davon die ersten:\n\n| Vorname | Nachname | Anzahl",
    "Zeige die Vermietungen von 1999": "Keine Zeile passt dazu [1].",
    "Wie viele Vermietungen gab es pro Jahr?": "| Jahr | Anzahl",
    "Durchschnittlicher Betrag pro Land": "| Land | Durchschnitt Betrag |\n| --- | --- |\n| Austria | 50 |\n| Germany | 49,5 |",
}
"""Questions that rows answer, with what is told of the rows."""
REFUSED = {
    "Die drei teuersten Räder": "keinen Platz für “teuersten”",
    "Summe der Kundennummern": "keinen Platz für “Summe der”",
    "Tagessatz pro Land": "lesen: sie sagt nicht, ob von 'tagessatz' die Summe oder der Durchschnitt",
    "Welche Räder haben einen Tagessatz von mehr als 20 Tagen?": "lesen: sie vergleicht 'tagessatz'",
}
DECLINED = "Wie viele Einhörner haben wir?"


def _modelled(folder: Path) -> DatabaseSettings:
    """The database with its draft, to which a person added one figure with its German name."""
    url = f"sqlite:///{make_database(SCRIPT, folder / 'rad.sqlite')}"
    plain = Database.open(url, name="rad")

    def ask(sql: str) -> tuple[tuple[object, ...], ...]:
        try:
            return plain.run(sql, caller=Caller("someone")).rows
        except Correctable:
            return ()

    drafted = draft_model("rad", plain.schema(), ask)
    plain.close()
    figure = (
        "    metrics:\n      - name: total_paid\n        expression: {dialects: [{dialect: ANSI_SQL, "
        'expression: "SUM(rentals.amount)"}]}\n        custom_extensions:\n'
        """          - {vendor_name: DOCSQL, data: '{"labels": {"de": "Gesamtbetrag"}}'}\n"""
    )
    (folder / "rad.yaml").write_text(drafted + figure, "utf-8")
    return DatabaseSettings.model_validate({"url": url, "model": str(folder / "rad.yaml")})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def parts(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Parts]:
    path = tmp_path_factory.mktemp("german")
    settings = Settings(data=path / "data", databases={"rad": _modelled(path)})
    async with open_parts(settings) as opened:
        yield opened


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("question", TOLD)
async def test_what_there_is_is_told_in_german(parts: Parts, question: str) -> None:
    answer = await parts.turns.answer(Question(question=question), LOCAL)
    assert answer.status == "answered"
    assert all(part in answer.answer for part in TOLD[question]), answer.answer
    assert not re.search(r"\b(the|from|rows|tables|here)\b", answer.answer)


@pytest.mark.parametrize("question", ROWS)
@pytest.mark.asyncio(loop_scope="module")
async def test_rows_are_told_in_german(parts: Parts, question: str) -> None:
    answer = await parts.turns.answer(Question(question=question), LOCAL)
    assert answer.status == "answered", answer.warnings
    assert ROWS[question] in answer.answer


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("Danke!", "Gern geschehen. Fragen Sie mich etwas"),
        ("Hallo", "Guten Tag! Fragen Sie mich"),
        ("Wer bist du?", "Ich bin DocSQL"),
        ("Auf Wiedersehen!", "Auf Wiedersehen."),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_courtesies_are_returned_in_german(parts: Parts, said: str, reply: str) -> None:
    answer = await parts.turns.answer(Question(question=said), LOCAL)
    assert answer.answer.startswith(reply)


@pytest.mark.parametrize("question", REFUSED)
@pytest.mark.asyncio(loop_scope="module")
async def test_why_a_question_is_not_read_is_told_in_german(parts: Parts, question: str) -> None:
    answer = await parts.turns.answer(Question(question=question), LOCAL)
    assert answer.status == "declined"
    assert REFUSED[question] in answer.answer


@pytest.mark.asyncio(loop_scope="module")
async def test_a_figure_is_proved_with_its_definition_and_the_models_version(
    parts: Parts, tmp_path: Path
) -> None:
    answer = await parts.turns.answer(Question(question="Gesamtbetrag pro Land"), LOCAL)
    ((metric,),) = (query.metrics for query in answer.queries)
    assert "SUM(" in metric.expression
    assert metric.expression.replace('"', "") in answer.queries[0].sql.replace('"', "")
    modelled = _modelled(tmp_path)
    text = (tmp_path / "rad.yaml").read_text("utf-8")
    versions = list[str]()
    for changed in (text, text.replace("total_paid", "paid_in_total")):
        (tmp_path / "rad.yaml").write_text(changed, "utf-8")
        url = str(modelled.url.get_secret_value())
        with closing(Database.open(url, name="rad", model=tmp_path / "rad.yaml")) as database:
            versions.append(database.schema().glossary.version)
    assert metric.version == versions[0] != versions[1]


@pytest.mark.asyncio(loop_scope="module")
async def test_examples_and_declines_are_german_and_the_examples_work(parts: Parts) -> None:
    asked = await parts.turns.answer(Question(question="Was kann ich fragen?"), LOCAL)
    declined = await parts.turns.answer(Question(question=DECLINED), LOCAL)
    assert declined.status == "declined"
    assert declined.answer.startswith("Ich konnte in dem, was hier verbunden ist, keine Antwort")
    assert "“Einhörner”" in declined.answer
    assert "Sie können zum Beispiel fragen:" in sources_text(declined)
    for offered in (*asked.suggestions, *declined.suggestions):
        assert re.match("Wie viele|Welche|.* im Durchschnitt|Gesamtbetrag", offered)
        answered = await parts.turns.answer(Question(question=offered), LOCAL)
        assert answered.status == "answered"
    assert len(asked.suggestions) > 3


@pytest.mark.asyncio(loop_scope="module")
async def test_an_english_question_is_answered_in_english(parts: Parts) -> None:
    told = await parts.turns.answer(Question(question="How fresh is the data?"), LOCAL)
    declined = await parts.turns.answer(Question(question="How many unicorns do we have?"), LOCAL)
    assert "from 2022-01-01 to" in told.answer
    assert declined.answer.startswith("I could not find an answer")


def test_the_terminal_says_it_in_german(tmp_path: Path) -> None:
    modelled = _modelled(tmp_path)
    folder = Folder(
        tmp_path,
        {
            "DOCSQL_DATABASES__RAD__URL": str(modelled.url.get_secret_value()),
            "DOCSQL_DATABASES__RAD__MODEL": str(tmp_path / "rad.yaml"),
        },
    )
    printed = folder.run("ask", DECLINED).stdout
    assert "Sie können zum Beispiel fragen:" in printed
    assert "finde ich keinen Platz" in printed
