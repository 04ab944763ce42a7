"""An outage, told to people who only look at the page: their browsers ask from time to time."""

from dataclasses import dataclass
from time import monotonic

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from chainlit_app.away import ready_again, waits
from chainlit_app.service import Service

AWAY = "/away"
"""Where a browser asks whether the service is away."""
FRESH_S = 5.0
"""How long what was found holds: however many pages ask, the service is asked so often."""


class _Told(BaseModel):
    docsql: str


@dataclass(slots=True)
class OutageWatch:
    """Whether the service is away, asked once for all pages."""

    service: Service
    _is_away: bool = False
    _asked_at: float = float("-inf")

    async def answer(self, request: Request) -> Response:
        """The answer to a browser."""
        del request
        if monotonic() - self._asked_at > FRESH_S:
            self._asked_at = monotonic()
            self._is_away = not await self.service.is_there()
        return JSONResponse({"away": self._is_away})


async def show_outage(told: object, service: Service) -> bool:
    """The notice of an outage until it is over; whether a browser found one."""
    try:
        if _Told.model_validate(told).docsql != "away":
            return False
    except ValidationError:
        return False
    if not waits():
        await ready_again(service)
    return True
