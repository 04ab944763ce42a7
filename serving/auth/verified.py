"""What comes out of verifying, and what is said where nothing does."""

from dataclasses import dataclass, field

from tools.caller import Caller


class CallerUnverified(Exception):
    """Nobody known sent this request; the message may be told to whoever did."""


@dataclass(frozen=True, slots=True)
class VerifiedCaller:
    """A verified caller, and how they showed it.

    `token` is what they may be known by elsewhere too, never a key of ours; `by_browser` marks
    what a browser sends of its own accord.
    """

    caller: Caller
    token: str | None = field(default=None, repr=False)
    by_browser: bool = False
