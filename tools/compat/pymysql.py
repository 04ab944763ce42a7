"""The inside of PyMySQL: where a connection reads, and how one is dropped."""

import socket
from collections.abc import Callable
from ssl import SSLContext
from typing import Any, cast

from pymysql.connections import Connection
from pymysql.protocol import MysqlPacket


class OpenConnection(Connection):
    """PyMySQL's connection, whose reading a subclass can watch."""

    def before_packet(self) -> None:
        """Called before each packet is read."""

    def read_piece(self, size: int, read: Callable[[int], bytes]) -> bytes:
        """Read so many bytes of a packet, whole, by `read`; whatever it raises ends the packet."""
        return read(size)

    def set_read_timeout(self, seconds: float | None) -> None:
        """Let every read from now on take so long, None for any time."""
        self._read_timeout = seconds

    def drop(self) -> None:
        """Close the connection without a word, and forget what was still to come."""
        inside = cast("Any", self)
        if inside._result is not None:
            inside._result.unbuffered_active = False
        inside._force_close()

    def connected_socket(self) -> socket.socket | None:
        """The socket, None where the connection is closed."""
        return getattr(self, "_sock", None)

    def has_rows_to_come(self) -> bool:
        """Whether the statement that ran last has rows that nobody has read."""
        result = getattr(self, "_result", None)
        return result is not None and bool(result.unbuffered_active)

    def required_tls(self) -> SSLContext | None:
        """The TLS context of a connection that was to have one, else None."""
        inside = cast("Any", self)
        return inside.ctx if getattr(inside, "_ssl_required", False) else None

    def _read_packet(self, packet_type: Any = MysqlPacket) -> Any:
        self.before_packet()
        return cast("Any", super())._read_packet(packet_type)

    def _read_bytes(self, num_bytes: int) -> bytes:
        return self.read_piece(num_bytes, cast("Any", super())._read_bytes)
