"""The sets of questions: each is asked through the agent, and each outcome kept as it comes."""

import importlib.util
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from eval_cases import Outcome, is_cited, read_sample, spread_over

from agent.evaluation.dataset import Case, CorpusEntry, find_databases, read_lines
from agent.evaluation.runner import choose_routes, write_statements
from agent.graph import build_graph
from serving.auth.local import LOCAL
from serving.config.settings import Settings
from serving.evaluation.case import SetCase
from serving.evaluation.record import Record
from serving.evaluation.verdict import Verdict, score
from serving.parts.assembly import Parts, open_parts, search_over, toolbox_over
from serving.wire.answer import Answer
from serving.wire.question import Question
from tools.errors import DocsqlError

ORDERED = re.compile(r"order\s+by", re.IGNORECASE)
ONE_ROW = re.compile(r"limit\s+1\s*;?\s*$", re.IGNORECASE)
SQL_SETS = {"spider": "Spider", "defog": "defog", "hpe": "compute instances"}


class GoldCase(Case):
    """A question with the statements that answer it; None says that nothing does."""

    gold_sql: str | None = None
    gold_sql_alternatives: list[str] | None = None


class Kept:
    """A file of outcomes, to which what is new is added at once: a run goes on where it was stopped."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        self._file = file

    def outcomes(self) -> dict[str, Outcome]:
        found = read_lines(self._file, Outcome)
        return {one.id: one for one in found}

    def add(self, outcome: Outcome) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(f"{outcome.model_dump_json()}\n")


async def ask_sample(
    most: int, settings: Settings, done: Mapping[str, Outcome]
) -> AsyncIterator[Outcome]:
    """The questions about the sample, each on a thread of its own."""
    cases = [case for case in spread_over(read_sample(), most) if case.id not in done]
    if not cases:
        return
    async with open_parts(settings) as parts:
        for case in cases:
            yield await _asked(parts, case)


async def _asked(parts: Parts, case: SetCase) -> Outcome:
    began, thread = time.perf_counter(), None
    try:
        for earlier in case.after:
            thread = (await _answer(parts, earlier, thread)).thread_id
        answer = await _answer(parts, case.question, thread)
    except DocsqlError as error:
        return Outcome(id=case.id, group=case.group, verdict="failed", warnings=[str(error)])
    return Outcome(
        id=case.id,
        group=case.group,
        verdict=score(case, Record(id=case.id, answer=answer), expected=None).verdict,
        is_routed=answer.route in case.routes,
        route=answer.route,
        status=answer.status,
        answer=answer.answer,
        sql=[query.sql for query in answer.queries],
        warnings=answer.warnings,
        is_cited=is_cited(answer.answer),
        confirmed=_is_confirmed(answer),
        seconds=time.perf_counter() - began,
        **answer.usage.model_dump(),
    )


def _is_confirmed(answer: Answer) -> bool | None:
    """Whether a second reading gave the same rows for each statement; None where none was made."""
    told = [query.confirmed for query in answer.queries]
    return None if None in told or not told else all(told)


async def _answer(parts: Parts, question: str, thread: str | None) -> Answer:
    return await parts.turns.answer(Question(question=question, thread_id=thread), LOCAL)


async def ask_sql(
    shared: Path, name: str, most: int, settings: Settings, done: Mapping[str, Outcome]
) -> AsyncIterator[Outcome]:
    """A public set of questions with right statements: each is written, run and repaired."""
    folder = shared / "sql" / name
    cases = spread_over(read_lines(folder / "questions.jsonl", GoldCase), most)
    databases, scorer = find_databases(folder), SqlScorer(shared / "score_sql.py")
    left = [case for case in cases if case.id not in done]
    with toolbox_over(
        settings, {name: databases[name] for name in {c.db for c in left}}
    ) as toolbox:
        for case in left:
            began = time.perf_counter()
            async for written in write_statements([case], toolbox):
                yield Outcome(
                    id=case.id,
                    group=SQL_SETS[name],
                    verdict=scorer.judge(case, written.sql, databases[case.db]),
                    status=written.error or "",
                    sql=[written.sql] if written.sql else [],
                    seconds=time.perf_counter() - began,
                )


class SqlScorer:
    """The comparison of rows beside the public data, which decides what is right."""

    def __init__(self, file: Path) -> None:
        spec = importlib.util.spec_from_file_location("score_sql", file)
        if spec is None or spec.loader is None:
            raise FileNotFoundError(file)
        self._module: Any = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self._module)

    def judge(self, case: GoldCase, sql: str | None, database: Path) -> Verdict:
        """Right where the rows are a gold statement's, further columns allowed."""
        if case.gold_sql is None:
            return "right" if sql is None else "wrong"
        if sql is None:
            return "declined"
        golds = [case.gold_sql, *(case.gold_sql_alternatives or [])]
        return "right" if any(self._same(gold, sql, database) for gold in golds) else "wrong"

    def _same(self, gold: str, sql: str, database: Path) -> bool:
        is_ordered = bool(ORDERED.search(gold)) and not ONE_ROW.search(gold)
        try:
            rows = [self._module.run(database, statement) for statement in (gold, sql)]
        except sqlite3.Error:
            return False
        return bool(self._module.match(*rows, is_ordered, True))  # noqa: FBT003


async def ask_routing(
    shared: Path, most: int, settings: Settings, done: Mapping[str, Outcome]
) -> AsyncIterator[Outcome]:
    """A public set of questions whose right way is known, each with its database and the passages."""
    cases = spread_over(read_lines(shared / "routing" / "questions.jsonl", Case), most)
    left = [case for case in cases if case.id not in done]
    corpus = read_lines(shared / "retrieval" / "squad2" / "corpus.jsonl", CorpusEntry)
    databases = find_databases(shared / "sql")
    with ExitStack() as stack:
        search = stack.enter_context(search_over(settings, corpus))
        files = {name: databases[name] for name in {case.db for case in left}}
        toolbox = stack.enter_context(toolbox_over(settings, files, search))
        machine = build_graph(toolbox)
        for case in left:
            began = time.perf_counter()
            async for sent in choose_routes([case], machine, toolbox.databases):
                is_right = sent.route in case.expect
                yield Outcome(
                    id=case.id,
                    group=f"wanted: {case.expect[0]}",
                    verdict="right" if is_right else "wrong",
                    is_routed=is_right,
                    route=sent.route,
                    status=sent.status,
                    seconds=time.perf_counter() - began,
                )
