import io

import pytest
from rich.console import Console

from serving.cli.progress import VectorProgress
from serving.cli.terminal import (
    QUOTED,
    Row,
    print_answer,
    print_listing,
    print_outcome,
    without_escapes,
)
from serving.wire.answer import Answer, Citation, Query
from serving.wire.documents import FileOutcome
from tools.documents.vectors import Coverage

LONG = " ".join(f"Filler sentence number {n} says nothing." for n in range(40))


def _printed(answer: Answer) -> str:
    printed = io.StringIO()
    print_answer(Console(file=printed, width=100), answer)
    return printed.getvalue()


def _answer(text: str, passage: str = "", cell: str = "x") -> Answer:
    citation = Citation(
        number=1,
        passage_id="p",
        document_id="d",
        collection="default",
        source="a.md",
        title="Rules",
        content_hash="c",
        text=passage,
        score=1.0,
    )
    query = Query(
        number=2,
        database="shop",
        sql="SELECT name FROM shop",
        columns=["name"],
        rows=[[cell], [None]],
        truncated=False,
        elapsed_s=0.1,
    )
    return Answer(
        answer=text,
        status="answered",
        citations=[citation],
        queries=[query],
        route="both",
        models={"chat": "embedded: no language model"},
        thread_id="t",
    )


def test_an_answer_is_printed_with_what_it_rests_on_and_what_wrote_it() -> None:
    printed = _printed(_answer("Thirty days [1].", "Returns are taken within 30 days."))
    for part in ("Thirty days", "[1] Rules", "within 30 days", "SELECT name", "embedded: no"):
        assert part in printed


def test_a_passage_is_shown_around_the_sentence_that_is_quoted() -> None:
    quoted = "Returns are taken within 30 days."
    printed = _printed(_answer(f"{quoted} [1]", f"{LONG} {quoted} {LONG}"))
    shown = printed.partition("[1] Rules")[2]
    assert quoted in " ".join(shown.split())
    assert len(shown) < QUOTED + 400


def test_escape_sequences_in_rows_and_passages_do_not_reach_the_terminal() -> None:
    hostile = "clear\x1b[2J\x9b31mred\x07"
    printed = _printed(_answer(hostile, hostile, hostile))
    assert not any(control in printed for control in "\x1b\x9b\x07")
    assert without_escapes("a\tb\nc") == "a\tb\nc"


LONG_TITLE = "A conversation about everything that was ever ordered in any of the regions"


@pytest.mark.parametrize("id_", ["7f" * 16, "ab" * 32, "a name of a key", "x" * 128])
def test_an_id_stands_whole_on_one_line_of_a_listing(id_: str) -> None:
    rows: list[Row] = [
        (id_, "default", LONG_TITLE, 12, "2026-01-31 12:00"),
        ("short", "", "", 1, ""),
    ]
    printed = io.StringIO()
    columns = ("id", "collection", "title", "turns", "last asked (UTC)")
    print_listing(Console(file=printed, width=80), columns, rows)
    assert any(line.startswith(id_) for line in printed.getvalue().splitlines())


def test_a_listing_of_many_columns_breaks_no_word_at_80_columns() -> None:
    row: Row = ("7f" * 16, "default", "brackwater/Annual Report 2023.pdf", "Annual Report 2023", 61)
    printed = io.StringIO()
    columns = ("id", "collection", "source", "title", "passages")
    print_listing(Console(file=printed, width=80), columns, [row])
    lines = printed.getvalue().splitlines()
    assert len(lines) == 3
    assert "source: brackwater/Annual Report 2023.pdf" in " ".join(lines)


def test_of_an_unchanged_file_no_passages_are_counted() -> None:
    printed = io.StringIO()
    print_outcome(Console(file=printed), FileOutcome(source="a.md", outcome="unchanged"))
    assert printed.getvalue() == "unchanged  a.md\n"


def test_where_no_bar_can_be_shown_a_line_says_that_vectors_are_being_made() -> None:
    printed = io.StringIO()
    with VectorProgress(Console(file=printed)) as progress:
        for done in (0, 64, 128, 4_000):
            progress.note(Coverage(passages=4_000, done=done))
    said = "vectors of 4,000 passages left; they are found by their words already\n"
    assert printed.getvalue() == said


def test_a_file_whose_name_has_a_line_break_has_one_line_in_a_report() -> None:
    printed = io.StringIO()
    print_outcome(
        Console(file=printed, width=100),
        FileOutcome(source="new\nline.md", outcome="added", passages=2),
    )
    assert printed.getvalue() == "    added  new\\nline.md  2 passages\n"


def test_a_citation_says_what_its_document_is_where_its_title_does_not() -> None:
    told = {"company": "Acme Tools, Inc.", "period": "fiscal 2022", "kind": "rules"}
    answer = _answer("So it is [1].", "It is so.")
    cited = answer.citations[0].model_copy(update=told)

    printed = _printed(answer.model_copy(update={"citations": [cited]}))

    assert "[1] Rules · Acme Tools, Inc., fiscal 2022" in printed
    assert "fiscal 2022, rules" not in printed
