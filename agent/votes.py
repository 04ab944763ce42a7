"""Further statements of a writer for one question, and the rows that most of them give.

A small model that is asked again at a higher temperature makes other mistakes each time, and the
right statement more often than any one of them: self-consistency, https://arxiv.org/abs/2203.11171.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from agent.drafts import SqlDraft
from agent.same_rows import have_same_rows, is_empty
from agent.state import add_counts
from agent.toolbox import SqlSampler, SqlTask
from tools.errors import Correctable, Unavailable
from tools.sql.run import QueryResult

ENOUGH = 3
"""Votes with which rows are elected; no further statement is asked for then."""


@dataclass(frozen=True, slots=True)
class Election:
    """The rows that most statements give, the votes for them, and what the statements cost.

    `result` is None where no statement ran.
    """

    result: QueryResult | None
    votes: int
    usage: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(slots=True)
class _Party:
    """Results with the same rows, the first one for all of them."""

    result: QueryResult
    votes: int

    @property
    def rank(self) -> tuple[int, bool]:
        """Most votes first; on a tie, the one that found something."""
        return self.votes, not is_empty(self.result)


@dataclass(frozen=True, slots=True)
class Sampling:
    """Asks a writer for up to `most` further statements, and counts the rows that they give."""

    writer: SqlSampler
    most: int

    async def elect(self, task: SqlTask, given: Sequence[tuple[QueryResult, int]]) -> Election:
        """The rows of most statements, of those `given` with their votes and of the further ones.

        Each of these has one vote; on a tie, the first wins. What does not run has
        none, and the same text runs once. It ends early once rows have `ENOUGH` votes, or the writer
        is away.
        """
        parties, usage = list[_Party](), dict[str, int]()
        ran: dict[str, QueryResult | None] = {result.sql: result for result, _ in given}
        for result, votes in given:
            _count(result, parties, votes)
        for seed in range(1, self.most + 1):
            if any(party.votes >= ENOUGH for party in parties):
                break
            try:
                written = await self.writer.sample(task.afresh(), seed=seed)
            except Unavailable:
                break
            usage = add_counts(usage, dict(written.usage))
            if not isinstance(written, SqlDraft):
                continue
            if written.sql not in ran:
                ran[written.sql] = await self._run(task, written.sql)
            if (result := ran[written.sql]) is not None:
                _count(result, parties)
        best = max(parties, key=lambda party: party.rank, default=None)
        return Election(best and best.result, best.votes if best else 0, usage)

    async def _run(self, task: SqlTask, sql: str) -> QueryResult | None:
        try:
            result = await task.database.arun_as_meant(sql, caller=task.caller)
        except Correctable:
            return None
        return replace(result, writer=self.writer.name)


def _count(result: QueryResult, parties: list[_Party], votes: int = 1) -> None:
    for party in _agreeing(result, parties):
        party.votes += votes
        return
    parties.append(_Party(result, votes))


def _agreeing(result: QueryResult, parties: Sequence[_Party]) -> Iterator[_Party]:
    """Those with the same rows; what cannot be compared agrees with its own statement alone."""
    for party in parties:
        same = have_same_rows(party.result, result)
        if same or (same is None and party.result.rows == result.rows):
            yield party
