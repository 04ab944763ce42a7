"""Memory that was used for a moment and is free again."""

import ctypes
import os


def give_back_memory() -> None:
    """Have the C library give back what was freed, where it can (malloc_trim(3)); glibc keeps it."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim is not None:
        trim(0)
