"""What in an answer no evidence bears out: an alarm over dates, names and numbers, not a proof."""

from agent.support.spans import Reason, Span, mark, unsupported

__all__ = ["Reason", "Span", "mark", "unsupported"]
