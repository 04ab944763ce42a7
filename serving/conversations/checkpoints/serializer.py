"""The types that LangGraph's checkpoints may contain."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any, cast

import ormsgpack
from langgraph.checkpoint.serde.jsonplus import EXT_CONSTRUCTOR_KW_ARGS, JsonPlusSerializer
from typing_extensions import override

# What a thread may hold besides plain values; anything else is refused when it is read.
OUR_TYPES = [
    ("agent.approval", "ApprovalDecision"),
    ("agent.approval", "Decision"),  # as earlier versions wrote it
    ("agent.approval", "Request"),
    ("agent.calls", "DescribeCall"),
    ("agent.calls", "QueryCall"),
    ("agent.calls", "SearchCall"),
    ("agent.drafts", "SqlDeclined"),
    ("agent.drafts", "SqlDraft"),
    ("agent.toolbox", "Attempt"),
    ("tools.documents.passage", "FoundPassage"),
    ("tools.documents.passage", "Passage"),
    ("tools.sql.golden", "VerifiedUse"),
    ("tools.sql.result", "QueryResult"),
    ("tools.sql.run", "QueryResult"),  # as earlier versions wrote it
]


_OPTIONS = (
    ormsgpack.OPT_NON_STR_KEYS
    | ormsgpack.OPT_PASSTHROUGH_DATACLASS
    | ormsgpack.OPT_PASSTHROUGH_DATETIME
    | ormsgpack.OPT_PASSTHROUGH_ENUM
    | ormsgpack.OPT_PASSTHROUGH_UUID
    | ormsgpack.OPT_REPLACE_SURROGATES
)
"""The options that LangGraph's serializer uses."""


class OurSerializer(JsonPlusSerializer):
    """Writes the same bytes as LangGraph's serializer, with a fast path for our dataclasses.

    LangGraph's looks for two dozen other kinds first, some of them protocols of many methods.
    """

    @override
    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """The serialization format and the bytes."""
        if obj is None or isinstance(obj, bytes | bytearray):
            return super().dumps_typed(obj)
        return "msgpack", self._packed(obj)

    def _packed(self, obj: object) -> bytes:
        try:
            return ormsgpack.packb(obj, default=self._extended, option=_OPTIONS)
        except TypeError:
            return ormsgpack.packb(_in_64_bits(obj), default=self._extended, option=_OPTIONS)

    def _extended(self, obj: object) -> object:
        """Pack an object that msgpack does not know."""
        kind = type(obj)
        names = _field_names(kind)
        if names is None:
            try:
                _, packed = super().dumps_typed(obj)
            except TypeError:  # a driver's own kind of cell, such as a range: as it is shown
                return str(obj)
            return ormsgpack.unpackb(packed, ext_hook=ormsgpack.Ext)
        values: Mapping[str, object] = {name: getattr(obj, name) for name in names}
        told = (kind.__module__, kind.__name__, values)
        return ormsgpack.Ext(EXT_CONSTRUCTOR_KW_ARGS, self._packed(told))


def _in_64_bits(value: object) -> object:
    """The value with whole numbers that msgpack has no room for as text, as cells show them."""
    if isinstance(value, dict):
        named = cast("dict[object, object]", value)
        return {name: _in_64_bits(inner) for name, inner in named.items()}
    if isinstance(value, list | tuple):
        return [_in_64_bits(inner) for inner in cast("Sequence[object]", value)]
    is_large = isinstance(value, int) and not -(2**63) <= value < 2**64
    return str(value) if is_large else value


@lru_cache(maxsize=64)
def _field_names(kind: type) -> tuple[str, ...] | None:
    """The fields of one of our dataclasses; None for anything else."""
    if (kind.__module__, kind.__name__) in OUR_TYPES and is_dataclass(kind):
        return tuple(field.name for field in fields(cast("Any", kind)))
    return None


def serializer() -> JsonPlusSerializer:
    """Writes our values and plain ones, and reads no others."""
    return OurSerializer(allowed_msgpack_modules=OUR_TYPES)
