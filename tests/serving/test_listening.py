import asyncio
import socket

import pytest

from serving.process.listening import PortTaken, reserve, url_of


def test_a_port_is_held_from_the_moment_it_is_reserved() -> None:
    with reserve("127.0.0.1", 0, setting="DOCSQL_SERVICE__PORT") as listener:
        port = listener.getsockname()[1]
        assert url_of(listener) == f"http://127.0.0.1:{port}"
        with pytest.raises(PortTaken, match=f"Port {port} on 127.0.0.1 is in use"):
            reserve("127.0.0.1", port, setting="DOCSQL_SERVICE__PORT")


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    with pytest.raises(PortTaken, match="DOCSQL_PAGE__PORT"):
        reserve("192.0.2.1", 0, setting="DOCSQL_PAGE__PORT")


def test_a_host_that_has_no_address_cannot_be_listened_on() -> None:
    with pytest.raises(PortTaken, match="cannot be used"):
        reserve("no such host", 0, setting="DOCSQL_PAGE__PORT")


def test_a_wildcard_address_is_shown_as_one_that_can_be_opened() -> None:
    with socket.create_server(("", 0)) as everywhere:
        assert url_of(everywhere) == f"http://127.0.0.1:{everywhere.getsockname()[1]}"


async def test_what_is_sent_over_it_leaves_at_once() -> None:
    """Else an answer that follows its headers waits 40 ms for the client's acknowledgement."""
    nodelay: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def accepted(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        nodelay.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    with reserve("127.0.0.1", 0, setting="DOCSQL_SERVICE__PORT") as listener:
        address = listener.getsockname()
        async with await asyncio.start_server(accepted, sock=listener):
            _, writer = await asyncio.open_connection(*address)
            assert await nodelay
            writer.close()
