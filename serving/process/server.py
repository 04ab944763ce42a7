"""The HTTP service from start to stop."""

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.loops.auto import auto_loop_factory

from serving.auth.capped import caps_of_nobody
from serving.auth.identity import authenticator_from
from serving.config.service import ServiceSettings
from serving.config.settings import Settings
from serving.http.app import create_app
from serving.parts.assembly import Parts, open_parts
from serving.parts.servers import log_model_servers
from serving.parts.vectors import vectors_behind
from serving.process.discovery import announced, new_instance
from serving.process.entrance import open_listener
from serving.process.listening import url_of
from serving.process.read_limit import protocol_with_deadline
from serving.turns.admission import Admission
from tools.memory import give_back_memory

log = logging.getLogger(__name__)

_YOUNG = 10_000
"""Objects that may be made, over those that have ended, before the youngest are looked through."""

Before = Callable[[Parts, str], Awaitable[None]]


def run_service(service: Coroutine[Any, Any, None]) -> None:
    """Run a service to its end, on uvloop where it is installed: every turn is hundreds of its callbacks."""
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(service)


async def serve_until_stopped(
    settings: Settings, *, say: Callable[[str], None], before: Before | None = None
) -> None:
    """Serve until SIGINT or SIGTERM; `say` is called with the address.

    `before` runs with the opened parts before any request.

    Raises:
        SettingsError: the address is not loopback, and there is no authentication.
        PortTaken: the port is in use.
        Unavailable: a part cannot be opened.
    """
    with open_listener(settings) as listener:
        url, instance = url_of(listener), new_instance()

        @contextmanager
        def announcing() -> Generator[None]:
            with announced(settings.data, url, instance):
                log_model_servers(settings)
                for said in caps_of_nobody(settings):
                    log.warning("%s", said)
                say(url)
                yield

        await serve_on(
            listener, settings, instance=instance, while_serving=announcing(), before=before
        )


async def serve_on(
    listener: socket.socket,
    settings: Settings,
    *,
    instance: str,
    while_serving: AbstractContextManager[None],
    before: Before | None = None,
) -> None:
    """Open the parts and answer at the listener until SIGINT or SIGTERM.

    Raises:
        Unavailable: a part cannot be opened.
    """
    async with open_parts(settings, may_be_away=True) as parts:
        if before is not None:
            await before(parts, url_of(listener))
        app = create_app(parts, authenticator_from(settings), instance=instance)
        with vectors_behind(parts.store):
            _spare_what_stays()
            await _run(app, listener, parts.turns.admission, settings.service, while_serving)


def _spare_what_stays() -> None:
    """Keep the garbage collector from going through all that was loaded, again and again.

    A full collection among its 400,000 objects holds every turn up for a quarter of a second, and
    a turn makes some thousands of objects, nearly all of which end with it.
    """
    gc.collect()
    give_back_memory()
    gc.freeze()
    gc.set_threshold(_YOUNG)


async def _run(
    app: FastAPI,
    listener: socket.socket,
    admission: Admission,
    service: ServiceSettings,
    while_serving: AbstractContextManager[None],
) -> None:
    config = uvicorn.Config(
        app,
        log_config=None,  # its own would print an error's text, which may hold a question
        log_level="warning",
        timeout_graceful_shutdown=10,
        # Longer than clients and proxies keep an idle connection: one that the server closes first may be
        # closed under a request (httpx keeps it for 5 s, load balancers mostly for 60).
        timeout_keep_alive=75,
        lifespan="off",
        ws="none",
        # h11 bounds what a stranger may send as headers, which httptools does not, and this the time.
        http=protocol_with_deadline(service.read_limit_s),
        proxy_headers=False,  # trusted proxies are set in one place, DOCSQL_AUTH__PROXY
    )
    server = _Server(config, admission, service.drain_s, while_serving)
    await server.serve(sockets=[listener])


class _Server(uvicorn.Server):
    """Stops on SIGINT and SIGTERM without raising them again: the parts have yet to be closed.

    SIGTERM first stops new turns and waits for running ones, because uvicorn and sse-starlette
    would cut their streams at once. A worker may get it twice, from its parent and from systemd,
    which signals every process of a unit. SIGINT does not wait.

    `while_serving` begins when signals are heard: who is told the address may stop it at once.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        admission: Admission,
        drain_s: float,
        while_serving: AbstractContextManager[None],
    ) -> None:
        super().__init__(config)
        self._while_serving = while_serving
        self._admission = admission
        self._drain_s = drain_s
        self._draining: asyncio.Task[None] | None = None

    def _stop(self, number: int) -> None:
        if number != signal.SIGTERM:
            self.handle_exit(number, None)
        elif self._draining is None:
            self._draining = asyncio.create_task(self._drain(number))

    async def _drain(self, number: int) -> None:
        if not await self._admission.close(within_s=self._drain_s):
            left = self._admission.open_turns
            log.warning("%d turns were still running after %g seconds.", left, self._drain_s)
        self.handle_exit(number, None)

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for number in signals:
            loop.add_signal_handler(number, self._stop, number)
        try:
            with self._while_serving:
                yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)
