"""Servers that documents live on, from packages and on loopback: S3, SFTP, WebDAV, a website.

Each counts what is read from it, so that a test can say that nothing was.
"""

import asyncio
import threading
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import asyncssh
import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import s3_backends
from standin_server import serve
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from werkzeug.serving import make_server
from wsgidav.fs_dav_provider import FilesystemProvider
from wsgidav.wsgidav_app import WsgiDAVApp

USER, PASSWORD = "reader", "opens-the-mill"  # of a server of the test
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass
class Remote:
    """A folder on a server: `settings` open it, `put` and `remove` change it, `reads` were of files."""

    settings: Mapping[str, str]
    put: Callable[[str, bytes], None]
    remove: Callable[[str], None]
    reads: list[str] = field(default_factory=list[str])
    refuses: set[str] = field(default_factory=set[str])
    """Paths whose reading fails."""
    leads: dict[str, str] = field(default_factory=dict[str, str])
    """Where a path leads instead, on a server that can."""
    on_read: Callable[[str], None] = lambda _: None

    def note(self, path: str) -> None:
        """A file is read."""
        self.reads.append(path)
        self.on_read(path)


@contextmanager
def serve_wsgi(app: Wsgi) -> Generator[str]:
    """A WSGI application on a free port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def counting(app: Wsgi, remote: Callable[[], Remote | None]) -> Wsgi:
    """The application, whose reads of files are noted or refused."""

    def counted(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        path, found = environ["PATH_INFO"], remote()
        is_file = path.rpartition("/")[2].count(".") > 0
        if found and environ["REQUEST_METHOD"] == "GET" and is_file:
            if any(path.endswith(each) for each in found.refuses):
                start("403 Forbidden", [("Content-Type", "text/plain")])
                return [b"no"]
            if there := found.leads.get(path.rpartition("/")[2]):
                start("302 Found", [("Location", there)])
                return [b""]
            found.note(path)
        return app(environ, start)

    return counted


@contextmanager
def s3_remote() -> Generator[Remote]:
    """Moto's S3 server with a bucket."""
    made: list[Remote] = []
    app = counting(
        DomainDispatcherApplication(create_backend_app), lambda: made[0] if made else None
    )
    with serve_wsgi(app) as url:
        client = cast("Any", boto3).client(
            "s3",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id=USER,
            aws_secret_access_key=PASSWORD,
        )
        client.create_bucket(Bucket="papers")
        client.put_object(Bucket="papers", Key="handbook-old/x.md", Body=b"# Beside the source")
        settings = {
            "URL": "s3://papers/handbook",
            "USER": USER,
            "PASSWORD": PASSWORD,
            "ENDPOINT": url,
        }
        made.append(
            Remote(
                settings,
                lambda path, body: client.put_object(
                    Bucket="papers", Key=f"handbook/{path}", Body=body
                ),
                lambda path: client.delete_object(Bucket="papers", Key=f"handbook/{path}"),
            )
        )
        yield made[0]
        client.close()
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].reset()


@contextmanager
def webdav_remote(folder: Path) -> Generator[Remote]:
    """A WebDAV server of a folder, which wants a password."""
    (folder / "handbook").mkdir(parents=True)
    made: list[Remote] = []
    login = {"user_mapping": {"*": {USER: {"password": PASSWORD}}}}
    config = {
        "provider_mapping": {"/": FilesystemProvider(str(folder))},
        "simple_dc": login,
        "verbose": 0,
        "logging": {"enable": False},
    }
    app = counting(cast("Wsgi", WsgiDAVApp(config)), lambda: made[0] if made else None)
    with serve_wsgi(app) as url:
        address = f"webdav+{url}/handbook"
        settings = {"URL": address, "USER": USER, "PASSWORD": PASSWORD}
        made.append(_of_folder(folder / "handbook", settings))
        yield made[0]


def _of_folder(folder: Path, settings: Mapping[str, str]) -> Remote:
    def put(path: str, body: bytes) -> None:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(body)

    return Remote(settings, put, lambda path: (folder / path).unlink())


@contextmanager
def sftp_remote(folder: Path) -> Generator[Remote]:
    """An SSH server with SFTP alone, whose key is in a file of known hosts."""
    (folder / "handbook").mkdir(parents=True)
    key = asyncssh.generate_private_key("ssh-ed25519")
    made = [_of_folder(folder / "handbook", {})]
    with _ssh_server(folder, key, made[0]) as port:
        known = folder / "known_hosts"
        known.write_bytes(f"[127.0.0.1]:{port} ".encode() + key.export_public_key())
        made[0].settings = {
            "URL": f"sftp://127.0.0.1:{port}/handbook",
            "USER": USER,
            "PASSWORD": PASSWORD,
            "KNOWN_HOSTS": str(known),
        }
        yield made[0]


@contextmanager
def _ssh_server(folder: Path, key: asyncssh.SSHKey, remote: Remote) -> Generator[int]:
    connections = list[asyncssh.SSHServerConnection]()

    class Login(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            connections.append(conn)

        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == (USER, PASSWORD)

    class Files(asyncssh.SFTPServer):
        def __init__(self, channel: Any) -> None:
            super().__init__(channel, chroot=str(folder).encode())

        def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
            name = path.decode()
            if any(name.endswith(each) for each in remote.refuses):
                raise asyncssh.SFTPPermissionDenied("no")
            remote.note(name)
            return super().open(path, pflags, attrs)

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1", 0, server_factory=Login, server_host_keys=[key], sftp_factory=Files
        )

    async def stop(server: asyncssh.SSHAcceptor) -> None:
        server.close()
        await server.wait_closed()
        await asyncio.gather(*map(_ended, connections))

    with _own_loop() as loop:
        server = asyncio.run_coroutine_threadsafe(start(), loop).result(30)
        try:
            yield server.get_port()
        finally:
            asyncio.run_coroutine_threadsafe(stop(server), loop).result(30)


async def _ended(connection: asyncssh.SSHServerConnection) -> None:
    connection.abort()
    await connection.wait_closed()


@contextmanager
def _own_loop() -> Generator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@dataclass
class Site:
    """A website: `pages` by path with their type, `redirects`, and `status` of pages that fail."""

    url: str = ""
    pages: dict[str, tuple[str, bytes]] = field(default_factory=dict[str, tuple[str, bytes]])
    redirects: dict[str, str] = field(default_factory=dict[str, str])
    status: dict[str, int] = field(default_factory=dict[str, int])
    asked: list[str] = field(default_factory=list[str])
    """Paths that were asked for."""
    sent: list[str] = field(default_factory=list[str])
    """Paths whose content was sent."""
    headers: list[Mapping[str, str]] = field(default_factory=list[Mapping[str, str]])
    on_sent: Callable[[str], None] = lambda _: None

    def put(self, path: str, text: str, kind: str = "text/html") -> None:
        self.pages[path] = kind, text.encode()

    async def answer(self, request: Request) -> Response:
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        self.asked.append(path)
        self.headers.append(dict(request.headers))
        if path in self.redirects:
            return RedirectResponse(self.redirects[path])
        if path not in self.pages or path in self.status:
            return Response(status_code=self.status.get(path, 404))
        kind, body = self.pages[path]
        etag = f'"{hash(body)}"'
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={"ETag": etag})
        self.sent.append(path)
        self.on_sent(path)
        return Response(body, media_type=kind, headers={"ETag": etag})


@contextmanager
def website() -> Generator[Site]:
    """A website of a test's own."""
    site = Site()
    app = Starlette(routes=[Route("/{path:path}", site.answer)])
    with serve(app) as url:
        site.url = url
        yield site
