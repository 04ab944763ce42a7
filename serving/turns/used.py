"""The tokens that an answer says it took."""

from collections.abc import Mapping

from serving.observability.token_counts import TokenCount
from serving.wire.answer import Usage


def usage_of_turn(told: Mapping[str, int], billed: TokenCount) -> Usage:
    """What a turn took, with what no server counted; `told` has the part before a decision too."""
    return Usage(
        input_tokens=max(told.get("input_tokens", 0), billed.read),
        output_tokens=max(told.get("output_tokens", 0), billed.written),
        model_calls=told.get("model_calls", 0),
        estimated_tokens=billed.estimated,
    )
