"""A forked command is what a person's is, but for the time that it takes to start."""

import signal
from pathlib import Path

import pytest
from docsql_process import Folder

SETTINGS = {"DOCSQL_SERVICE__PORT": "0"}


@pytest.mark.parametrize(
    "arguments",
    [["schema"], ["no-such-command"], ["documents", "list", "--json"], ["ask", ""]],
    ids=" ".join,
)
def test_it_says_and_returns_what_a_fresh_one_does(tmp_path: Path, arguments: list[str]) -> None:
    forked = Folder(tmp_path, SETTINGS, umask=0o077)
    ran, expected = forked.run(*arguments), forked.fresh.run(*arguments)
    assert (ran.returncode, ran.stdout, ran.stderr) == (
        expected.returncode,
        expected.stdout,
        expected.stderr,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_it(tmp_path: Path, number: signal.Signals) -> None:
    with Folder(tmp_path, SETTINGS).serving() as service:
        service.process.send_signal(number)
        assert service.process.wait(20) == 0
    assert Folder(tmp_path).run("documents", "list").returncode == 0  # nobody holds the store now
