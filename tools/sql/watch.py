"""Limits while a client reads a server's result: time, bytes and cancellation.

A server's own limit does not reach a call that never looks whether it should end, and no server
knows how much its client can hold.
"""

import time
from dataclasses import dataclass
from typing import Self

from tools.sql.source import Job, StopSignal, statement_too_slow

GRACE_S = 0.5
"""Seconds past its limit, or past the wish to stop, after which a connection is given up."""

_WIRE = 4
"""Most bytes on the wire per counted byte: UTF-8 of a character, a small number as text."""

_SLACK = 4_000_000


class AnswerTooLarge(Exception):
    """More bytes have come than the answer may have; the connection was given up."""


@dataclass(slots=True)
class Watch:
    """One statement's: the moment when its client gives up, and the bytes that may still come."""

    seconds: float
    stop: StopSignal
    last_moment: float
    bytes_left: int

    @classmethod
    def of(cls, job: Job) -> Self:
        """Begin to watch what the job makes a server do."""
        last_moment = time.monotonic() + job.seconds + GRACE_S
        return cls(job.seconds, job.stop, last_moment, _WIRE * job.bytes + _SLACK)

    @property
    def left_s(self) -> float:
        """Remaining seconds, never 0, which would mean no timeout."""
        return max(0.001, self.last_moment - time.monotonic())

    def is_over(self) -> bool:
        """Whether nobody is to wait any longer."""
        return time.monotonic() >= self.last_moment or self.stop.age_s >= GRACE_S

    def see_that_it_goes_on(self) -> None:
        """Raise TooSlow where nobody is to wait any longer."""
        if self.is_over():
            raise statement_too_slow(self.seconds)

    def took(self, size: int) -> None:
        """Count bytes that are there to be read; raise TooMuch where they are too many."""
        self.bytes_left -= size
        if self.bytes_left < 0:
            raise AnswerTooLarge

    def is_left_with(self, *, seconds: float, size: int) -> None:
        """Allow only so much more, since the rest is of no use."""
        self.last_moment = min(self.last_moment, time.monotonic() + seconds)
        self.bytes_left = min(self.bytes_left, size)


class Watched:
    """A driver's connection that reads under a watch; it closes itself when the watch says so."""

    watch: Watch | None = None
    is_given_up = False
