from collections.abc import Iterator

import pytest
from kept_readers import ingest

from tools.documents.language import detect_language, language_identifier
from tools.documents.store import DocumentStore

TEXTS = {
    "en": "Holidays are requested two weeks in advance. Machines are switched off.",
    "de": "Urlaubsanträge werden zwei Wochen im Voraus gestellt. Maschinen werden abgeschaltet.",
    "fr": "Les congés sont demandés deux semaines à l'avance. Les machines sont arrêtées.",
    "ru": "Отпуска согласуются за две недели. Машины выключаются.",
}
NEIGHBOURS = {
    "nl": "De machines worden in de nacht uitgezet, en dat was met de leiding afgesproken. Het is laat.",
    "da": "Maskinerne slukkes om natten, og ferie skal aftales for to uger. Det kan man med lederen.",
    "sv": "Maskinerna stängs av på natten, och semester ska man komma överens om. Det är bra att vi är av.",
    "no": "Maskinene slås av om natten, og ferie må avtales to uker før. Det kan vi be om for alle.",
    "it": "Le macchine si spengono di notte, e le ferie si chiedono due settimane prima, in accordo.",
}
"""Sentences with words that English or German have too."""
UNKNOWN = ["", "12 | 44 | 99.5", "字字字字字字", "def f(x): return x", "SKU-4411 | 88.20 | EUR"]


@pytest.mark.parametrize(("language", "text"), TEXTS.items())
def test_a_language_is_told(language: str, text: str) -> None:
    assert detect_language(text) == language
    assert detect_language("12 | 44\n" + 200 * f"{text} ") == language


@pytest.mark.parametrize("language", ["en", "de"])
def test_plain_english_and_german_need_no_model(language: str) -> None:
    before = language_identifier.cache_info()
    assert detect_language(TEXTS[language]) == language
    assert language_identifier.cache_info() == before


@pytest.mark.parametrize(("language", "text"), NEIGHBOURS.items())
def test_a_neighbour_of_english_and_german_is_not_taken_for_them(language: str, text: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_cannot_be_stemmed_is_left_alone(text: str) -> None:
    assert detect_language(text) == ""


@pytest.fixture(scope="module")
def polyglot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocumentStore]:
    folder = tmp_path_factory.mktemp("polyglot")
    root = folder / "documents"
    root.mkdir()
    for language, text in TEXTS.items():
        (root / f"{language}.txt").write_text(text, encoding="utf-8")
    (root / "numbers.txt").write_text("SKU-4411 | 88.20 | EUR | Racks", encoding="utf-8")
    (root / "zh.txt").write_text("机器在夜间关闭。请提前两周申请休假。", encoding="utf-8")
    with DocumentStore.open(folder / "milvus.db") as store:
        ingest([root], store=store, collection="c")
        yield store


@pytest.mark.parametrize(
    ("query", "source"),
    [
        ("requesting a holiday", "en.txt"),
        ("Urlaubsantrag", "de.txt"),
        ("abschalten der Maschine", "de.txt"),
        ("demander un congé", "fr.txt"),
        ("conge", "fr.txt"),
        ("отпуск", "ru.txt"),
        ("racks", "numbers.txt"),
        ("SKU 4411", "numbers.txt"),
        ("申请休假", "zh.txt"),
    ],
)
def test_words_are_found_in_other_forms_of_the_documents_language(
    polyglot: DocumentStore, query: str, source: str
) -> None:
    found = polyglot.search(query, limit=3)
    assert found[0].passage.source == source


def test_a_document_of_no_known_language_is_not_stemmed(polyglot: DocumentStore) -> None:
    assert {d.source: d.language for d in polyglot.documents()} == {
        **{f"{language}.txt": language for language in TEXTS},
        "numbers.txt": "",
        "zh.txt": "",
    }
    assert "numbers.txt" not in [f.passage.source for f in polyglot.search("rack", limit=3)]
