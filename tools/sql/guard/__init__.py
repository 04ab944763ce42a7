"""The guard, the gate's first layer: it parses one statement strictly, judges it and renders it."""

from tools.sql.guard.admit import Admitted, admit

__all__ = ["Admitted", "admit"]
