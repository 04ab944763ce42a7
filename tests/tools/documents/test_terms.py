import pytest

from tools.documents.terms import index_terms, query_terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("The machines were running", "machin run"),
        ("GX-200_b, 99.95 percent", "gx 200 b 99 95 percent"),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER A}B Straße", "ab strass"),
        ("what is the", ""),
        ("", ""),
    ],
)
def test_terms_are_stems_without_noise(text: str, terms: str) -> None:
    assert index_terms(text) == terms


def test_a_query_counts_each_term_once_and_has_a_length() -> None:
    assert query_terms("price prices of the price") == "price"
    assert len(query_terms(" ".join(f"w{n}" for n in range(100_000))).split()) == 64
