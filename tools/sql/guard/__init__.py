"""The gate's first layer: one statement, read strictly, judged whole, written anew."""

from tools.sql.guard.admit import Admitted, admit

__all__ = ["Admitted", "admit"]
