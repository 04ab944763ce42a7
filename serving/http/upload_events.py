"""Progress of an upload, from the thread that works on it to the client."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Any

from serving.wire.documents import FileTaken, UploadFinished
from serving.wire.events import Failed
from tools.errors import BadInput, DocsqlError

EVENT_STREAM = "text/event-stream"
_log = logging.getLogger(__name__)


class UploadEvents:
    """Events of one upload; the work goes on to its end also where nobody listens any more."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._queue = asyncio.Queue[FileTaken | UploadFinished | Failed | None]()

    def tell(self, event: FileTaken | UploadFinished) -> None:
        """Add an event, from whatever thread."""
        self._loop.call_soon_threadsafe(self._queue.put_nowait, event)

    def follow(self, work: "asyncio.Future[Any]") -> None:
        """End the stream with the work; an exception becomes the last event."""
        work.add_done_callback(self._end)

    async def lines(self) -> AsyncGenerator[str]:
        """The events as lines of a stream of server-sent events."""
        while (event := await self._queue.get()) is not None:
            yield f"data: {event.model_dump_json()}\n\n"

    def _end(self, work: "asyncio.Future[Any]") -> None:
        error = None if work.cancelled() else work.exception()
        if isinstance(error, DocsqlError):
            act = "you" if isinstance(error, BadInput) else "operator"
            self._queue.put_nowait(Failed(message=str(error), act=act))
        elif error is not None:
            _log.error("An upload failed.", exc_info=error)
            said = "Internal error. The service's log has the details."
            self._queue.put_nowait(Failed(message=said, act="operator"))
        self._queue.put_nowait(None)
