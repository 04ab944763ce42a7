"""The result of authentication, and its failure."""

from dataclasses import dataclass, field

from tools.caller import Caller


class CallerUnverified(Exception):
    """The sender is not authenticated; the message may be shown to them."""


@dataclass(frozen=True, slots=True)
class VerifiedCaller:
    """A verified caller, and how they showed it.

    `token` is what they may be known by elsewhere too, never a key of ours; `by_browser` marks
    what a browser sends of its own accord.
    """

    caller: Caller
    token: str | None = field(default=None, repr=False)
    by_browser: bool = False
