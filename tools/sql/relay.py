"""A relay between libpq and its server that counts bytes before libpq reads them.

libpq reads a message of any length in one call that blocks every other thread, so the limit has to
be in front of it. The traffic may be encrypted.

Source: https://www.postgresql.org/docs/current/libpq-async.html
"""

import os
import socket
from contextlib import suppress
from select import POLLERR, POLLHUP, POLLIN, POLLOUT, poll

from psycopg.waiting import Ready, Wait

_PIECE = 65_536
_SOMETHING = POLLIN | POLLHUP | POLLERR


class Relay:
    """Takes the server's place on a libpq's socket, and passes on what the two send each other."""

    def __init__(self, libpq: int) -> None:
        self._libpq = libpq
        self._server = socket.socket(fileno=os.dup(libpq))
        self._ours, theirs = socket.socketpair()
        with theirs:
            os.dup2(theirs.fileno(), libpq, inheritable=False)
        os.set_blocking(libpq, False)
        self._server.settimeout(0)
        self._ours.settimeout(0)
        self._to_server = b""
        self._to_libpq = b""
        self._poll = poll()

    def exchange(self, wanted: Wait, wait_s: float) -> tuple[Ready, int]:
        """Pass on what there is; say what libpq may do now, and how many bytes came from the server.

        A piece at a time, and none before libpq has read the last. Where there is nothing, it waits
        for `wait_s` seconds.
        """
        is_sent = self._send()
        self._hand_on()
        reading, writing = bool(wanted & Wait.R), bool(wanted & Wait.W)
        self._poll.register(self._server, reading * POLLIN | (not is_sent) * POLLOUT)
        self._poll.register(self._libpq, reading * POLLIN | writing * POLLOUT)
        events = dict(self._poll.poll(wait_s * 1000))
        mine, came = events.get(self._libpq, 0), 0
        if reading and not mine & _SOMETHING and events.get(self._server.fileno(), 0) & _SOMETHING:
            came = self._receive()
            mine |= POLLIN
        is_readable, is_writable = bool(mine & _SOMETHING), bool(mine & POLLOUT)
        return Ready(is_readable * Ready.R | is_writable * Ready.W), came

    def close(self) -> None:
        """Send libpq's last words, if the server takes them at once."""
        if self._server.fileno() >= 0:
            self._send()
        self._server.close()
        self._ours.close()

    def _send(self) -> bool:
        """Pass on what libpq wrote; whether all of it is on its way."""
        try:
            while self._to_server or self._take():
                self._to_server = self._to_server[self._server.send(self._to_server) :]
        except BlockingIOError:
            return False
        except OSError:
            self._to_server = b""  # the server has gone, which libpq learns by reading
        return True

    def _take(self) -> bool:
        """Take up a piece of what libpq wrote, if there is any."""
        with suppress(BlockingIOError):
            self._to_server = self._ours.recv(_PIECE)
        return bool(self._to_server)

    def _receive(self) -> int:
        """Pass on a piece of what the server sent, or that it sends no more; how many bytes came."""
        try:
            came = self._server.recv(_PIECE)
        except BlockingIOError:
            return 0
        except OSError:
            came = b""  # as if it had said that it sends no more
        if came:
            self._to_libpq += came
            self._hand_on()
        else:
            self._ours.shutdown(socket.SHUT_WR)
        return len(came)

    def _hand_on(self) -> None:
        """Let libpq have what is there for it, or as much as its socket takes."""
        if self._to_libpq:
            with suppress(BlockingIOError):
                self._to_libpq = self._to_libpq[self._ours.send(self._to_libpq) :]
