"""Readings of earlier questions: the latest as objects, more of them packed."""

import io
import pickle
import threading
import zlib
from collections import OrderedDict
from datetime import date
from typing import Generic, TypeVar

from tools.sql.schema import Schema

T = TypeVar("T")

_WHOLE = 32
"""Questions whose outcomes are kept as objects: 60 KB each, most of it trees."""
_PACKED = 512
"""Questions whose outcomes are kept packed: 2 KB each, unpacked in a twentieth of a reading's time."""

Key = tuple[str, date]
"""A question, and the day on which it was read."""


class Remembered(Generic[T]):
    """Outcomes by question and day, for all threads; the longest unused are forgotten.

    A turn reads its question several times, and in between come the questions of others. Outcomes
    refer to one schema, which is not packed with them.
    """

    def __init__(self) -> None:
        self._whole: OrderedDict[Key, T] = OrderedDict()
        self._packed: OrderedDict[Key, bytes] = OrderedDict()
        self._changing = threading.Lock()

    def get(self, key: Key, schema: Schema) -> T | None:
        """The outcome; None where it is not known, or no longer."""
        with self._changing:
            if key in self._whole:
                self._whole.move_to_end(key)
                return self._whole[key]
            packed = self._packed.get(key)
            if packed is not None:
                self._packed.move_to_end(key)
        if packed is None:
            return None
        outcome: T = _Unpacker(io.BytesIO(zlib.decompress(packed)), schema).load()
        self.put(key, outcome)
        return outcome

    def put(self, key: Key, outcome: T) -> None:
        """Keep an outcome."""
        with self._changing:
            self._whole[key] = outcome
            if len(self._whole) <= _WHOLE:
                return
            oldest, left = self._whole.popitem(last=False)
            is_packed = oldest in self._packed
        if not is_packed:
            packed = _packed(left)
            with self._changing:
                self._packed[oldest] = packed
                if len(self._packed) > _PACKED:
                    self._packed.popitem(last=False)


class _Packer(pickle.Pickler):
    def persistent_id(self, obj: object) -> str | None:
        return "schema" if isinstance(obj, Schema) else None


class _Unpacker(pickle.Unpickler):  # noqa: S301  # our own bytes, which never left this memory
    def __init__(self, file: io.BytesIO, schema: Schema) -> None:
        super().__init__(file)
        self._schema = schema

    def persistent_load(self, pid: object) -> Schema:  # noqa: ARG002  # the only one
        return self._schema


def _packed(outcome: object) -> bytes:
    file = io.BytesIO()
    _Packer(file, protocol=pickle.HIGHEST_PROTOCOL).dump(outcome)
    return zlib.compress(file.getvalue(), level=1)
