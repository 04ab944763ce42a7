"""What reads questions to a database, kept per schema: its names, its keys, its values."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from weakref import WeakKeyDictionary, WeakValueDictionary

from serving.models.embedded.choose.reader import Reader
from serving.models.embedded.choose.stored import load
from serving.models.embedded.schema.joins import Joins
from serving.models.embedded.schema.keys import with_inferred_keys
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.numerals import typed
from serving.models.embedded.schema.spoken import spoken
from serving.models.embedded.schema.values import Values, samples
from tools.caller import Caller
from tools.errors import Unavailable
from tools.sql.run import Database
from tools.sql.schema import Schema
from tools.sql.zones import today

_KEPT = 16
"""Readers kept for each database: one a schema, part of it and set of groups.

However many databases are connected: a bound on all of them would have each question drop what the
next one needs, and reading a database again takes a second of processor.
"""

Key = tuple[str, frozenset[str], frozenset[str]]


@dataclass
class Readers:
    """Readers of the databases asked last; the SQL writer and the chat model share one of these.

    Where a person is asked before anything runs, nothing runs to read the values either: the
    databases in `approved` are read with the samples that their schema shows.
    """

    today: Callable[[str], date] = today
    approved: frozenset[str] = frozenset()
    _known: WeakKeyDictionary[Database, OrderedDict[Key, Reader]] = field(
        default_factory=WeakKeyDictionary[Database, OrderedDict[Key, Reader]]
    )
    _loading: WeakValueDictionary[tuple[str, Key], asyncio.Lock] = field(
        default_factory=WeakValueDictionary[tuple[str, Key], asyncio.Lock]
    )

    async def of(
        self, database: Database, caller: Caller, question: str, *, may_execute: bool = True
    ) -> Reader:
        """What reads a question to a database on behalf of a caller.

        Of a large schema it sees the tables that the question needs. The first question reads
        their text columns through the gate, unless nothing may be executed.
        """
        schema = spoken(await database.aschema_for(question))
        if not may_execute or database.name in self.approved:
            return self._sampling(database, schema)
        # What one caller may see, another must not learn: the groups are part of the key.
        key, known = (schema.fingerprint, caller.groups, _tables(schema)), self._of(database)
        # Nobody waits for the values of another database, or of what others may see.
        async with self._loading.setdefault((database.name, key), asyncio.Lock()):
            if key not in known:
                _keep(known, key, _reader(schema, await load(database, schema, caller)))
            known.move_to_end(key)
            return known[key].on(self.today(schema.timezone))

    async def of_each(
        self, databases: Mapping[str, Database], caller: Caller, question: str
    ) -> dict[str, Reader]:
        """What reads a question to each of these databases; one that is away is left out."""
        found: dict[str, Reader] = {}
        for name, database in databases.items():
            with suppress(Unavailable):  # the turn goes on with the others
                found[name] = await self.of(database, caller, question)
        return found

    def unasked(self, database: Database) -> Reader:
        """What reads questions with the schema's own samples, where nobody's rows may be read."""
        return self._sampling(database, spoken(database.schema()))

    def _sampling(self, database: Database, schema: Schema) -> Reader:
        known = self._of(database)
        key = (schema.fingerprint, frozenset({"", "samples"}), _tables(schema))
        if key not in known:
            _keep(known, key, _reader(schema, samples(schema)))
        known.move_to_end(key)
        return known[key].on(self.today(schema.timezone))

    def _of(self, database: Database) -> OrderedDict[Key, Reader]:
        """The readers of a database, which are forgotten with it."""
        return self._known.setdefault(database, OrderedDict[Key, Reader]())


def _keep(known: OrderedDict[Key, Reader], key: Key, reader: Reader) -> None:
    known[key] = reader
    if len(known) > _KEPT:
        known.popitem(last=False)


def _tables(schema: Schema) -> frozenset[str]:
    return frozenset(table.name for table in schema.tables)


def _reader(schema: Schema, values: Values) -> Reader:
    whole = typed(with_inferred_keys(schema), values.numerals)
    return Reader(Lexicon.of(whole), Joins.of(whole), values, date.min)
