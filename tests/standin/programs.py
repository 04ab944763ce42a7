import os
import shutil

import pytest


def needs(program: str, *, package: str, path: str | None = None) -> str:
    """Where the program is; without it the test skips, or fails where every test must run."""
    found = shutil.which(program, path=path)
    if found is None:
        missing = f"{program} is missing: `apt-get install {package}` brings it."
        if os.environ.get("REQUIRE_ALL_TESTS") == "1":  # noqa: TID251  # a test run's own switch
            pytest.fail(missing)
        pytest.skip(missing)
    return found
