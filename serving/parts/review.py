"""Answers that a person should look at, as proposals for verified queries; none is taken unasked."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

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
_SHOWN = 1000
"""Characters of a comment or an answer that are shown."""
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
CORRECTED = "a person corrected its statement"
DIFFERED = "two readings of it gave different rows"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A question with its statement; `why` says what makes a person look at it."""

    question: str
    sql: str
    why: str
    answer: str = ""

    @property
    def shown(self) -> str:
        """What a person sees of it: each part on a line of its own, however it is written.

        Nobody's question or comment can so pass for another part. Of the statement nothing is left
        out, as it is what is verified.
        """
        lines = self.sql.splitlines()
        return "\n".join(
            [
                self.question,
                f"  why: {_shortened(self.why)}",
                f"  answered: {_shortened(self.answer)}",
                *(f"  | {line}" for line in lines),
            ]
        )

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
            found.append(Proposal(_on_a_line(turn.question), asked[-1].sql, why, answer))
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
    return _HEAD + _yaml(rows)


def accepted_in(path: Path) -> list[Proposal]:
    """What a person has accepted in a file of proposals.

    Raises:
        BadInput: the file cannot be read, or is of another form.
    """
    try:
        said: object = yaml.safe_load(path.read_text("utf-8")) or []
        rows = TypeAdapter(list[_Reviewed]).validate_python(said)
    except RecursionError as error:
        raise BadInput(f"The proposals in {str(path)!r} are nested too deeply.") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise BadInput(f"The proposals in {str(path)!r} cannot be read: {error}") from error
    return [Proposal(_on_a_line(r.question), r.sql, r.why, r.answer) for r in rows if r.accept]


def take(accepted: Sequence[Proposal], database: Database, settings: Settings, *, by: str) -> int:
    """Add accepted proposals to the golden queries, verified by that person today; how many.

    A question that is verified already is left as it is.

    Raises:
        BadInput: there is no file for them, it cannot be written, or nothing can be added to it.
        Refused: a statement does not pass the gate; then none is added.
    """
    known = {_plain(pair.question) for pair in database.golden()}
    new = {_plain(one.question): one for one in accepted if _plain(one.question) not in known}
    for one in new.values():
        database.check(one.sql)
    if new:
        path = golden_file(settings, database.name) or _new_file(settings, database.name)
        _append([{"question": one.question, "sql": one.sql} for one in new.values()], path)
        accept_golden(database, settings, by=by, new=[one.question for one in new.values()])
    return len(new)


def _append(rows: Sequence[Mapping[str, object]], path: Path) -> None:
    try:
        before = path.read_text("utf-8") if path.is_file() else ""
        text = f"{before.rstrip()}\n{_yaml(rows)}".lstrip()
        if _loaded(text) != [*(_loaded(before) or []), *rows]:
            raise BadInput(
                f"Nothing can be added to {str(path)!r}: write each of its pairs as an entry that "
                "begins with a dash in the first column."
            )
        path.write_text(text, "utf-8")
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be written ({error.strerror}).") from error


def _yaml(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows as YAML that says the same when it is read: what would not is written as an escape."""
    text = yaml.safe_dump([*rows], allow_unicode=True, sort_keys=False)
    is_same = _loaded(text) == [*rows]
    return text if is_same else yaml.safe_dump([*rows], sort_keys=False)


def _loaded(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def _on_a_line(text: str) -> str:
    """A text without line breaks, and without what turns its direction or a terminal obeys."""
    return " ".join(_UNSEEN.sub(" ", text).split())


def _shortened(text: str) -> str:
    line = _on_a_line(text)
    left = len(line) - _SHOWN
    return line if left <= 0 else f"{line[:_SHOWN]}… ({left} characters more)"


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
