"""Timeouts for stalled requests and unread responses, which uvicorn does not have."""

import asyncio
import logging
from functools import partial
from typing import Any, cast

import h11

from serving.http.problem import refusal
from serving.process.framing import FramedProtocol

log = logging.getLogger(__name__)

LEAST = 1_000
"""Bytes that have to come, or to be read, within each limit; a letter now and then is too little."""


def protocol_with_deadline(limit_s: float) -> type[asyncio.Protocol]:
    """The factory of uvicorn's protocols."""
    return cast("type[asyncio.Protocol]", partial(ReadDeadline, limit_s=limit_s))


class ReadDeadline(FramedProtocol):
    """Gives up a connection whose client owes the rest of a request, or reads nothing of an answer.

    A head has `limit_s` seconds, from the connection or its first byte on. A body may take any
    time as long as it keeps coming, and none counts in which nobody here reads it. The waiting
    between two requests is uvicorn's keep-alive.
    """

    def __init__(self, *args: Any, limit_s: float, **more: Any) -> None:
        super().__init__(*args, **more)
        self._limit_s = limit_s
        self._timer: asyncio.TimerHandle | None = None
        self._watched: Any = None
        self._came = 0
        self._was_waiting = True
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        self._came += len(data)
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        self._stop_waiting_for_a_reader()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait_for_a_reader()

    def resume_writing(self) -> None:
        self._stop_waiting_for_a_reader()
        super().resume_writing()

    def _wait_for_a_reader(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._unread = self.loop.call_later(self._limit_s, self._look_for_a_reader, left)

    def _stop_waiting_for_a_reader(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _look_for_a_reader(self, left: int) -> None:
        if left - self.transport.get_write_buffer_size() >= LEAST:
            self._wait_for_a_reader()
        else:
            log.info("A client did not read its response for %g seconds.", self._limit_s)
            self.transport.abort()

    def _watch(self) -> None:
        """Begin to count when the client begins to owe something, and not with each piece of it."""
        owed = self.conn.their_state
        if owed is self._watched:
            return
        self._unwatch()
        if owed in {h11.IDLE, h11.SEND_BODY} and not self.transport.is_closing():
            self._watched, self._was_waiting = owed, True
            self._came = 0 if owed is h11.SEND_BODY else self._came
            self._timer = self.loop.call_later(self._limit_s, self._look)

    def _unwatch(self) -> None:
        self._watched = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        owed = self.conn.their_state
        if owed is h11.IDLE:
            self._give_up("head", is_silent=not self._came)
        elif owed is h11.SEND_BODY:
            is_waiting = self.is_body_awaited()
            if is_waiting and self._was_waiting and self._came < LEAST:
                self._give_up("body", is_silent=self.has_begun_to_answer())
                self.hear_of_leaving()
            else:
                self._came, self._was_waiting = 0, is_waiting
                self._timer = self.loop.call_later(self._limit_s, self._look)

    def _give_up(self, what: str, *, is_silent: bool) -> None:
        """Close the connection, with a 408 where an answer can still be understood."""
        if self.transport.is_closing():
            return
        log.info("The %s of a request stalled for %g seconds.", what, self._limit_s)
        if not is_silent:
            said = (
                f"The rest of the request's {what} did not arrive within {self._limit_s:g} seconds."
            )
            answer = refusal(408, said, headers={"Connection": "close"})
            for event in (
                h11.Response(
                    status_code=408, headers=answer.raw_headers, reason=b"Request Timeout"
                ),
                h11.Data(data=bytes(answer.body)),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
