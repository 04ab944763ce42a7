"""Threads that a turn begins: they have no checkpoint yet, in the turn's branches neither."""

from langchain_core.runnables import RunnableConfig

NEW = "__is_new_thread"
"""In the configuration of a run whose thread was named just now. The underscores keep it out of what
is told to tracers, and kept with checkpoints."""


def is_of_a_new_thread(config: RunnableConfig) -> bool:
    """Whether the thread is new, so that it has no checkpoint yet."""
    return bool(config.get("configurable", {}).get(NEW))
