"""Records of threads beside their checkpoints: one statement per method, for SQLite and PostgreSQL."""

import importlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Engine,
    Executable,
    Row,
    Table,
    and_,
    bindparam,
    column,
    delete,
    func,
    select,
    table,
    update,
)

from serving.conversations.search import cursor_at, follows, is_titled, mentions, titles_first
from serving.conversations.tables import (
    ADDITIONS,
    CHOICES,
    EVIDENCE,
    FEEDBACK,
    OURS,
    RESPONSES,
    THREADS,
    TRAILS,
    TURNS,
    UNANSWERED,
)

CHECKPOINTS = {
    "sqlite": ("checkpoints", "writes"),
    "postgresql": ("checkpoints", "checkpoint_writes", "checkpoint_blobs"),
}
"""The tables of LangGraph's savers, which have a column `thread_id`."""
MAX_TITLE = 80


def now() -> str:
    """The time as the tables keep it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True, slots=True)
class KeptThread:
    """A conversation; `thread` is its name among everybody's, `id` among its owner's."""

    thread: str
    id: str
    title: str
    created_at: str
    updated_at: str
    turns: int


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """One answered question; `answer` is JSON without its evidence, which is named by id."""

    id: str
    thread: str
    owner: str
    asked_at: str
    question: str
    answer: str
    evidence: Sequence[str]


@dataclass(frozen=True, slots=True)
class KeptFeedback:
    """Feedback on a turn."""

    rating: str
    comment: str
    given_at: str
    turn: KeptTurn


_THREADS = select(
    THREADS.c.thread,
    THREADS.c.id,
    THREADS.c.title,
    THREADS.c.created_at,
    THREADS.c.updated_at,
    select(func.count()).where(TURNS.c.thread == THREADS.c.thread).scalar_subquery(),
)


_BEFORE = select(
    select(TRAILS.c.steps).where(TRAILS.c.turn == bindparam("turn")).scalar_subquery(),
    select(func.count()).where(TURNS.c.thread == bindparam("thread")).scalar_subquery(),
)
"""The steps that a turn has, and how many turns its thread has."""
_NOW_ANSWERED = delete(UNANSWERED).where(UNANSWERED.c.thread == bindparam("thread"))


@dataclass(frozen=True, slots=True)
class Records:
    """The statements; every method waits for the database, and commits before it returns."""

    engine: Engine

    def keep_evidence(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keep evidence under its ids; a passage found again is the same."""
        if rows:
            self._write(EVIDENCE, rows)

    def evidence(self, ids: Sequence[str]) -> dict[str, tuple[str, bytes]]:
        """The kind and bytes of each id that is still there."""
        wanted = select(EVIDENCE.c.id, EVIDENCE.c.kind, EVIDENCE.c.item)
        with self.engine.connect() as connection:
            found = connection.execute(wanted.where(EVIDENCE.c.id.in_(ids)))
            return {row.id: (row.kind, row.item) for row in found}

    def begin(
        self,
        thread: str,
        *,
        owner: str,
        id_: str,
        question: str,
        settings: str = "{}",
        is_asked: bool = False,
    ) -> None:
        """Create the thread before anything is stored under it; `settings` are JSON.

        A question that `is_asked` is kept as unanswered until its turn is.
        """
        moment = now()
        values = {
            "thread": thread,
            "owner": owner,
            "id": id_,
            "title": _title(question),
            "created_at": moment,
            "updated_at": moment,
        }
        dialect = self.engine.dialect.name
        with self.engine.begin() as connection:
            connection.execute(_upsert(THREADS, dialect, ("updated_at",)), [values])
            chosen = {"thread": thread, "settings": settings}
            connection.execute(_upsert(CHOICES, dialect), [chosen])
            if is_asked:
                asked = {"thread": thread, "question": question}
                connection.execute(_upsert(UNANSWERED, dialect), [asked])

    def keep_turn(self, turn: KeptTurn, steps: Sequence[Any] = ()) -> int:
        """Keep an answered question, the same turn again in its place; how many the thread has.

        Its steps come after those that it has.
        """
        values = {**asdict(turn), "evidence": json.dumps(list(turn.evidence))}
        dialect = self.engine.dialect.name
        with self.engine.begin() as connection:
            connection.execute(_upsert(TURNS, dialect), [values])
            of = {"turn": turn.id, "thread": turn.thread}
            before, turns = connection.execute(_BEFORE, of).one()
            trail = json.dumps([*json.loads(before or "[]"), *steps], ensure_ascii=False)
            connection.execute(_upsert(TRAILS, dialect), [{**of, "steps": trail}])
            connection.execute(_NOW_ANSWERED, of)
            return turns

    def take_unanswered(self, thread: str) -> bool:
        """Have a question no longer count as unanswered; whether it did, which one taker is told."""
        with self.engine.begin() as connection:
            return connection.execute(_NOW_ANSWERED, {"thread": thread}).rowcount > 0

    def unanswered(self, thread: str) -> str:
        """The last question of a thread if it has no answer, otherwise empty."""
        wanted = select(UNANSWERED.c.question).where(UNANSWERED.c.thread == thread)
        with self.engine.connect() as connection:
            return connection.execute(wanted).scalar_one_or_none() or ""

    def trails(self, thread: str) -> dict[str, str]:
        """The steps of a thread's turns as JSON, by turn; a turn of an older version has none."""
        wanted = select(TRAILS.c.turn, TRAILS.c.steps).where(TRAILS.c.thread == thread)
        with self.engine.connect() as connection:
            return {row.turn: row.steps for row in connection.execute(wanted)}

    def settings(self, thread: str) -> str | None:
        """A thread's settings as JSON."""
        wanted = select(CHOICES.c.settings).where(CHOICES.c.thread == thread)
        with self.engine.connect() as connection:
            return connection.execute(wanted).scalar_one_or_none()

    def keep_settings(self, thread: str, settings: str) -> None:
        """Give a thread other settings."""
        self._write(CHOICES, [{"thread": thread, "settings": settings}])

    def keep_addition(self, thread: str, report: str) -> None:
        """Keep what became of an upload, as JSON."""
        row = {"id": uuid4().hex, "thread": thread, "added_at": now(), "report": report}
        self._write(ADDITIONS, [row])

    def additions(self, thread: str) -> list[tuple[str, str]]:
        """A thread's uploads: when, and what became of them as JSON, oldest first."""
        wanted = select(ADDITIONS.c.added_at, ADDITIONS.c.report)
        wanted = wanted.where(ADDITIONS.c.thread == thread).order_by(ADDITIONS.c.added_at)
        with self.engine.connect() as connection:
            return [(row.added_at, row.report) for row in connection.execute(wanted)]

    def ratings(self, thread: str) -> dict[str, tuple[str, str]]:
        """What was said of a thread's turns: rating and comment, by turn."""
        wanted = select(FEEDBACK).where(FEEDBACK.c.thread == thread)
        with self.engine.connect() as connection:
            return {row.turn: (row.rating, row.comment) for row in connection.execute(wanted)}

    def forget_turns(self, turns: Sequence[KeptTurn], *, rest: Sequence[KeptTurn]) -> None:
        """Forget turns with all that is theirs alone; `rest` are the others of the thread."""
        ids, kept = [turn.id for turn in turns], {each for turn in rest for each in turn.evidence}
        theirs = {each for turn in turns for each in turn.evidence} - kept
        with self.engine.begin() as connection:
            for table_of in (FEEDBACK, TRAILS, RESPONSES):
                connection.execute(delete(table_of).where(table_of.c.turn.in_(ids)))
            connection.execute(delete(TURNS).where(TURNS.c.id.in_(ids)))
            connection.execute(delete(EVIDENCE).where(EVIDENCE.c.id.in_(theirs)))

    def threads(
        self, owner: str, *, limit: int, before: str | None, search: str = ""
    ) -> tuple[list[KeptThread], str | None]:
        """A page of a caller's threads, the latest first, and the `before` of the next page.

        `search` leaves those in which each of its words begins a word; hits in titles come first.
        """
        dialect = self.engine.dialect.name
        titled = is_titled(search, dialect)
        wanted = _THREADS.add_columns(titled).where(THREADS.c.owner == owner)
        wanted = wanted.where(mentions(search, dialect))
        if before is not None:
            wanted = wanted.where(follows(before, search, dialect))
        order = titles_first(search, dialect) if search.strip() else [THREADS.c.updated_at.desc()]
        with self.engine.connect() as connection:
            rows = connection.execute(wanted.order_by(*order).limit(limit)).all()
        found = [KeptThread(*row[:-1]) for row in rows]
        is_full = bool(rows) and len(rows) == limit
        return found, cursor_at(found[-1].updated_at, is_titled=rows[-1][-1]) if is_full else None

    def thread(self, thread: str) -> KeptThread | None:
        """One thread, None when there is none of that name."""
        with self.engine.connect() as connection:
            row = connection.execute(_THREADS.where(THREADS.c.thread == thread)).first()
        return KeptThread(*row) if row else None

    def turns(self, thread: str) -> list[KeptTurn]:
        """A thread's turns, oldest first."""
        wanted = select(TURNS).where(TURNS.c.thread == thread).order_by(TURNS.c.asked_at)
        with self.engine.connect() as connection:
            return [_turn(row) for row in connection.execute(wanted)]

    def turn(self, id_: str, *, owner: str) -> KeptTurn | None:
        """One turn, if it is the owner's."""
        wanted = select(TURNS).where(and_(TURNS.c.id == id_, TURNS.c.owner == owner))
        with self.engine.connect() as connection:
            row = connection.execute(wanted).first()
        return _turn(row) if row else None

    def rename(self, thread: str, title: str) -> None:
        """Give a thread another title."""
        with self.engine.begin() as connection:
            connection.execute(
                update(THREADS).where(THREADS.c.thread == thread).values(title=title)
            )

    def delete(self, thread: str) -> None:
        """Forget all that these tables hold of a thread."""
        with self.engine.begin() as connection:
            for ours in OURS:
                connection.execute(delete(ours).where(ours.c.thread == thread))

    def prune_sqlite(self, thread: str) -> None:
        """Leave a thread's last checkpoint alone: the state that the next turn begins with.

        A call's checkpoints have namespaces of their own and go with their turn.
        """
        checkpoints = table(
            "checkpoints", *map(column, ("thread_id", "checkpoint_id", "checkpoint_ns"))
        )
        mine, root = checkpoints.c.thread_id == thread, checkpoints.c.checkpoint_ns == ""
        last = select(func.max(checkpoints.c.checkpoint_id)).where(mine, root).scalar_subquery()
        with self.engine.begin() as connection:
            for name in CHECKPOINTS["sqlite"]:
                each = table(name, *map(column, ("thread_id", "checkpoint_id")))
                earlier = and_(each.c.thread_id == thread, each.c.checkpoint_id != last)
                connection.execute(delete(each).where(earlier))

    def count(self, thread: str) -> dict[str, int]:
        """The rows of every table, LangGraph's included, that belong to a thread."""
        keys: list[tuple[str, ColumnElement[str]]] = [(ours.name, ours.c.thread) for ours in OURS]
        for name in CHECKPOINTS[self.engine.dialect.name]:
            keys.append((name, table(name, column("thread_id")).c.thread_id))
        with self.engine.connect() as connection:
            return {
                name: connection.execute(select(func.count(key)).where(key == thread)).scalar_one()
                for name, key in keys
            }

    def older_than(self, moment: str) -> list[str]:
        """The threads that nothing was asked on since then."""
        wanted = select(THREADS.c.thread).where(THREADS.c.updated_at < moment)
        with self.engine.connect() as connection:
            return list(connection.execute(wanted).scalars())

    def keep_feedback(self, values: Mapping[str, str]) -> None:
        """Keep what somebody said of a turn; a second word on it replaces the first."""
        self._write(FEEDBACK, [values])

    def feedback(self, *, owner: str | None) -> list[KeptFeedback]:
        """Feedback with its turns, oldest first; owner None means everybody's."""
        wanted = select(FEEDBACK.c.rating, FEEDBACK.c.comment, FEEDBACK.c.given_at, TURNS)
        wanted = wanted.join(TURNS, TURNS.c.id == FEEDBACK.c.turn).order_by(FEEDBACK.c.given_at)
        if owner is not None:
            wanted = wanted.where(FEEDBACK.c.owner == owner)
        with self.engine.connect() as connection:
            found = connection.execute(wanted)
            return [KeptFeedback(r.rating, r.comment, r.given_at, _turn(r)) for r in found]

    def latest_turns(self, *, limit: int = 1_000) -> list[KeptTurn]:
        """Everybody's answered questions, the latest first."""
        wanted = select(TURNS).order_by(TURNS.c.asked_at.desc()).limit(limit)
        with self.engine.connect() as connection:
            return list(map(_turn, connection.execute(wanted)))

    def _write(
        self, kept: Table, rows: Sequence[Mapping[str, Any]], *, renewed: tuple[str, ...] = ()
    ) -> None:
        with self.engine.begin() as connection:
            upsert = _upsert(kept, self.engine.dialect.name, renewed)
            connection.execute(upsert, list(map(dict, rows)))


def dialects_insert(dialect: str, kept: Table) -> Any:
    """The two dialects have one way of saying "on conflict", which SQLAlchemy keeps apart."""
    return importlib.import_module(f"sqlalchemy.dialects.{dialect}").insert(kept)


def _title(question: str) -> str:
    if len(question) <= MAX_TITLE:
        return question
    return f"{question[: MAX_TITLE - 1].rsplit(maxsplit=1)[0]}…"


@cache
def _upsert(kept: Table, dialect: str, renewed: tuple[str, ...] = ()) -> Executable:
    """Rows in place of those of the same key, of which only the `renewed` columns change, or all.

    Made once: SQLAlchemy takes longer to put a statement together than SQLite to carry it out.
    """
    insert = dialects_insert(dialect, kept)
    key = [column.name for column in kept.primary_key]
    names = renewed or [each.name for each in kept.columns if each.name not in key]
    new = {name: insert.excluded[name] for name in names}
    return insert.on_conflict_do_update(index_elements=key, set_=new)


def _turn(row: Row[Any]) -> KeptTurn:
    return KeptTurn(
        row.id,
        row.thread,
        row.owner,
        row.asked_at,
        row.question,
        row.answer,
        json.loads(row.evidence),
    )
