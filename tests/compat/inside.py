"""Prints, for each `module` or `module:Class` on the command line, the names that it has inside.

A process of its own: Chainlit cannot be imported without a folder of its own and warnings.
"""

import inspect
import json
import sys
from importlib import import_module
from typing import Any

_LISTED = ("__annotations__", "__dataclass_fields__", "__private_attributes__")


def names(owner: Any) -> set[str]:
    """A class's own code tells what its objects have."""
    found = set(dir(owner)).union(*(getattr(owner, listed, ()) for listed in _LISTED))
    functions = (
        function
        for each in getattr(owner, "__mro__", ())
        for _, function in inspect.getmembers(each, inspect.isfunction)
    )
    return found.union(*(function.__code__.co_names for function in functions))


def inside(where: str) -> list[str]:
    """None of them where the module or the class is gone."""
    module, _, owner = where.partition(":")
    try:
        found: Any = import_module(module)
        return sorted(names(getattr(found, owner) if owner else found))
    except (ImportError, AttributeError):
        return []


if __name__ == "__main__":
    sys.stdout.write(json.dumps({where: inside(where) for where in sys.argv[1:]}))
