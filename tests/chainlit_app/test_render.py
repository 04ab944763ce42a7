import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from chainlit_app import render
from serving.wire.answer import Answer, Citation, Query
from serving.wire.documents import ContextPassage


def query(**values: Any) -> Query:
    given = {"number": 1, "database": "demo", "sql": "SELECT 1", "columns": ["a"], "rows": [[1]]}
    return Query.model_validate({"truncated": False, "elapsed_s": 0.004, **given, **values})


def passage(**values: Any) -> Citation:
    given = {
        "number": 1,
        "passage_id": "p",
        "document_id": "d",
        "collection": "default",
        "source": "policies/warranty.pdf",
        "title": "Warranty policy",
        "content_hash": "00",
        "page": 2,
        "section": "Terms > Standard",
        "text": "36 months.",
        "score": 1.0,
    }
    return Citation.model_validate({**given, **values})


def answer(**values: Any) -> Answer:
    given = {"answer": "Yes.", "status": "answered", "route": "sql", "thread_id": "t"}
    return Answer.model_validate({**given, "models": {}, **values})


PICTURES = Path(__file__).parents[1] / "fixtures" / "page" / "pictures.jsonl"
CASES = [json.loads(line) for line in PICTURES.read_text(encoding="utf-8").splitlines()]
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
"""A Markdown parser that is not ours."""


def images(tokens: Sequence[Token]) -> int:
    return sum((token.type == "image") + images(token.children or []) for token in tokens)


def shown(markdown: str) -> str:
    """The text that a reader sees."""
    html = PARSER.render(markdown)
    return re.sub(r"<[^>]+>", "", html).replace("&lt;", "<").replace("&gt;", ">").strip()


@pytest.mark.parametrize(
    "text",
    [
        "*stars* and _lines_ and `ticks`",
        "| a | b |",
        "# no heading",
        "- no list",
        "1. no list",
        "2) no list",
        "+ no list",
        "<script>alert(1)</script>",
        "[1] and [text](http://example.org)",
        "![image](http://example.org/x.png)",
        "~~not struck~~",
        "back\\slash",
        "===",
    ],
)
def test_escaped_text_is_shown_as_it_is(text: str) -> None:
    assert shown(render.escaped(text)) == text.replace("&", "&amp;")


@pytest.mark.parametrize(
    ("markdown", "safe"),
    [
        ("![x](http://example.org/p?q=secret)", r"!\[x](http://example.org/p?q=secret)"),
        ("![x][ref]", r"!\[x][ref]"),
        ("Model:X100 at 10:30", r"Model\:X100 at 10:30"),
        ("a::text", r"a\:\:text"),
        (":::warning", ":\u2060\\:\\:warning"),
        ("Sold out![1] And![2, 3]", "Sold out!\u2060[1] And!\u2060[2, 3]"),
        ("`![x](y) a:b` stays", "`!\u2060[x](y) a:b` stays"),
        ("```\n![x](y) a:b\n```", "```\n!\u2060[x](y) a:b\n```"),
        (
            "1. a\n   ```sql\n   b::text\n   ```\n   c:d",
            "1. a\n   ```sql\n   b::text\n   ```\n   c\\:d",
        ),
        ("~~~\na:b\n~~~~\nc:d", "~~~\na:b\n~~~~\nc\\:d"),
        ("``a:`b`` c:d", "``a:`b`` c\\:d"),
        ("a ``` b:c", "a ``` b\\:c"),
        ("\\`a:b` c", "\\`a\\:b` c"),
        ("a ` b:c\n\nd ` e", "a ` b\\:c\n\nd ` e"),
        ("**bold** and a [link](http://example.org)", "**bold** and a [link](http://example.org)"),
    ],
)
def test_a_models_markdown_loads_no_image_and_loses_no_word(markdown: str, safe: str) -> None:
    assert render.defused(markdown) == safe
    assert render.defused(safe) == safe


@pytest.mark.parametrize("markdown", [case["markdown"] for case in CASES])
def test_no_shape_of_an_image_is_left(markdown: str) -> None:
    assert images(PARSER.parse(render.defused(markdown))) == 0
    assert images(PARSER.parse(render.escaped(markdown))) == 0


def test_most_shapes_are_images_before() -> None:
    assert sum(images(PARSER.parse(case["markdown"])) > 0 for case in CASES) >= 30


@pytest.mark.parametrize("markdown", [case["markdown"] for case in CASES])
def test_no_shape_of_an_image_is_left_however_it_is_cut(markdown: str) -> None:
    for cut in range(len(markdown)):
        tokens = render.Tokens()
        parts = [tokens.passed(markdown[:cut]), tokens.passed(markdown[cut:])]
        assert images(PARSER.parse("".join(parts))) == 0
    tokens = render.Tokens()
    assert images(PARSER.parse("".join(tokens.passed(mark) for mark in markdown))) == 0


@pytest.mark.parametrize("text", ["::: security\nPay now.\n:::", "::::tip\nx\n::::"])
def test_no_text_looks_like_a_notice_of_the_page(text: str) -> None:
    """Chainlit makes one of the text that is left when the escapes are gone."""
    for safe in (render.escaped(text), render.defused(text)):
        assert ":::" not in safe.replace("\\", "")
        assert safe.replace("\\", "").replace("\u2060", "") == text


@pytest.mark.parametrize(
    "pieces",
    [
        ["![x](http://a/b.png)"],
        ["!", "[x](http://a/b.png)"],
        ["so!", "", "[x]", "(http://a/b.png)"],
    ],
)
def test_an_image_that_comes_in_pieces_is_defused_as_well(pieces: list[str]) -> None:
    tokens = render.Tokens()
    assert "![" not in "".join(tokens.passed(piece) for piece in pieces)


@pytest.mark.parametrize(
    ("elapsed", "said"), [(0.0, "<1 ms"), (0.0123, "12 ms"), (0.999, "999 ms"), (1.25, "1.2 s")]
)
def test_a_time_is_said_in_a_fitting_unit(elapsed: float, said: str) -> None:
    assert render.seconds(elapsed) == said


def test_a_table_aligns_numbers_right_and_text_left() -> None:
    rows = [["Ann", 1, "12.50", None], ["Bob", -2, None, None]]
    table = render.table(query(columns=["name", "n", "price", "note"], rows=rows))
    assert table.splitlines() == [
        "| name | n | price | note |",
        "| :--- | ---: | ---: | :--- |",
        "| Ann | 1 | 12.50 | *null* |",
        "| Bob | \\-2 | *null* | *null* |",
    ]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("a | b", r"a \| b"),
        ("two\nlines", "two lines"),
        (True, "true"),
        ("Model:X", r"Model\:X"),
        ("x" * 200, "x" * render.MAX_CELL + "…"),
        ("<b>", r"\<b\>"),
    ],
)
def test_a_cell_stays_within_its_row(cell: object, text: str) -> None:
    assert render.table(query(rows=[[cell]])).splitlines()[2] == f"| {text} |"


@pytest.mark.parametrize(
    ("rows", "is_truncated", "remarks"),
    [
        (50, False, []),
        (51, False, ["1 more row not shown here."]),
        (1050, False, ["1,000 more rows not shown here."]),
        (3, True, ["The result was cut off at the database's row limit: there is more."]),
    ],
)
def test_a_table_says_what_it_does_not_show(
    *, rows: int, is_truncated: bool, remarks: list[str]
) -> None:
    result = query(rows=[[n] for n in range(rows)], truncated=is_truncated)
    table, *said = render.table(result).split("\n\n")
    assert said == remarks
    assert len(table.splitlines()) == 2 + min(rows, render.MAX_ROWS)


def test_an_empty_result_says_so() -> None:
    assert render.table(query(rows=[])) == "No rows."


def test_no_backtick_in_a_statement_ends_its_block() -> None:
    block = render.sql_block("SELECT ```x``` FROM t")
    assert block.startswith("````sql\n")
    assert block.endswith("\n````")


def test_an_opened_passage_says_where_it_stands_and_shows_its_words() -> None:
    opened = render.opened_passage(passage(text="Parts *and* labour.\n36 months."))
    assert shown(opened).splitlines() == [
        "Warranty policy",
        "Source: policies/warranty.pdf",
        "Page: 2",
        "Section: Terms > Standard",
        "Collection: default",
        "",
        "Parts *and* labour.",
        "36 months.",
    ]


def test_a_passage_without_page_or_section_leaves_both_out() -> None:
    opened = render.opened_passage(passage(page=None, section=""))
    assert "Page" not in opened
    assert "Section" not in opened


@pytest.mark.parametrize(
    ("text", "shown_as"),
    [
        ("# 1 of *2*", r"\# 1 of \*2\*"),
        ("![x](http://example.org/x.png)", r"\!\[x\](http\://example.org/x.png)"),
        ("one | line", r"one \| line"),
        ("a | b\nc", "a \\| b\nc"),
        ("a | b\n1 | 2", "| a | b |\n| :--- | :--- |\n| 1 | 2 |"),
        ("Before.\n\na | b\n1 | 2", "Before.\n\n| a | b |\n| :--- | :--- |\n| 1 | 2 |"),
    ],
)
def test_a_passage_is_shown_as_it_stands_and_its_tables_as_tables(text: str, shown_as: str) -> None:
    assert render.passage_text(text) == shown_as


def test_found_passages_are_listed_with_title_place_and_first_words() -> None:
    passages = [passage(text="One\ntwo"), passage(title="Guide", page=None, section="")]
    assert render.found(passages).splitlines() == [
        "- Passage 1 **Warranty policy** · page 2 · Terms \\> Standard  ",
        "  One two",
        "- Passage 2 **Guide**  ",
        "  36 months.",
    ]


def test_a_search_without_result_says_so() -> None:
    assert render.found([]) == "Nothing was found."


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("none", []), ("[2] and [1][2]", [1, 2]), ("[1, 3; 2]", [1, 2, 3]), ("[x] [12]", [12])],
)
def test_citations_are_read_in_the_order_of_their_numbers(text: str, numbers: list[int]) -> None:
    assert render.cited_numbers(text) == numbers


def test_a_citation_says_what_it_is_of() -> None:
    given = answer(
        answer="It lasts 36 months [1], and 12 were sold [1, 2]. See [3] and [9].",
        citations=[passage(), passage(number=3, title="A [title] *with* :marks_", page=None)],
        queries=[query(number=2), query(number=4, database="other")],
    )
    assert render.answer_text(given) == (
        "It lasts 36 months [1 Warranty policy, p. 2], and 12 were sold "
        "[1 Warranty policy, p. 2][2 Query of demo]. See [3 A title with marks] and [9]."
    )


def test_a_table_of_rows_that_stand_below_is_left_out_of_the_text() -> None:
    rows = query(number=2, columns=["day", "sum"], rows=[["2025-01-31", 1200.5], ["2025-02-28", 3]])
    text = "2 rows [2], the first of them:\n\n| day | sum |\n| --- | --- |\n{}\n\n- I left out “x”."
    same, other = text.format("| 2025-01-31 | 1,200.5 |"), text.format("| January | 1,200.5 |")
    shown = answer(answer=same, queries=[rows])
    said = "2 rows [2 Query of demo]:\n\n- I left out “x”."
    assert (render.answer_text(shown), render.has_table(shown)) == (said, False)
    kept = answer(answer=other, queries=[rows])
    assert "| January |" in render.answer_text(kept)
    assert render.has_table(kept)


def test_the_last_line_names_what_wrote_an_answer() -> None:
    models = {"chat": "embedded: no language model", "sql_coder": "parser", "x": "parser"}
    given = answer(models=models, timings={"total": 0.031})
    said = "embedded: no language model (chat) · parser (sql coder, x) · 31 ms"
    assert render.footer(given) == said


NEIGHBOURS = [
    (["One. Two.", "Two. Three.", "Three. Four."], 1, ["One.", "Two. Three.", "Four."]),
    (["One. Two.", "Two. Three."], 0, ["One. Two.", "Three."]),
    (["One.", "Two."], 1, ["One.", "Two."]),
    (["Same.", "Same."], 0, ["Same.", ""]),
]


@pytest.mark.parametrize(("texts", "quoted", "shown"), NEIGHBOURS)
def test_neighbours_do_not_repeat_the_quoted_passage(
    texts: list[str], quoted: int, shown: list[str]
) -> None:
    passages = [
        ContextPassage(
            id=str(at), ordinal=at, page=None, section="", text=text, is_quoted=at == quoted
        )
        for at, text in enumerate(texts)
    ]
    assert render.without_repeats(passages) == shown
