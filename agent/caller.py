from typing import Any

from langchain_core.runnables import RunnableConfig

from tools.caller import Caller

CALLER = "caller"
THREAD = "thread_id"


class CallerMissing(Exception):
    """A turn was started without a verified caller; that is a fault in the program."""


def caller_of(config: RunnableConfig) -> Caller:
    """The verified caller from the configuration.

    Raises:
        NobodyAsked: there is no caller, so nothing may run.
    """
    caller = _configurable(config).get(CALLER)
    if not isinstance(caller, Caller):
        raise CallerMissing("A turn needs a verified caller in its configuration.")
    return caller


def thread_of(config: RunnableConfig) -> str:
    """The thread that a turn belongs to, its owner's by construction."""
    return str(_configurable(config)[THREAD])


def _configurable(config: RunnableConfig) -> dict[str, Any]:
    return config.get("configurable") or {}
