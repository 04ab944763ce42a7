"""Train the embedded SQL writer's confidence on public questions with their right statements.

Run by `make confidence QUESTIONS="A.jsonl B.jsonl" DATABASES=DIR`. Lines are {db, question, gold_sql,
gold_sql_alternatives?}; a gold_sql of null says that the database cannot answer. Figures are of
databases left out of the training one at a time.
"""

import asyncio
import itertools
import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, cast

import numpy as np
import typer
from pydantic import BaseModel
from rich import print as show
from rich.progress import track
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score  # pyright: ignore[reportUnknownVariableType]  # untyped arguments
from sklearn.preprocessing import StandardScaler
from sqlglot import exp

from agent.evaluation.dataset import find_databases, read_lines
from agent.toolbox import SqlTask
from serving.models.embedded.choose import confidence
from serving.models.embedded.choose.confidence import Confidence
from serving.models.embedded.choose.reader import StatementCandidate
from serving.models.embedded.sql.statement import Statement
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database
from tools.sql.schema import Schema

TRAINED = Path(confidence.__file__).with_suffix(".json")
TRAINER = Caller("training")
REFUSED = 0.92
"""Of the questions that a database cannot answer, how many must fall below the threshold."""
Rows = list[tuple[Any, ...]]
Golds = list[tuple[str, Rows | None]]
Numbers = np.ndarray[Any, np.dtype[np.float64]]
NOTHING = Statement(exp.Select(), Schema("sqlite", (), ""))


class Line(BaseModel):
    """A question about the database `db`, with the statements that answer it; None says nothing does."""

    db: str
    question: str
    gold_sql: str | None
    gold_sql_alternatives: list[str] | None = None

    @property
    def golds(self) -> list[str]:
        """The right statements."""
        return [self.gold_sql, *(self.gold_sql_alternatives or [])] if self.gold_sql else []


MASKED, MASKED_WEIGHT = 2, 0.5
"""One question in so many is asked a second time, of its database without a column it needs; some
are still answered rightly by another column, so such a question counts less."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A statement that was tried for a question, and whether its rows are the right ones."""

    question: int
    database: str
    is_answerable: bool
    is_masked: bool
    features: Mapping[str, float]
    is_right: bool
    sql: str


def main(
    questions: Annotated[list[Path], typer.Argument(help="Files of questions.")],
    *,
    databases: Annotated[Path, typer.Option(help="Folder that holds <db>.sqlite at any depth.")],
    out: Annotated[Path, typer.Option(help="File of weights to write.")] = TRAINED,
) -> None:
    """Train, print the figures of databases left out one at a time, and write the weights."""
    lines = [line for path in questions for line in read_lines(path, Line)]
    tried = asyncio.run(try_out(lines, find_databases(databases)))
    names = sorted({name for one in tried for name in one.features})
    held = left_out(tried, names)
    threshold = _threshold(tried, held)
    _report(tried, held, threshold)
    model = _fit(tried, names)
    rounded = {name: round(weight, 4) for name, weight in model.weights.items()}
    written = {"bias": round(model.bias, 4), "threshold": round(threshold, 3), "weights": rounded}
    out.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


async def try_out(
    lines: list[Line], paths: Mapping[str, Path], *, masks: bool = True
) -> list[Tried]:
    """The writer's result for each question, and with `masks` for some whose answer was removed."""
    writer, opened = EmbeddedSqlWriter(), dict[tuple[str, str], Database]()
    found: list[Tried] = []
    for number, line in enumerate(track(lines, description="Asking", transient=True)):
        name, masked = line.db, ""
        for masked in ("", *_needed(line, paths[name])[: masks and number % MASKED == 0]):
            if (name, masked) not in opened:
                opened[name, masked] = Database.open(
                    f"sqlite:///{paths[name]}",
                    name=name + masked,
                    denied_columns=[masked] if masked else [],
                )
            task = SqlTask(line.question, opened[name, masked], TRAINER)
            wanted = [] if masked else golds_of(line, paths)
            _, candidates = await writer.candidates(task)
            for one in candidates[:1]:
                good = is_right(wanted, paths[name], one.sql)
                asked = number + len(lines) * bool(masked)
                tried = Tried(asked, name, bool(wanted), bool(masked), one.features, good, one.sql)
                found.append(tried)
    for database in opened.values():
        database.close()
    return found


def golds_of(line: Line, paths: Mapping[str, Path]) -> Golds:
    """The right statements of a question with their rows."""
    return [(gold, _rows(paths[line.db], gold)) for gold in line.golds]


def is_right(golds: Golds, path: Path, sql: str) -> bool:
    """Whether a statement gives the rows of a right one."""
    rows = _rows(path, sql) if golds else None
    return rows is not None and any(
        gold is not None and _holds(gold, rows, is_ordered=_is_ordered(right))
        for right, gold in golds
    )


def _needed(line: Line, path: Path) -> list[str]:
    """A column that the right statement reads and no key is, as `table.column`."""
    if not line.gold_sql:
        return []
    said = set(re.findall(r"\w+", line.gold_sql.lower()))
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c "
            "WHERE m.type = 'table' AND NOT c.pk"
        ).fetchall()
    used = [f"{t}.{c}" for t, c in rows if t.lower() in said and c.lower() in said]
    plain = [one for one in used if not one.lower().endswith("id")]
    return plain[:1]


def _rows(path: Path, sql: str) -> Rows | None:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        connection.text_factory = _decoded
        steps = itertools.count()
        connection.set_progress_handler(lambda: next(steps) > 200, 1_000_000)
        try:
            return connection.execute(sql).fetchmany(20_000)
        except sqlite3.Error:
            return None


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _is_ordered(sql: str) -> bool:
    ordered = re.search(r"order\s+by", sql, re.IGNORECASE)
    return bool(ordered) and not re.search(r"limit\s+1\s*;?\s*$", sql, re.IGNORECASE)


def _holds(gold: Rows, rows: Rows, *, is_ordered: bool) -> bool:
    """Whether the columns of the gold rows are among the columns of these, row by row."""
    if not gold or len(gold) != len(rows):
        return not gold and not rows
    wanted = [[_cell(row[n]) for row in gold] for n in range(len(gold[0]))]
    given = [[_cell(row[n]) for row in rows] for n in range(len(rows[0]))]
    fits = [[n for n, g in enumerate(given) if sorted(g) == sorted(w)] for w in wanted]
    expected = list(zip(*wanted, strict=True))
    for choice in itertools.islice(itertools.product(*fits), 5_000):
        if len(set(choice)) == len(choice):
            picked = list(zip(*(given[n] for n in choice), strict=True))
            if picked == expected or (not is_ordered and sorted(picked) == sorted(expected)):
                return True
    return False


def _cell(value: object) -> str:
    return f"{float(value):.4f}" if isinstance(value, int | float) else str(value).strip()


def _matrix(tried: Iterable[Tried], names: list[str]) -> Numbers:
    return np.array([[one.features.get(name, 0.0) for name in names] for one in tried])


def _fit(tried: list[Tried], names: list[str]) -> Confidence:
    """The regression on scaled features, its weights put back to the features as they are."""
    scale = cast(Any, StandardScaler().fit(_matrix(tried, names)))
    model = cast(Any, LogisticRegression(C=0.3, max_iter=2_000))
    counted = [MASKED_WEIGHT if one.is_masked else 1.0 for one in tried]
    right = [one.is_right for one in tried]
    model.fit(scale.transform(_matrix(tried, names)), right, sample_weight=counted)
    weights: list[float] = (model.coef_[0] / scale.scale_).tolist()
    bias = float(model.intercept_[0] - np.dot(weights, scale.mean_))
    return Confidence(bias, weights=dict(zip(names, weights, strict=True)))


def left_out(tried: list[Tried], names: list[str]) -> dict[int, tuple[float, Tried]]:
    """The likeliest statement of each question by a model that never saw its database."""
    best: dict[int, tuple[float, Tried]] = {}
    for name in sorted({one.database for one in tried}):
        mine = [one for one in tried if one.database == name]
        model = _fit([one for one in tried if one.database != name], names)
        for one in mine:
            chance = model.of(one.features)
            is_whole = StatementCandidate(NOTHING, (), (), one.features).is_whole
            best[one.question] = (chance if is_whole else 0.0, one)
    return best


def _threshold(tried: list[Tried], held: Mapping[int, tuple[float, Tried]]) -> float:
    """The lowest confidence that lets few of the unanswerable questions through."""
    asked = {one.question for one in tried if not (one.is_answerable or one.is_masked)}
    chances = sorted((held[question][0] for question in asked), reverse=True)
    return max(0.15, chances[int(len(chances) * (1 - REFUSED))] if chances else 0.5)


def area_under_curve(right: list[bool], chances: list[float]) -> float:
    """How well these chances tell right from wrong (ROC): 0.5 is a guess, 1 is perfect."""
    return float(cast("float", roc_auc_score(right, chances)))


def _report(tried: list[Tried], held: Mapping[int, tuple[float, Tried]], threshold: float) -> None:
    chosen = list(held.values())
    right = [one.is_right for _, one in chosen]
    asked = sum(one.is_answerable for one in tried)
    show(
        f"answerable, with a statement: {asked}; others: {len(tried) - asked}; right: {sum(right)}"
    )
    show(f"AUC, left out: {area_under_curve(right, [chance for chance, _ in chosen]):.3f}")
    for level in (0.2, 0.3, 0.4, 0.5, threshold):
        kept = [one for chance, one in chosen if chance >= level]
        good = sum(one.is_right for one in kept)
        real = sum(one.is_answerable for one in kept)
        masked = sum(one.is_masked for one in kept)
        show(
            f"from {level:.2f}: {real} answerable ones answered, {good} right ({good / max(1, real):.3f}); "
            f"let through: {masked} masked, {len(kept) - real - masked} unanswerable"
        )
    _report_databases(chosen, threshold)


def _report_databases(chosen: list[tuple[float, Tried]], threshold: float) -> None:
    """How many of each database's questions were answered rightly by what never saw it."""
    for name in sorted({one.database for _, one in chosen}):
        mine = [(chance, one) for chance, one in chosen if one.database == name]
        asked = [(chance, one) for chance, one in mine if one.is_answerable]
        kept = [one for chance, one in asked if chance >= threshold]
        good = sum(one.is_right for one in kept)
        show(f"  {name}: {len(asked)} read, {len(kept)} answered, {good} right")


if __name__ == "__main__":
    typer.run(main)
