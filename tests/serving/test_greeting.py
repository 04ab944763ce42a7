"""The greeting of `docsql serve`."""

import signal

import pytest
from docsql_process import Folder
from pydantic import SecretStr

from serving.cli.greeting import greeting
from serving.config.data import DatabaseSettings
from serving.config.settings import Settings


def test_a_service_says_what_a_person_needs_and_no_more(folder: Folder) -> None:
    with folder.started("serve", "--host", "127.0.0.1") as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(4)]
        process.send_signal(signal.SIGTERM)
        rest, log = process.communicate(timeout=30)
    assert said[0].startswith("DocSQL answers at http://127.0.0.1:")
    for word, line in zip(("Ctrl-C", "docsql chat", "shop", "embedded"), said, strict=True):
        assert word in line
    assert (rest, log) == ("", "")


@pytest.mark.parametrize(
    ("count", "told"), [(0, "DOCSQL_DATABASES__NAME__URL"), (2, "d0, d1"), (30, "and 22 more")]
)
def test_databases_are_named_as_far_as_a_line_holds_them(count: int, told: str) -> None:
    url = SecretStr("sqlite:///x.sqlite")
    named = {f"d{number}": DatabaseSettings(url=url) for number in range(count)}
    said = greeting(Settings(databases=named), "http://127.0.0.1:8710")
    assert told in "\n".join(said)
    assert max(map(len, said)) <= 110
