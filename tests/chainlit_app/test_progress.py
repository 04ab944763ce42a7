from collections.abc import Sequence

import pytest

from chainlit_app.progress import Kind, StepEvent, StepProgress, kind_of
from serving.wire.answer import Citation, Query
from serving.wire.events import PassagesFound, RowsRead, SqlWritten, StepFinished, StepStarted

ROWS = RowsRead(
    call="c",
    query=Query(
        number=0,
        database="demo",
        sql="SELECT n",
        columns=["n"],
        rows=[[1]],
        truncated=False,
        elapsed_s=0.001,
    ),
)


def started(step: str, call: str = "c") -> StepStarted:
    return StepStarted(step=step, call=call)


def finished(step: str, detail: str = "", call: str = "c") -> StepFinished:
    return StepFinished(step=step, call=call, detail=detail, seconds=0.01)


def written(sql: str, attempt: int = 1) -> SqlWritten:
    return SqlWritten(call="c", database="demo", sql=sql, attempt=attempt)


def found(passages: list[Citation]) -> PassagesFound:
    return PassagesFound(call="c", query="warranty", passages=passages)


FIRST_TRY = [started("write_sql"), written("SELECT n"), finished("write_sql"), started("run_sql")]
REFUSED = [*FIRST_TRY, finished("run_sql", "There is no column 'n'.")]
REPAIRED = [started("write_sql"), written("SELECT m", 2), finished("write_sql"), started("run_sql")]


def after(kind: Kind, events: Sequence[StepEvent]) -> StepProgress:
    progress = StepProgress(kind)
    for event in events:
        progress = progress.after(event)
    return progress


@pytest.mark.parametrize(
    ("kind", "events", "title"),
    [
        ("database", [started("write_sql")], "Querying the database"),
        ("database", FIRST_TRY, "Querying the database demo"),
        (
            "database",
            [*FIRST_TRY, ROWS, finished("run_sql", "1 rows")],
            "Queried the database demo: 1 row (20 ms)",
        ),
        ("database", REFUSED, "Queried the database demo: nothing read (20 ms)"),
        ("documents", [started("search_documents")], "Searching the documents"),
        (
            "documents",
            [started("search_documents"), found([]), finished("search_documents")],
            "Searched the documents: nothing found (10 ms)",
        ),
        (
            "rewrite",
            [started("rewrite"), finished("rewrite", "How long is the warranty?")],
            "Understood as “How long is the warranty?” (10 ms)",
        ),
        (
            "decide",
            [started("decide"), finished("decide", "documents: warranty")],
            "Decided on documents: warranty (10 ms)",
        ),
    ],
)
def test_a_title_says_what_a_step_does_and_what_came_of_it(
    kind: Kind, events: list[StepEvent], title: str
) -> None:
    assert after(kind, events).title == title


def test_a_repair_shows_each_statement_and_why_it_was_refused() -> None:
    body = after("database", [*REFUSED, *REPAIRED, ROWS, finished("run_sql")]).body
    assert body.split("\n\n") == [
        "**Attempt 1**",
        "```sql\nSELECT n\n```",
        "> There is no column 'n'.",
        "**Attempt 2**",
        "```sql\nSELECT m\n```",
        "| n |\n| ---: |\n| 1 |",
    ]


def test_a_statement_that_ran_at_once_is_not_called_an_attempt() -> None:
    assert "Attempt" not in after("database", [*FIRST_TRY, ROWS, finished("run_sql")]).body


def test_a_statement_of_a_persons_own_is_explained_anew() -> None:
    edited = finished("approve", "Edited by a person. Reads parts.")
    assert "> Edited by a person. Reads parts." in after("database", [edited, ROWS]).body


def test_a_writer_that_declines_is_quoted() -> None:
    declined = [started("write_sql"), finished("write_sql", "I cannot read 'why'.")]
    progress = after("database", declined)
    assert progress.body == "> I cannot read 'why'."
    assert progress.is_failed


def test_a_store_that_is_down_is_quoted() -> None:
    down = [started("search_documents"), finished("search_documents", "The store is away.")]
    progress = after("documents", down)
    assert progress.body == "> The store is away."
    assert progress.is_failed


def test_a_refused_statement_is_no_failure_once_its_repair_ran() -> None:
    assert after("database", REFUSED).is_failed
    assert not after("database", [*REFUSED, *REPAIRED, ROWS, finished("run_sql")]).is_failed


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (started("rewrite", ""), "rewrite"),
        (started("decide", ""), "decide"),
        (started("answer", ""), None),
        (finished("check", "answered", ""), None),
        (started("search_documents"), "documents"),
        (started("describe_sources"), "sources"),
        (started("write_sql"), "database"),
        (started("approve"), "database"),
        (ROWS, "database"),
        (found([]), "documents"),
    ],
)
def test_an_event_belongs_to_one_kind_of_step(event: StepEvent, kind: Kind | None) -> None:
    assert kind_of(event) == kind
