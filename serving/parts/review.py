"""Answers that a person should look at, as proposals for verified queries; none is taken unasked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from serving.config.settings import Settings
from serving.conversations.records import KeptTurn
from serving.conversations.store import ThreadStore
from serving.parts.golden import accept_golden, golden_file
from serving.wire.answer import Answer
from tools.errors import BadInput
from tools.sql.result import QueryResult
from tools.sql.run import Database

_HEAD = """\
# Answers that were rejected, corrected or in doubt. Correct the SQL where it is wrong, set
# `accept: true` where it is right, then: docsql golden review --import THIS-FILE
"""
CORRECTED = "a person corrected its statement"
DIFFERED = "two readings of it gave different rows"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A question with its statement; `why` says what makes a person look at it."""

    question: str
    sql: str
    why: str
    answer: str = ""

    def corrected(self, sql: str) -> "Proposal":
        """The same with another statement."""
        return replace(self, sql=sql)


class _Reviewed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    question: str
    sql: str
    why: str = ""
    answer: str = ""
    accept: bool = False


async def proposals(threads: ThreadStore, database: str, known: Iterable[str]) -> list[Proposal]:
    """The answers of a database that somebody should look at, latest first, each question once.

    `known` are the questions that are golden already.
    """
    rated = await threads.ask(lambda records: records.feedback(owner=None))
    down = {one.turn.id: one.comment for one in rated if one.rating == "down"}
    seen = {_plain(question) for question in known}
    found: list[Proposal] = []
    for turn in await threads.ask(lambda records: records.latest_turns()):
        evidence = await threads.read(turn.evidence)
        results = [one for one in evidence if isinstance(one, QueryResult)]
        asked = [one for one in results if one.database == database]
        why = _why(turn, asked, down) if asked else ""
        if why and _plain(turn.question) not in seen:
            seen.add(_plain(turn.question))
            answer = Answer.model_validate_json(turn.answer).answer
            found.append(Proposal(turn.question, asked[-1].sql, why, answer))
    return found


def _why(turn: KeptTurn, results: Sequence[QueryResult], down: Mapping[str, str]) -> str:
    if turn.id in down:
        return f"rejected: {down[turn.id]}" if down[turn.id] else "rejected"
    if any(not one.writer for one in results):
        return CORRECTED
    return DIFFERED if any(one.confirmed is False for one in results) else ""


def proposal_file(found: Sequence[Proposal]) -> str:
    """A file of proposals, for a person to go through."""
    rows = [
        {"question": p.question, "sql": p.sql, "why": p.why, "answer": p.answer, "accept": False}
        for p in found
    ]
    return _HEAD + yaml.safe_dump(rows, allow_unicode=True, sort_keys=False)


def accepted_in(path: Path) -> list[Proposal]:
    """What a person has accepted in a file of proposals.

    Raises:
        BadInput: the file cannot be read, or is of another form.
    """
    try:
        said: object = yaml.safe_load(path.read_text("utf-8")) or []
        rows = TypeAdapter(list[_Reviewed]).validate_python(said)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise BadInput(f"The proposals in {str(path)!r} cannot be read: {error}") from error
    return [Proposal(r.question, r.sql, r.why, r.answer) for r in rows if r.accept]


def take(accepted: Sequence[Proposal], database: Database, settings: Settings, *, by: str) -> int:
    """Add accepted proposals to the golden queries, verified by that person today; how many.

    Raises:
        BadInput: there is no file for them, or it cannot be written.
        Refused: a statement does not pass the gate; then none is added.
    """
    for one in accepted:
        database.check(one.sql)
    if accepted:
        path = golden_file(settings, database.name) or _new_file(settings, database.name)
        rows = [{"question": one.question, "sql": one.sql} for one in accepted]
        text = yaml.safe_dump(rows, allow_unicode=True, sort_keys=False)
        try:
            before = path.read_text("utf-8") if path.is_file() else ""
            path.write_text(f"{before.rstrip()}\n{text}".lstrip(), "utf-8")
        except OSError as error:
            raise BadInput(f"{str(path)!r} cannot be written ({error.strerror}).") from error
        accept_golden(database, settings, by=by, new=[one.question for one in accepted])
    return len(accepted)


def _new_file(settings: Settings, database: str) -> Path:
    model = settings.databases[database].model if database in settings.databases else None
    if model is None:
        raise BadInput(
            "Say where golden queries are to be: "
            f"DOCSQL_DATABASES__{database.upper()}__GOLDEN_QUERIES."
        )
    return model.with_name(f"{model.stem}.golden.yaml")


def _plain(question: str) -> str:
    return " ".join(question.lower().split()).rstrip(" ?.!")
