"""Suggested questions about what the caller may ask."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from agent.permitted import permitted
from agent.sources.offers import Offers
from agent.toolbox import Toolbox
from serving.wire.service import Suggestions
from tools.caller import Caller
from tools.language.reader import reader
from tools.language.telling import IN_ENGLISH


def suggestions_router(toolbox: Toolbox, caller_of: Callable[[Request], Caller]) -> APIRouter:
    """A route with example questions for a start page."""
    router = APIRouter(tags=["agent"])

    @router.get("/suggestions", summary="Questions that the connected sources can answer")
    async def suggested(caller: Annotated[Caller, Depends(caller_of)]) -> Suggestions:
        offers = Offers(toolbox, caller, permitted(toolbox.databases, caller))
        return Suggestions(questions=await offers.examples("", reader() or IN_ENGLISH))

    return router
