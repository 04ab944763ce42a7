"""A server that is nobody's here: it serves one picture, and remembers who asked for it."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PICTURE = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)


class Stranger:
    """A real server on a port of its own; `asked` are the paths that were asked for, with `Referer`."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.address = ""

    @contextmanager
    def running(self) -> Generator[None]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append((self.path, self.headers["Referer"]))
                self.send_response(200)
                self.send_header("Access-Control-Allow-Origin", "*")
                self.send_header("Content-Type", "image/gif")
                self.send_header("Content-Length", str(len(PICTURE)))
                self.end_headers()
                self.wfile.write(PICTURE)

            do_POST = do_GET  # noqa: N815  # http.server's

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: what was asked is kept."""

        return Handler
