"""`docsql eval …`: asks questions with known answers, or runs files of questions for other programs to score."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from serving.cli import eval_compare, eval_judge, eval_new, eval_report, eval_run, eval_threshold
from serving.config.settings import load_settings
from serving.process import loop
from serving.process.private import open_for_user

if TYPE_CHECKING:
    from pydantic import BaseModel

    from agent.evaluation.scorers import Confusion

RANKED = 100
"""Documents per query in a run; scores use the first ten or hundred."""

app = typer.Typer(help="Measure the answers on your own questions.", no_args_is_help=True)

app.command("new")(eval_new.draft)
app.command("review")(eval_new.review)
app.command("export")(eval_new.export_sheet)
app.command("import")(eval_new.import_sheet)
app.command("run")(eval_run.run_cases)
app.command("compare")(eval_compare.compare_two)
app.command("report")(eval_report.report)
app.command("judge")(eval_judge.check_judge)
app.command("threshold")(eval_threshold.choose_threshold)

Questions = Annotated[Path, typer.Option(help="JSON lines {id, db, question}.")]
Databases = Annotated[
    Path, typer.Option(help="Folder with a `DB.sqlite` for each db, at any depth.")
]
Corpus = Annotated[Path, typer.Option(help="JSON lines {_id, title, text}.")]
Item = TypeVar("Item")
Out = Annotated[Path, typer.Option(help="File to write.")]


@app.command("sql")
def evaluate_sql(
    *,
    questions: Questions,
    databases: Databases,
    out: Out,
    models: Annotated[
        Path | None, typer.Option(help="Folder with a semantic model `DB.yaml` for some of them.")
    ] = None,
) -> None:
    """Write SQL for each question, one {id, sql, error} per line; null if it was declined."""
    from agent.evaluation.dataset import Case, find_databases, find_models, read_lines
    from agent.evaluation.runner import write_statements
    from serving.parts.assembly import toolbox_over

    cases = read_lines(questions, Case)
    files = find_databases(databases)
    meant = find_models(models) if models else {}
    with toolbox_over(load_settings(), files, models=meant) as toolbox:
        statements = write_statements(_shown(cases), toolbox)
        loop.run_interruptible(_write(out, _as_lines(statements)))


@app.command("retrieval")
def evaluate_retrieval(
    *,
    corpus: Corpus,
    queries: Annotated[Path, typer.Option(help="JSON lines {_id, text}.")],
    out: Out,
) -> None:
    """Rank a corpus for each query, as a TREC run."""
    from agent.evaluation.dataset import CorpusEntry, RetrievalQuery, read_lines
    from agent.evaluation.runner import rank
    from serving.parts.assembly import search_over

    asked = read_lines(queries, RetrievalQuery)
    with search_over(load_settings(), read_lines(corpus, CorpusEntry)) as search:
        loop.run_interruptible(_write(out, rank(_shown(asked), search, limit=RANKED)))


@app.command("routing")
def evaluate_routing(
    *, questions: Questions, databases: Databases, corpus: Corpus, out: Out
) -> None:
    """Route each question, with its database and the corpus connected.

    If the questions have `expect` (the right routes), a confusion table is printed.
    """
    from agent.evaluation.dataset import Case, CorpusEntry, find_databases, read_lines
    from agent.evaluation.runner import Routed, choose_routes, routing_machine
    from agent.evaluation.scorers import confuse
    from serving.parts.assembly import search_over, toolbox_over

    settings, cases = load_settings(), read_lines(questions, Case)
    with (
        search_over(settings, read_lines(corpus, CorpusEntry)) as search,
        toolbox_over(settings, find_databases(databases), search) as toolbox,
    ):
        routed = choose_routes(_shown(cases), routing_machine(toolbox), toolbox.databases)
        loop.run_interruptible(_write(out, _as_lines(routed)))
    _show(confuse(cases, read_lines(out, Routed)))


def _show(found: "Confusion") -> None:
    """A line an expected route, a column a route taken; nothing where nothing was expected."""
    if not found.total:
        return
    expected = sorted({pair[0] for pair in found.counts})
    routes = sorted({route for pair in found.counts for route in pair})
    table = Table("expected", *routes)
    for row in expected:
        table.add_row(row, *(str(found.counts.get((row, route), 0)) for route in routes))
    Console().print(table)
    typer.echo(
        f"Routed correctly: {found.right} of {found.total} ({found.right / found.total:.3f}). Of "
        f"these, the tool declined {found.declined_there}."
    )


async def _as_lines(records: "AsyncIterator[BaseModel]") -> AsyncIterator[str]:
    async for record in records:
        yield record.model_dump_json()


async def _write(out: Path, lines: AsyncIterator[str]) -> None:
    with open_for_user(out) as file:
        async for line in lines:
            file.write(f"{line}\n")


def _shown(items: list[Item]) -> Iterable[Item]:
    return track(items, description="Asking", transient=True)
