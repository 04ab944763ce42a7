"""Drafts a set from a person's own data, for review."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, zip_longest

from serving.evaluation.case import SetCase
from serving.evaluation.draft_passages import of_both, passage_drafts, without_documents
from serving.evaluation.draft_rows import Drafting
from serving.evaluation.expected import read_table
from serving.wire.documents import DocumentContent
from serving.wire.threads import FeedbackRecord, ThreadContent
from tools.errors import Unavailable
from tools.sql.run import Database

_BOTH = 6
"""Questions for a database and a document."""
_SOME = 6
"""Questions whose document is taken away."""
_NO_ID = re.compile(r"[^a-z0-9]+")


def draft_set(
    databases: Mapping[str, Database], contents: Sequence[DocumentContent], *, limit: int
) -> list[SetCase]:
    """At most that many drafts, of all kinds in turn; what people gave is not counted.

    A database that does not answer is left out.
    """
    rows = [case for database in databases.values() for case in _of(database)]
    facts = list(passage_drafts(contents))
    mixed = chain(_both(rows, facts, databases), _taken_away(facts) if databases else ())
    return _in_turn([*rows, *facts, *mixed], limit)


def joined(
    existing: Sequence[SetCase], *drafts: Iterable[SetCase], is_accepted: bool = False
) -> list[SetCase]:
    """The set with the drafts that ask something new, each with an id of its own.

    What was dropped, or is asked in other words by now, is not new.
    """
    found, ids = list(existing), Counter(case.id for case in existing)
    known = {_asked(case) for case in existing}
    settled = set(map(_matter, existing))
    for case in chain.from_iterable(drafts):
        if _asked(case) in known or _matter(case) in settled:
            continue
        known.add(_asked(case))
        stem = _NO_ID.sub("-", case.kind.lower()).strip("-") or "case"
        number = next(n for n in range(1, len(ids) + 2) if not ids[f"{stem}-{n}"])
        ids[f"{stem}-{number}"] += 1
        update = {"id": f"{stem}-{number}", "accepted": is_accepted}
        found.append(case.model_copy(update=update))
    return found


def from_feedback(records: Iterable[FeedbackRecord]) -> Iterator[SetCase]:
    """Questions whose answer somebody rated down; a person has to give the right one."""
    for record in records:
        if record.rating == "down":
            said = f"Rated down{f', for: {record.comment}' if record.comment else ''}."
            yield SetCase(
                id="draft",
                kind="feedback",
                question=record.question,
                note=f"{said} The answer was: {record.answer}",
            )


def from_repairs(threads: Iterable[ThreadContent]) -> Iterator[SetCase]:
    """Questions for which a person wrote the statement, which is the right one."""
    for thread in threads:
        asked: list[str] = []
        for turn in thread.turns:
            for query in turn.answer.queries:
                if not query.writer:
                    yield SetCase(
                        id="draft",
                        kind="repaired",
                        question=turn.question,
                        after=tuple(asked),
                        database=query.database,
                        sql=(query.sql,),
                        note="A person wrote this statement.",
                    )
            asked.append(turn.question)


def _of(database: Database) -> list[SetCase]:
    try:
        return list(Drafting(database).cases())
    except Unavailable:
        return []


def _both(
    rows: Sequence[SetCase], facts: Sequence[SetCase], databases: Mapping[str, Database]
) -> Iterator[SetCase]:
    """Counts paired with facts; a person decides which belong together."""
    counts = [case for case in rows if case.kind == "count"]
    named = [case for case in facts if case.kind == "fact"]
    for counted, fact in list(zip(counts, reversed(named), strict=False))[:_BOTH]:
        ((number, *_), *_) = read_table(counted.sql[0], databases[counted.database]).rows
        if isinstance(number, int | float):
            yield of_both(counted, fact, number)


def _taken_away(facts: Sequence[SetCase]) -> Iterator[SetCase]:
    for fact in facts[:: max(1, len(facts) // _SOME)]:
        yield without_documents(fact)


def _in_turn(cases: Iterable[SetCase], limit: int) -> list[SetCase]:
    """One of each kind, then the next of each: a short set has all kinds too."""
    kinds: defaultdict[str, list[SetCase]] = defaultdict(list)
    for case in cases:
        kinds[case.kind].append(case)
    turns = chain.from_iterable(zip_longest(*kinds.values()))
    chosen = [case for case in turns if case is not None][:limit]
    return sorted(chosen, key=lambda case: list(kinds).index(case.kind))


def _asked(case: SetCase) -> tuple[object, ...]:
    return (case.question.casefold(), case.after, case.mode)


def _matter(case: SetCase) -> tuple[object, ...]:
    """What a draft is about, in whatever words a person asks for it by now."""
    if not (case.sql or case.spans or case.without):
        return (case.id, *_asked(case))
    return (case.kind, case.database, case.sql, case.spans, case.without, case.after)
