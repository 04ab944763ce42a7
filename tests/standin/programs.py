import importlib.util
import os
import shutil
from typing import NoReturn

import pytest


def needs(program: str, *, package: str, path: str | None = None) -> str:
    """Where the program is; without it the test skips, or fails where every test must run."""
    found = shutil.which(program, path=path)
    if found is None:
        _do_without(f"{program} is missing: `apt-get install {package}` brings it.")
    return found


def needs_extra(*modules: str) -> None:
    """Skip where a module of an extra is not installed, or fail where every test must run."""
    for module in modules:
        if importlib.util.find_spec(module) is None:
            _do_without(f"{module} is missing: `make extras` brings it.")


def _do_without(missing: str) -> NoReturn:
    if os.environ.get("REQUIRE_ALL_TESTS") == "1":  # noqa: TID251  # a test run's own switch
        pytest.fail(missing)
    pytest.skip(missing)
