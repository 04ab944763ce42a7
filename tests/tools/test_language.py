"""Language packs: periods and numbers as English and German write them."""

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from agent.nodes.answer import CUT
from agent.nodes.check import PARTLY, UNASKED, UNLIKE
from agent.nodes.decide import NOTHING_CONNECTED
from agent.quoting import NEAREST, NONE_ANSWERS, ROWS_STAND_IN, STANDS_IN, UNSURE_ROWS, UNSURE_WORDS
from agent.second import DIFFERS
from agent.weigh import STANDS_IN as OTHER
from serving.models.embedded.english.fiscal import in_calendar
from serving.turns.approvals import DROPPED
from tools.language.inflected import NameForms
from tools.language.numerals import number_of
from tools.language.pack import language_pack, language_packs, pack_for
from tools.language.periods import periods_in
from tools.language.rendering import asked_as, in_english
from tools.language.telling import Telling, is_told
from tools.sql.meaning import Glossary


@pytest.mark.parametrize(
    ("code", "text", "first", "last"),
    [
        ("en", "in 2024", "2024-01-01", "2024-12-31"),
        ("en", "in March 2024", "2024-03-01", "2024-03-31"),
        ("en", "on 12 May 2023", "2023-05-12", "2023-05-12"),
        ("en", "on May 5, 2023", "2023-05-05", "2023-05-05"),
        ("en", "in the first quarter of 2024", "2024-01-01", "2024-03-31"),
        ("en", "Q4 2023", "2023-10-01", "2023-12-31"),
        ("en", "on 2024-02-29", "2024-02-29", "2024-02-29"),
        ("de", "im März 2024", "2024-03-01", "2024-03-31"),
        ("de", "am 12.03.2024", "2024-03-12", "2024-03-12"),
        ("de", "am 3. Mai 2023", "2023-05-03", "2023-05-03"),
        ("de", "im 2. Quartal 2024", "2024-04-01", "2024-06-30"),
    ],
)
def test_periods_are_read_as_they_are_written(code: str, text: str, first: str, last: str) -> None:
    (found,) = periods_in(text, language_pack(code))
    assert (str(found.period.start), str(found.period.last)) == (first, last)


@pytest.mark.parametrize("text", ["31.02.2024", "A-2024", "2024.5", "20240", "the year"])
def test_what_is_no_period_is_none(text: str) -> None:
    assert periods_in(text, language_pack("de")) == []


@pytest.mark.parametrize(
    ("code", "text", "number"),
    [
        ("en", "1,234.5", 1234.5),
        ("de", "1.234,5", 1234.5),
        ("en", "1.234", 1.234),
        ("de", "1.234", 1234.0),
        ("en", "1,23", None),
        ("de", "1,23", 1.23),
    ],
)
def test_numbers_are_read_as_they_are_written(code: str, text: str, number: float | None) -> None:
    assert number_of(text, language_pack(code)) == number


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("What was the revenue in 2024?", "en"),
        ("Wie hoch war der Umsatz 2024?", "de"),
        ("Kunden mit mehr als drei Bestellungen", "de"),
        ("Memory 2024", "en"),
    ],
)
def test_a_text_has_the_pack_that_knows_most_of_it(text: str, code: str) -> None:
    assert pack_for(text).code == code


def test_every_pack_has_twelve_months_and_the_classes_of_english() -> None:
    english, *others = language_packs()
    for pack in others:
        assert set(pack.months.values()) == set(range(1, 13)), pack.name
        assert set(pack.classes.values()) <= set(english.classes.values()), pack.name


@pytest.mark.parametrize(
    ("german", "english"),
    [
        ("Wie viele Kunden gibt es in Graz?", "how many Kunden are there in Graz?"),
        ("Umsatz im März 2024", "Umsatz in March 2024"),
        ("Welche Artikel kosten mehr als 1.234,5?", "which Artikel cost more than 1234.5?"),
        ("Wie viele Aufträge gab es letztes Jahr?", "how many Aufträge are there last year?"),
        (
            "Aufträge zwischen dem 01.02.2023 und dem 12.03.2024",
            "Aufträge between 2023-02-01 and 2024-03-12",
        ),
        ("Die fünf Kunden mit den meisten Aufträgen", "the 5 Kunden with the most Aufträgen"),
        ("Welche Artikel wurden noch nie bestellt?", "which Artikel were never ordered?"),
        ("Umsatz pro Jahr", "Umsatz per year"),
        ("Die 5 umsatzstärksten Kunden 2023", "the 5 Kunden with the highest umsatz 2023"),
        ("Rechnungen ab Mahnstufe 2", "Rechnungen Mahnstufe at least 2"),
        ("Ab Januar 2024 wie viele Kunden?", "since January 2024 how many Kunden?"),
        (
            "Kunden, die sich zwischen Januar und Juni 2024 angemeldet haben",
            "Kunden, the between January and June 2024 angemeldet have",
        ),
        ("Umsatz von März bis Mai 2024", "Umsatz from March until May 2024"),
        ("Wie viel Prozent der Kunden zahlen bar?", "what percentage of Kunden zahlen bar?"),
        ("Wie viele Kunden brauchen eine Quittung?", "how many Kunden need a Quittung?"),
        ("Was macht das zusammen?", "what is the total?"),
        ("Hat der Herr Wendt bei uns geprüft?", "has Wendt geprüft?"),
        ("Welche Herren und welche Frau bezahlt?", "which Herren and which Frau paid?"),
        ("Wie viele Stunden und wie viele Leute?", "how many hours and how many people?"),
        ("Zeige den Umsatz in „der Stadt“", "show the Umsatz in „der Stadt“"),
    ],
)
def test_german_small_words_are_put_into_english(german: str, english: str) -> None:
    assert in_english(german) == english


@pytest.mark.parametrize(
    ("german", "english"),
    [
        ("Wert der Verträge", "Wert of vertrag"),
        ("Was ist der höchste Rechnungsbetrag?", "what is the highest rechnung betrag?"),
        ("Welche Verträge wurden gekündigt?", "which vertrag were the kündigung?"),
        ("Welche Rechnungen sind bezahlt?", "which Rechnung are bezahlt?"),
        ("Welche Kunden gibt es?", "which Kunden are there?"),
        ("Welche Faktura ist neu?", "which rechnung is neu?"),
    ],
)
def test_forms_of_a_models_names_are_written_as_there(german: str, english: str) -> None:
    names = ("Vertrag", "Rechnung", "Betrag", "Kündigung", "bezahlt")
    assert in_english(german, names).lower() == english.lower()


def test_what_is_stored_keeps_its_form() -> None:
    assert in_english("Wie viele Verträge?", ("Vertrag",), frozenset({"verträge"})).endswith(
        "Verträge?"
    )


def test_an_english_question_is_left_as_it_is() -> None:
    assert in_english("What was the revenue in 2024?") == "What was the revenue in 2024?"


@pytest.mark.parametrize(
    ("question", "told", "days"),
    [
        ("revenue in fiscal year 2024", Glossary(fiscal_year_start=4), "2024-04-01 and 2025-03-31"),
        (
            "revenue in FY 2024",
            Glossary((), "", 10, fiscal_year_by_end=True),
            "2023-10-01 and 2024-09-30",
        ),
        (
            "revenue in the last fiscal year",
            Glossary(fiscal_year_start=4),
            "2024-04-01 and 2025-03-31",
        ),
    ],
)
def test_a_fiscal_year_is_its_days(question: str, told: Glossary, days: str) -> None:
    assert in_calendar(question, told, date(2026, 3, 5)) == f"revenue between {days}"
    assert in_calendar(question, Glossary(), date(2026, 3, 5)) == question


ROOT = Path(__file__).parents[2]
TELLS = {"say", "Unreadable"}
"""What is called with a sentence that packs have in other languages."""


def _sentences() -> Iterator[str]:
    """The sentences in the code that are told in a question's language."""
    for folder in ("agent", "tools", "serving"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                match node:
                    case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if (
                        name in TELLS
                    ):
                        yield from _text(node.args[:1])
                    case _:
                        pass


def _text(arguments: list[ast.expr]) -> Iterator[str]:
    for one in arguments:
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def test_every_sentence_that_is_told_stands_in_every_pack() -> None:
    sentences = {*_sentences()}
    assert "it counts two things at once" in sentences
    for pack in language_packs()[1:]:
        assert sentences - pack.told.keys() == set()


def test_places_of_a_sentence_are_the_same_in_every_language() -> None:
    sentences = {*_sentences()}
    for pack in language_packs():
        for english, told in pack.told.items():
            assert _places(told) <= _places(english), told  # a problem may leave out a setting
            assert _places(told) == _places(english) or english not in sentences, told


PROBLEM = "This cannot be read as SQL: {reason}"
"""The first sentence of those that tell what goes wrong."""


def test_every_problem_that_a_pack_tells_is_one_of_the_code() -> None:
    written = "\n".join(_written())
    for pack in language_packs()[1:]:
        sentences = list(pack.told)
        for english in sentences[sentences.index(PROBLEM) :]:
            for piece in re.split(r"\{\w+\}|(?<=\.) ", english):
                assert piece.strip(" .;()") in written, english


def _written() -> Iterator[str]:
    """Every text in the code, with nothing where an f-string has a value."""
    for folder in ("agent", "tools", "serving"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
                elif isinstance(node, ast.JoinedStr):
                    parts = (part for part in node.values if isinstance(part, ast.Constant))
                    yield "".join(str(part.value) for part in parts)


@pytest.mark.parametrize(
    ("english", "german"),
    [
        (
            "b.zip: .zip files cannot be read; unpack it and add the files in it.",
            "b.zip: .zip-Dateien sind nicht lesbar; bitte entpacken und die Dateien darin hinzufügen.",
        ),
        (
            "There is no table 'xy' to read. Nearest: repairs, pairs.",
            "Es gibt keine lesbare Tabelle 'xy'. Am nächsten kommt: repairs, pairs.",
        ),
        ("Its cause is not known to anybody.", "Its cause is not known to anybody."),
    ],
)
def test_a_problem_is_told_in_german_where_there_are_words(english: str, german: str) -> None:
    assert Telling("de").retold(english) == german


def _places(text: str) -> set[str]:
    return {piece.split("}")[0] for piece in text.split("{")[1:]}


def test_a_sentence_is_known_again_in_any_language() -> None:
    left_out = "I left out {words}, which has no place in the database."
    german = Telling("de").say(left_out, words="“Süd”")
    assert is_told(left_out, f"- {german}")
    assert is_told(left_out, Telling().say(left_out, words="“South”"))
    assert not is_told(left_out, "Nothing was left out.")


def test_numbers_are_written_as_the_language_does() -> None:
    assert Telling("de").written("1,234.5") == "1.234,5"
    assert Telling().written("1,234.5") == "1,234.5"


def test_english_words_are_led_back_to_what_was_asked() -> None:
    assert asked_as("most expensive", "Die drei teuersten Räder") == "teuersten"
    assert asked_as("unicorns", "Die drei teuersten Räder") == ""


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("alle Gutschriften", "alle gutschrift"),
        ("Papierbehälter in Ulm", "papier Behälter in Ulm"),
        ("Bankbehälter", "Bankbehälter"),
    ],
)
def test_forms_of_stored_words_are_written_as_they_are_stored(text: str, plain: str) -> None:
    known = NameForms(["Behälter"], language_pack("de"))
    assert known.spelt(text, frozenset({"gutschrift", "papier"})).lower() == plain.lower()


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("A part of the question is not answered.", "Ein Teil der Frage ist nicht beantwortet."),
        (
            "Not found in the evidence: '12' (number).",
            "In den Belegen nicht gefunden: '12' (Zahl).",
        ),
        (
            "3 cells of parts.price hold text instead of a number: left out, as if empty.",
            "3 Zellen von parts.price enthalten Text statt einer Zahl: weggelassen, als wäre sie leer.",
        ),
        ("Of this nobody knows a word.", "Of this nobody knows a word."),
    ],
)
def test_what_was_said_in_english_is_said_again_in_the_questions_language(
    english: str, german: str
) -> None:
    assert Telling("de").retold(english) == german
    assert Telling().retold(english) == english


WARNINGS = (
    CUT, DROPPED, NEAREST, NONE_ANSWERS, NOTHING_CONNECTED, PARTLY, ROWS_STAND_IN, STANDS_IN, UNASKED, UNLIKE,
    DIFFERS.format(writer="a writer"), UNSURE_ROWS.format("0.42"), UNSURE_WORDS.format("0.42"), OTHER.format("a writer"),
)  # fmt: skip


@pytest.mark.parametrize("warning", WARNINGS)
def test_every_warning_of_an_answer_has_a_german_sentence(warning: str) -> None:
    assert Telling("de").retold(warning) != warning


def test_a_word_that_is_stored_stays_as_it_is_stored() -> None:
    asked = "Wie viele Kunden haben 2024 storniert?"
    assert in_english(asked).endswith("cancelled?")
    stored = frozenset({"storniert", "aus"})
    assert in_english(asked, (), stored, stored).endswith("storniert?")
    assert in_english("Kunden aus Kiel", (), stored, stored) == "Kunden from Kiel"
    assert in_english("Wer hat nie storniert?", (), stored, stored) == "who has never cancelled?"
    both = stored | {"cancelled"}
    assert in_english(asked, (), both, both).endswith("cancelled?")


@pytest.mark.parametrize(
    ("english", "german"),
    [
        (
            "You have used 12,345 of your 1,000,000 model tokens for November 2026. The count "
            "begins again on 1 December 2026 at 00:00 UTC. The operator can raise SETTING.",
            "Von Ihren 1.000.000 Token für das Sprachmodell sind in diesem Monat 12.345 verbraucht. "
            "Neu gezählt wird ab 01.12.2026, 00:00 UTC. Der Betreiber kann mehr zulassen.",
        ),
        (
            "You have used your 1,500 model tokens for this minute. Try again in 7 seconds.",
            "Ihre 1.500 Token für das Sprachmodell sind für diese Minute verbraucht. Bitte in 7 Sekunden "
            "noch einmal versuchen.",
        ),
    ],
)
def test_numbers_and_days_in_a_sentence_are_written_as_its_language_does(
    english: str, german: str
) -> None:
    assert Telling("de").retold(english) == german
