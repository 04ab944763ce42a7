"""Fit the confidence of answers from databases on public questions with their right statements.

Run by `make confidence`, after the embedded writer's own confidence, on the same files. What a
language model wrote for them may be given with `--statements`: lines of {db, question, sql}, sql
null where it declined. Figures and bars are of databases left out one at a time: neither the
writer's confidence nor the regression has seen the database that an answer is of.
"""

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, cast

import numpy as np
import typer
from pydantic import BaseModel
from rich import print as show
from rich.progress import track
from sklearn.linear_model import LogisticRegression
from train_confidence import (
    TRAINER,
    Line,
    Tried,
    golds_of,
    is_right,
    left_out,
    try_out,
)

from agent import confidence
from agent.confidence import AnswerConfidence, Known
from agent.evaluation.dataset import find_databases, read_lines
from agent.same_rows import have_same_rows, is_empty
from agent.second import Agreement
from serving.models.embedded.choose.confidence import Confidence
from tools.errors import Correctable
from tools.sql.run import Database, QueryResult

FITTED = Path(confidence.__file__).with_suffix(".json")
SHARES = (0.02, 0.03, 0.05, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
FEWEST, FEWEST_OF_ONE = 25, 5
"""Answers above a bar, in all and from one database, from which a share of wrong ones means something."""
BEFORE: Mapping[Agreement, tuple[int, int]] = {
    "same": (22, 1),
    "differs": (7, 12),
    "alone": (7, 11),
    "overruled": (4, 18),
}
"""Right and wrong answers of a 1.5 B model on 60 other databases, counted before there was a fit.

One question of each. Both readings agreed on 23. Of the 37 others the model was right on 14, which
were not told apart, and the embedded writer alone on 4; that it had a statement for some 22 of them
is an estimate. The rules of the embedded writer were made with the public questions in view, so
these count for what it does on databases of other people.
"""


VOTED: Mapping[tuple[Agreement, int], tuple[int, int]] = {
    ("alone", 1): (1, 2), ("alone", 2): (4, 5), ("alone", 3): (7, 7),
    ("differs", 1): (0, 2), ("differs", 2): (1, 0), ("differs", 3): (6, 1),
    ("overruled", 2): (2, 0), ("overruled", 3): (9, 1),
    ("elected", 1): (0, 1), ("elected", 2): (1, 2), ("elected", 3): (1, 1),
    ("stands_in", 2): (1, 0), ("stands_in", 3): (2, 0),
}  # fmt: skip
"""Right and wrong answers by their votes: 129 questions (63 of Spider's public databases, 66 of ours
about the sample), Qwen2.5-Coder-1.5B-Instruct at temperature 0 and up to four times at 0.7.

The weights for votes that the package brings were fitted to these with all others held fixed.
"""


class Written(BaseModel):
    """What a language model wrote for a question; None where it declined."""

    db: str
    question: str
    sql: str | None


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, what is known of it, and whether it is right; `count` times."""

    database: str
    known: Known
    is_right: bool
    count: float = 1.0


def main(
    questions: Annotated[list[Path], typer.Argument(help="Files of questions.")],
    *,
    databases: Annotated[Path, typer.Option(help="Folder that holds <db>.sqlite at any depth.")],
    statements: Annotated[Path | None, typer.Option(help="What a language model wrote.")] = None,
    out: Annotated[Path, typer.Option(help="File of weights to write.")] = FITTED,
) -> None:
    """Fit, print the figures of databases left out one at a time, and write weights and bars."""
    lines = [line for path in questions for line in read_lines(path, Line)]
    paths = find_databases(databases)
    tried = asyncio.run(try_out(lines, paths, masks=False))
    held = left_out(tried, sorted({name for one in tried for name in one.features}))
    found = [*_alone(held.values())]
    if statements is not None:
        written = {(w.db, w.question): w.sql for w in read_lines(statements, Written)}
        found += _beside(lines, held, paths, written)
    _write(found, out)


def _write(found: list[Answered], out: Path) -> None:
    given = [*found, *_before()]
    held = [
        (_fit(a for a in given if a.database != one.database).of(one.known), one) for one in found
    ]
    bars = [*_bars(held)]
    _report(held)
    weights = {name: round(weight, 3) for name, weight in _fit(given).weights.items()}
    show({share: bar for share, bar in bars})
    out.write_text(json.dumps({"weights": weights, "bars": bars}, indent=1) + "\n", "utf-8")


def _alone(held: Iterable[tuple[float, Tried]]) -> Iterator[Answered]:
    """What the embedded writer answers where no model is: `left_out` gives 0 to what it declines."""
    for likelihood, one in held:
        if likelihood >= Confidence.trained().threshold:
            nothing = any(one.features.get(name) for name in ("empty", "zero", "all_null"))
            known = Known("only", likelihood, is_empty=nothing)
            yield Answered(one.database, known, one.is_right)


def _beside(
    lines: Sequence[Line],
    held: Mapping[int, tuple[float, Tried]],
    paths: Mapping[str, Path],
    written: Mapping[tuple[str, str], str | None],
) -> Iterator[Answered]:
    """What a model and the embedded writer answer together; where they differ, both ways."""
    for number, line in enumerate(track(lines, description="Comparing", transient=True)):
        if (line.db, line.question) not in written:
            continue
        database = Database.open(f"sqlite:///{paths[line.db]}", name=line.db)
        first = _run(database, written[line.db, line.question])
        likelihood, one = held.get(number, (0.0, None))
        is_read = one is not None and likelihood >= Confidence.trained().threshold
        second = _run(database, one.sql) if one is not None and is_read else None
        for agreement, result in _compared(first, second):
            told = likelihood if is_read else None
            known = Known(agreement, told, is_empty=is_empty(result))
            yield Answered(
                line.db, known, is_right(golds_of(line, paths), paths[line.db], result.sql)
            )
        database.close()


def _compared(
    first: QueryResult | None, second: QueryResult | None
) -> Iterator[tuple[Agreement, QueryResult]]:
    if first is None:
        if second is not None:
            yield "stands_in", second
        return
    same = have_same_rows(first, second) if second is not None else None
    if second is None or same is None:
        yield "alone", first
    elif same:
        yield "same", first
    else:
        yield "differs", first
        yield "overruled", second


def _run(database: Database, sql: str | None) -> QueryResult | None:
    try:
        return database.run(sql, caller=TRAINER) if sql else None
    except Correctable:
        return None


def _before() -> Iterator[Answered]:
    for agreement, counts in BEFORE.items():
        for is_good, count in zip((True, False), counts, strict=True):
            yield Answered("", Known(agreement), is_good, count)
    for (agreement, votes), voted in VOTED.items():
        for is_good, count in zip((True, False), voted, strict=True):
            yield Answered("", Known(agreement, votes=votes), is_good, count)


def _fit(given: Iterable[Answered]) -> AnswerConfidence:
    answers = list(given)
    names = sorted({name for one in answers for name in one.known.features})
    rows = np.array([[one.known.features.get(name, 0.0) for name in names] for one in answers])
    model = cast(Any, LogisticRegression(C=1.0, fit_intercept=False, max_iter=2_000))
    right = [one.is_right for one in answers]
    model.fit(rows, right, sample_weight=[one.count for one in answers])
    return AnswerConfidence(dict(zip(names, model.coef_[0].tolist(), strict=True)))


def _bars(held: Sequence[tuple[float, Answered]]) -> Iterator[tuple[float, float]]:
    """For each share, the lowest confidence from which no larger share of answers is wrong.

    Not of all answers, nor on average of the databases: the next database is one, and no mixture.
    """
    chances = sorted({chance for chance, _ in held})
    wrong = {bar: _wrong([one for chance, one in held if chance >= bar]) for bar in chances}
    for share in SHARES:
        reached = [bar for bar in chances if wrong[bar] <= share]
        if reached:
            yield share, min(reached)


def _wrong(answers: Sequence[Answered]) -> float:
    """The share of wrong answers, or its mean over databases if that is more; all of too few."""
    if len(answers) < FEWEST:
        return 1.0
    by_database = dict[str, list[bool]]()
    for one in answers:
        by_database.setdefault(one.database, []).append(not one.is_right)
    shares = [sum(each) / len(each) for each in by_database.values() if len(each) >= FEWEST_OF_ONE]
    pooled = sum(not one.is_right for one in answers) / len(answers)
    return max(pooled, sum(shares) / len(shares)) if shares else 1.0


def _report(held: Sequence[tuple[float, Answered]]) -> None:
    for kind in sorted({one.known.agreement for _, one in held}):
        mine = [(chance, one) for chance, one in held if one.known.agreement == kind]
        good = sum(one.is_right for _, one in mine)
        show(f"{kind}: {len(mine)} answers, {good} right ({good / len(mine):.2f})")
    for low in (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        mine = [(c, one) for c, one in held if low <= c < (low + (0.2 if low < 0.4 else 0.1))]
        if mine:
            mean, good = sum(c for c, _ in mine) / len(mine), sum(o.is_right for _, o in mine)
            show(
                f"from {low:.1f}: {len(mine)} answers, thought {mean:.2f}, right {good / len(mine):.2f}"
            )


if __name__ == "__main__":
    typer.run(main)
