"""The inside of uvicorn's HTTP/1.1 protocol: its parser, and the request that is under way."""

from typing import Any

import h11
import uvicorn.config
from uvicorn.protocols.http.h11_impl import H11Protocol


class OpenProtocol(H11Protocol):
    """uvicorn's protocol for one connection, with names for what a subclass has to know of it."""

    conn: h11.Connection

    def parse_by(self, parser: type[h11.Connection]) -> None:
        """Parse the connection's requests by this, within uvicorn's limit for a head in bytes."""
        limit = self.config.h11_max_incomplete_event_size
        self.conn = parser(h11.SERVER) if limit is None else parser(h11.SERVER, limit)

    def hear_of_leaving(self) -> None:
        """Let the application hear that its client has left, if a request is under way."""
        if self.cycle:
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def is_body_awaited(self) -> bool:
        """Whether the client is to send more of the body now: nothing here holds it up."""
        return not (self.flow.read_paused or self.cycle.waiting_for_100_continue)

    def has_begun_to_answer(self) -> bool:
        """Whether anything of the response has been sent."""
        return self.cycle.response_started


def parse_http_by(protocol: type[Any]) -> None:
    """Have every uvicorn of this process, whoever makes it, speak HTTP by this protocol."""
    uvicorn.config.HTTP_PROTOCOLS["auto"] = f"{protocol.__module__}:{protocol.__name__}"
