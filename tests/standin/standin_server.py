"""Runs a stand-in on a real socket, in a thread of this process, for as long as a test needs it."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

STOP_LIMIT_S = 10.0


@contextmanager
def serve(app: ASGIApp, *, port: int = 0) -> Generator[str]:
    """Serve `app` and give its base URL, at a free port unless one is named.

    Connections wait while it starts.
    """
    listener = socket.create_server(("127.0.0.1", port))
    config = uvicorn.Config(
        app, log_level="critical", lifespan="off", ws="none", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(STOP_LIMIT_S)
        listener.close()
