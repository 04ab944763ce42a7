import sys
import unicodedata

import pytest

from tools.documents.terms import WITH_MARKS, index_terms, query_terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("The machines were running", "machin run"),
        ("GX-200_b, 99.95 percent", "gx 200 b 99 95 percent"),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER A}B Straße", "ab strass"),
        ("Ampère's café isn't 1,400 K", "amper cafe isn 1400 k"),
        ("\N{THAI CHARACTER KO KAI}\N{THAI CHARACTER KHO KHAI}", "ue01ue02"),
        ("机器人 GX", "u673au5668 u5668u4eba gx"),
        ("what is the", ""),
        ("", ""),
    ],
)
def test_terms_are_stems_without_noise(text: str, terms: str) -> None:
    assert index_terms(text) == terms


def test_a_query_counts_each_term_once_and_has_a_length() -> None:
    assert query_terms("price prices of the price") == "price"
    assert len(query_terms(" ".join(f"w{n}" for n in range(100_000))).split()) == 64


@pytest.mark.parametrize(
    ("language", "text", "terms"),
    [
        ("de", "Die Häuser und Straßen", "die haus und strass"),
        ("fr", "les chevaux", "le cheval"),
        ("hi", "किताबें", index_terms("किताब", language="hi")),
        ("", "The Machines", "machines"),
        ("tlh", "Machines", "machines"),
    ],
)
def test_terms_are_stems_of_their_language(language: str, text: str, terms: str) -> None:
    assert index_terms(text, language=language) == terms


def test_every_mark_of_unicode_is_where_they_are_looked_for() -> None:
    marks = [
        number
        for number in range(sys.maxunicode + 1)
        if unicodedata.category(chr(number)) in ("Mn", "Mc")
    ]
    assert [mark for mark in marks if not any(mark in each for each in WITH_MARKS)] == []
