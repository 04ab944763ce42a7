"""The gate for one version of a database's schema."""

import threading
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property, lru_cache, partial
from typing import TypeVar

from tools.embeddings import Embeddings
from tools.errors import FilesChanging, QueryFailed
from tools.language.pack import LanguagePack, pack_for
from tools.sql.access import VisibleSchema
from tools.sql.golden import GoldenQuery, check_golden
from tools.sql.guard import Admitted, admit
from tools.sql.link import SchemaLinker, fits
from tools.sql.verified.names import Names
from tools.sql.verified.template import Template, template_of

_STATEMENTS_REMEMBERED = 128
_LONGEST_REMEMBERED = 2_000
"""Characters: a tree takes some 40 times the memory of its text, so the longest are judged again."""


_MOST_TRIES = 8
"""Of a statement whose files are replaced while it reads them."""

Outcome = TypeVar("Outcome")


class Gate:
    """The guard as one state of the schema needs it; it remembers what it admitted.

    The index of the schema's words, and which golden queries still fit it, are found out when
    they are first asked for.
    """

    def __init__(
        self,
        stamp: Hashable,
        sight: VisibleSchema,
        golden: Sequence[GoldenQuery] = (),
        embeddings: Embeddings | None = None,
    ) -> None:
        self.stamp = stamp
        self.sight = sight
        self._remembered: Callable[[str], Admitted] = lru_cache(_STATEMENTS_REMEMBERED)(
            partial(admit, sight=sight)
        )
        self._golden = golden
        self._embeddings = embeddings
        self._building = threading.RLock()
        self._names: dict[str, Names] = {}
        self._fits: dict[int, bool] = {}

    def admit(self, sql: str) -> Admitted:
        """Let a statement through, or say what to change.

        Raises:
            Refused: the guard does not let it through.
        """
        if len(sql) > _LONGEST_REMEMBERED:
            return admit(sql, sight=self.sight)
        return self._remembered(sql)

    @property
    def linker(self) -> SchemaLinker:
        """The index of the schema; built once, however many ask."""
        with self._building:
            return self._linker

    @property
    def golden(self) -> Sequence[GoldenQuery]:
        """The golden queries, judged by this schema; once, however many ask."""
        with self._building:
            return self._judged

    @property
    def templates(self) -> Sequence[Template]:
        """The golden queries that can be used, as templates; made once."""
        with self._building:
            return self._made

    def names(self, pack: LanguagePack) -> Names:
        """What the schema's things are called, by the stems of a language; read once."""
        with self._building:
            if pack.code not in self._names:
                self._names[pack.code] = Names.of(self.sight.schema, pack)
            return self._names[pack.code]

    def fits(self, tokens: int) -> bool:
        """Whether a prompt of about these tokens has room for the whole schema."""
        if tokens not in self._fits:
            self._fits[tokens] = fits(self.sight.schema, tokens)
        return self._fits[tokens]

    @cached_property
    def _made(self) -> Sequence[Template]:
        schema = self.sight.schema
        return [
            template_of(
                pair, question, schema, self.admit(pair.sql), self.names(pack_for(question))
            )
            for pair in self._judged
            if not pair.problem
            for question in (pair.question, *pair.also)
        ]

    @cached_property
    def _linker(self) -> SchemaLinker:
        return SchemaLinker.of(self.sight.schema, self._embeddings)

    @cached_property
    def _judged(self) -> Sequence[GoldenQuery]:
        return check_golden(self._golden, self.sight.schema, self.admit)


def by_current_gate(current: Callable[[], Gate], work: Callable[[Gate], Outcome]) -> Outcome:
    """Run the work, and retry once if it failed and the schema has changed.

    A server's schema is checked every half a minute; a statement with names that are gone is
    judged again by the new schema. Where files were replaced meanwhile, it is tried again a few
    times, each time by the schema of what is there by then.

    Raises:
        FilesChanging: they were replaced each time; the message says what to do.
    """
    met: FilesChanging | None = None
    for _ in range(_MOST_TRIES):
        gate = current()
        try:
            return work(gate)
        except FilesChanging as error:
            met = error
        except QueryFailed:
            newer = current()
            if newer is gate:
                raise
            return work(newer)
    raise FilesChanging(
        f"{met} They changed each of the {_MOST_TRIES} times that this was tried. Replace the files "
        "less often, and each one at once, by renaming a finished file."
    ) from met
