"""Which door the agent is served through."""

import logging
from importlib import import_module

from serving.config.service import AgentDoor
from serving.http.doors.door import AddRoutes
from serving.http.doors.own import add_own_routes
from tools.errors import BadInput

log = logging.getLogger(__name__)


def agent_door(wanted: AgentDoor | None) -> AddRoutes:
    """What adds the agent's routes: LangServe where nothing else is wanted and it can be imported.

    Raises:
        BadInput: LangServe is wanted, and cannot be imported.
    """
    if wanted == "own":
        return add_own_routes
    try:
        return import_module("serving.http.doors.langserve").add_langserve_routes
    except ImportError as error:
        if wanted == "langserve":
            raise BadInput(
                f"DOCSQL_SERVICE__AGENT_DOOR is 'langserve', which cannot be imported: {error}. "
                "Install it, or set 'own', which speaks the same wire."
            ) from error
        log.warning(
            "LangServe cannot be imported (%s): /agent is our own, on the same wire.", error
        )
        return add_own_routes
