"""Refuses a request that two HTTP parsers may end in different places.

If a proxy in front ends it elsewhere, one client's bytes become another client's request.
RFC 9112 lets a server repair some of these; honest clients never send them.
Sources: https://www.rfc-editor.org/rfc/rfc9112#section-6, #section-11.2
"""

import re
from typing import Any

import h11

from serving.compat.uvicorn import OpenProtocol

_END = b"\r\n\r\n"
_LONE = re.compile(rb"(?<!\r)\n|\r(?!\n)")
_FOLDED = re.compile(rb"\n[ \t]")
_LENGTH, _CODING = b"content-length", b"transfer-encoding"


class StrictRequestReader(h11.Connection):
    """Reads requests as h11 does, and stricter than it: h11 drops what a proxy may have gone by.

    `why` says what is wrong with a request that was refused here.
    """

    why: str | None = None

    def next_event(self) -> Any:
        """The next event.

        Raises:
            h11.RemoteProtocolError: a request has two ends.
        """
        # h11 hands out its own reading of the head; before it is read, the bytes are here.
        unread = self.trailing_data[0] if self.their_state is h11.IDLE else b""
        event = super().next_event()
        if isinstance(event, h11.Request):
            self.why = _two_ends(unread.partition(_END)[0], event.http_version)
            if self.why:
                raise h11.RemoteProtocolError(self.why)
        return event


class FramedProtocol(OpenProtocol):
    """uvicorn's protocol with such a parser; a refused request closes the connection."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.parse_by(StrictRequestReader)

    def send_400_response(self, msg: str) -> None:
        """Say why, where an answer can still be understood."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            why = self.conn.why if isinstance(self.conn, StrictRequestReader) else None
            super().send_400_response(why or msg)
        else:
            self.transport.close()
        self.hear_of_leaving()


def _two_ends(head: bytes, version: bytes) -> str | None:
    """Why a head may be read in two ways, None where it cannot."""
    if _LONE.search(head):
        return "A line of the request's head does not end in CRLF."
    if _FOLDED.search(head):
        return "A header of the request is folded over two lines."
    fields = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
    lengths = [value for name, _, value in fields if name.lower() == _LENGTH]
    codings = [value for name, _, value in fields if name.lower() == _CODING]
    if lengths and codings:
        return "The request has both Content-Length and Transfer-Encoding; send one of them."
    if len(lengths) > 1 or b"," in b"".join(lengths):
        return "The request has more than one Content-Length; send it once."
    if codings and version < b"1.1":
        return "Transfer-Encoding belongs to HTTP/1.1; this request says it is older."
    return None
