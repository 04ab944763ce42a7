"""PostgreSQL's values that Python has no type for, as the text that PostgreSQL writes.

Sources: https://www.psycopg.org/psycopg3/docs/advanced/adapt.html,
https://www.postgresql.org/docs/current/datatype-datetime.html
"""

import re
from collections.abc import Mapping
from contextlib import suppress

from psycopg import DataError
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import AdaptersMap, Loader
from psycopg.types import datetime as readers


def register_loaders(adapters: AdaptersMap) -> None:
    """Read dates and times beyond Python's range, and intervals with months, as text.

    A month is not a fixed number of days, and Python's timedelta has only days.
    """
    for name, loader in _LOADERS.items():
        adapters.register_loader(name, loader)


def _or_text(own: type[Loader], always: re.Pattern[bytes] = re.compile(rb"(?!)")) -> type[Loader]:
    """A loader that gives the text where Python cannot hold the value, such as `infinity`."""

    class OrText(Loader):
        def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
            super().__init__(oid, context)
            self._own = own(oid, context)

        def load(self, data: Buffer) -> object:
            text = bytes(data)
            with suppress(DataError):
                if always.search(text) is None:
                    return self._own.load(data)
            return text.decode()

    return OrText


_LOADERS: Mapping[str, type[Loader]] = {
    "date": _or_text(readers.DateLoader),
    "time": _or_text(readers.TimeLoader),
    "timetz": _or_text(readers.TimetzLoader),
    "timestamp": _or_text(readers.TimestampLoader),
    "timestamptz": _or_text(readers.TimestamptzLoader),
    "interval": _or_text(readers.IntervalLoader, re.compile(rb"mon|year")),
}
