"""Questions in German to passages in German: sentences, rows of tables, and nothing where none is."""

import pytest

from serving.models.embedded.chat.heard import Quotable
from serving.models.embedded.chat.quotations import quotations
from serving.models.embedded.chat.wording import QuestionWords

RULES = Quotable(
    1,
    "Arbeitsordnung",
    "",
    "Die Probezeit dauert sechs Monate. Die Kündigungsfrist beträgt vier Wochen zum Monatsende.\n\n"
    "Überstunden werden von der Teamleitung genehmigt. Am 3. Oktober bleibt das Werk geschlossen.\n\n"
    "Der Parkausweis ist für Beschäftigte kostenlos und gilt z. B. Montag bis Freitag.",
    0.35,
)
FIGURES = Quotable(
    2,
    "Geschäftsbericht",
    "Kennzahlen",
    "Position | 2022 | 2023\nDividende je Aktie | 0,80 | 0,85\nMitarbeiter im Vertrieb | 640 | 655",
    0.4,
)
INCOME = Quotable(
    4,
    "Geschäftsbericht",
    "Ergebnis",
    "Ergebnis (in Mio. EUR)\nPosition | 2022 | 2023\nUmsatzerlöse | 1.204,5 | 1.311,0",
    0.4,
)
PRICES = Quotable(
    3,
    "Preisliste",
    "",
    "Artikel | Preis in Euro | Gewicht\nSchlagbohrmaschine | 129,90 | 2,4 kg\n"
    "Akkuschrauber | 89,50 | 1,1 kg",
    0.3,
)
CARE = Quotable(
    5,
    "Betriebsanleitung",
    "Wartung",
    "Tätigkeit | Abstand | Wer\nLager schmieren | alle 2.000 Betriebsstunden | Betreiber\n"
    "Dichtung wechseln | alle 8.000 Betriebsstunden | Kundendienst",
    0.3,
)
STATUTES = Quotable(
    6,
    "Satzung",
    "Satzung > § 4 Aufnahmegebühr",
    "Sie beträgt 85 Euro und ist mit der Unterschrift fällig.",
    0.25,
)
MINUTES = Quotable(
    7,
    "Protokoll",
    "",
    "Protokoll der Vollversammlung\nOrt: Halle 3\nLeitung: Thorsten Quandt\nAnwesend: 61 Mitglieder",
    0.25,
)
CLOSURES = Quotable(
    8,
    "Termine",
    "",
    "Wassersperre | Beginn | Ende\n2 | 4. Mai | 6. Mai\n3 | 16. November | 31. Dezember",
    0.3,
)
LEASE = Quotable(
    9,
    "Mietvertrag Werkhalle",
    "",
    "Mietvertrag über eine Werkhalle\n\n§ 2 Mietzeit\nDas Mietverhältnis beginnt am 1. März 2025 und ist auf vier "
    "Jahre befristet.\n\n§ 3 Zahlung\nDie Miete ist bis zum dritten Werktag zu zahlen. Die monatliche Miete beträgt 800 "
    "Euro.\n\n§ 4 Kaution\nDie Mieterin leistet eine Sicherheit in Höhe von 9.600 Euro.\n\n"
    "§ 5 Instandhaltung\nDie Werkhalle wird jeden Freitagabend gereinigt. Die Zustimmung zu Umbauten erteilt Nils "
    "Ahrens. Umbauten sind acht Wochen vorher anzumelden.",
    0.2,
)
STOCK = Quotable(
    10,
    "Lagerbestand",
    "",
    "Artikelnr. | Bezeichnung | Bestand | Mindestbestand\n30120 | Tauchpumpe TP 10 | 87 | 40\n"
    "30121 | Tauchpumpe TP 25 | 52 | 40",
    0.26,
)
MENU = Quotable(
    11,
    "Kantine",
    "",
    "Gericht | Beschäftigte | Gäste\nTagesmenü | 4,90 € | 8,50 €\nSalatteller | 3,80 € | 6,20 €\n\n"
    "Die Kantine öffnet um 11:15 Uhr und schließt um 14:00 Uhr. Küchenchef ist Holger Detlefsen.\n\n"
    "Notebooks werden alle vier Jahre ersetzt.",
    0.3,
)
EVERYDAY = [LEASE, STOCK, MENU]
ALL = [RULES, FIGURES, PRICES, INCOME, CARE, STATUTES, MINUTES, CLOSURES]


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("Wie lange dauert die Probezeit?", "Die Probezeit dauert sechs Monate."),
        (
            "Welche Frist gilt für die Kündigung?",
            "Die Kündigungsfrist beträgt vier Wochen zum Monatsende.",
        ),
        ("Wer genehmigt Überstunden?", "Überstunden werden von der Teamleitung genehmigt."),
        ("Wann ist das Werk geschlossen?", "Am 3. Oktober bleibt das Werk geschlossen."),
        (
            "Was kostet der Parkausweis?",
            "Der Parkausweis ist für Beschäftigte kostenlos und gilt z. B. Montag bis Freitag.",
        ),
        (
            "Wie oft soll man das Lager schmieren?",
            "Tätigkeit: Lager schmieren; Abstand: alle 2.000 Betriebsstunden; Wer: Betreiber",
        ),
        (
            "wie oft muss die dichtung gewechselt werden",
            "Tätigkeit: Dichtung wechseln; Abstand: alle 8.000 Betriebsstunden; Wer: Kundendienst",
        ),
        (
            "Wie hoch ist die Dividende je Aktie 2023?",
            "Dividende je Aktie, 2023: 0,85",
        ),
        (
            "Wie viele Mitarbeiter hatte der Vertrieb 2022?",
            "Mitarbeiter im Vertrieb, 2022: 640",
        ),
        (
            "Wie hoch waren die Umsatzerlöse 2023?",
            "Umsatzerlöse, 2023: 1.311,0 (in Mio. EUR)",
        ),
        (
            "Wie hoch ist der Preis der Schlagbohrmaschine?",
            "Schlagbohrmaschine, Preis in Euro: 129,90",
        ),
        (
            "Wie hoch ist die Aufnahmegebühr?",
            "Sie beträgt 85 Euro und ist mit der Unterschrift fällig.",
        ),
        ("Wer leitete die Vollversammlung?", "Leitung: Thorsten Quandt"),
        (
            "Wann beginnt die dritte Wassersperre?",
            "Wassersperre: 3; Beginn: 16. November; Ende: 31. Dezember",
        ),
    ],
)
def test_a_german_question_quotes_what_answers_it(question: str, quoted: str) -> None:
    assert [found.text for found in quotations(question, ALL)] == [quoted]


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        (
            "Wie hoch ist die Kaution?",
            "Die Mieterin leistet eine Sicherheit in Höhe von 9.600 Euro.",
        ),
        (
            "Wie lange läuft der Mietvertrag?",
            "Das Mietverhältnis beginnt am 1. März 2025 und ist auf vier Jahre befristet.",
        ),
        (
            "Wann wird die Werkhalle geputzt?",
            "Die Werkhalle wird jeden Freitagabend gereinigt.",
        ),
        ("Wer genehmigt Umbauten?", "Die Zustimmung zu Umbauten erteilt Nils Ahrens."),
        ("Wie viele Tauchpumpen TP 25 sind auf Lager?", "Tauchpumpe TP 25, Bestand: 52"),
        ("Was zahlen Mitarbeiter für einen Salatteller?", "Salatteller, Beschäftigte: 3,80 €"),
        (
            "Wann macht die Kantine zu?",
            "Die Kantine öffnet um 11:15 Uhr und schließt um 14:00 Uhr.",
        ),
        ("Wie heißt der Koch?", "Küchenchef ist Holger Detlefsen."),
        ("Wie oft werden Laptops ausgetauscht?", "Notebooks werden alle vier Jahre ersetzt."),
    ],
)
def test_everyday_words_find_those_of_documents(question: str, quoted: str) -> None:
    assert [found.text for found in quotations(question, EVERYDAY)] == [quoted]


@pytest.mark.parametrize(
    "question",
    [
        "Wie lange dauert die Elternzeit?",
        "Wer genehmigt Dienstreisen?",
        "Wie viele Mitarbeiter hat die Buchhaltung?",
        "Was kostet der Kompressor?",
        "Wie hoch war die Dividende je Aktie 2019?",
        "Wann wurde das Werk gebaut?",
        "Wann beginnt die vierte Wassersperre?",
        "Wer leitete die Elternversammlung?",
        "Wie hoch ist die Kaution?",
    ],
)
def test_a_german_question_that_nothing_answers_quotes_nothing(question: str) -> None:
    assert quotations(question, ALL) == []


def test_what_says_how_much_something_is_comes_first() -> None:
    first, *_ = quotations("Wie hoch ist die Miete?", EVERYDAY)
    assert first.text == "Die monatliche Miete beträgt 800 Euro."


def test_words_of_german_are_compared_by_stems_groups_and_parts() -> None:
    german = QuestionWords.of("Was kostet die Bohrmaschine?")
    assert german.terms("Was kostet die Bohrmaschine?") == {"cost", "bohrmaschin"}
    assert german.nearness("cost", german.stems("Preise und Gebühren"))
    assert german.nearness("maschin", german.stems("Bohrmaschinen"))
    assert german.nearness("kundigungsfrist", german.stems("Frist der Kündigung")) == 1
    assert not german.nearness("frist", german.stems("Bohrmaschine"))
    assert german.nearness("pruft", german.stems("Die Prüfung der Anlage")) == 1
    assert german.nearness("cost", german.stems("werden 22 Euro erhoben"))


def test_what_is_read_in_english_is_what_english_rules_look_for() -> None:
    german = QuestionWords.of("Wie lange ist das?")
    assert german.read("innerhalb von 14 Tagen") == "within 14 days"
    assert german.read("am 3. Oktober 2024 um 9 Uhr") == "on 2024-10-03 um 9 o'clock"
    assert german.read("Wie viele Wochen?") == "how many weeks?"


def test_english_is_read_as_it_is() -> None:
    text = "How long is a book lent?"
    assert QuestionWords.of(text).read(text) is text
