"""Finds dates, names and numbers of an answer that the evidence does not support: an alarm, not a proof."""

from agent.support.spans import Reason, Span, mark, unsupported

__all__ = ["Reason", "Span", "mark", "unsupported"]
