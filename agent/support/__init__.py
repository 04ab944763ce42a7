"""Finds dates, names and numbers of an answer that the evidence does not support: an alarm, not a proof."""

from agent.support.citing import CitedAnswer, says_the_same, speaks_of_evidence, with_citations
from agent.support.claims import (
    claims_unasked,
    only_declines,
    rests_on_evidence,
    unknown_names,
)
from agent.support.listing import leaves_out
from agent.support.spans import CITATION, Reason, Span, mark, unsupported

__all__ = [
    "CITATION",
    "CitedAnswer",
    "Reason",
    "Span",
    "claims_unasked",
    "leaves_out",
    "mark",
    "only_declines",
    "rests_on_evidence",
    "says_the_same",
    "speaks_of_evidence",
    "unknown_names",
    "unsupported",
    "with_citations",
]
