"""The engine's side of the gate, with the guard bypassed."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tools.caller import Caller
from tools.errors import DocsqlError, Refused
from tools.sql.access import Access
from tools.sql.source import Job
from tools.sql.sqlite import SqliteFile

CLOSED_WORDS = ("CANARY", "CREATE TABLE", "root:")


def run_unguarded(source: SqliteFile, sql: str) -> list[tuple[Any, ...]]:
    return list(source.fetch(Job(sql, Caller("someone"), 0.4, rows=100)).rows)


def test_an_attack_gets_nothing_past_the_engine_alone(
    attack: dict[str, str],
    shop_source: SqliteFile,
    shop_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sha256(shop_file.read_bytes()).digest()
    try:
        shown = repr(run_unguarded(shop_source, attack["sql"]))
    except DocsqlError:
        shown = ""
    assert not any(word in shown for word in CLOSED_WORDS)
    assert sha256(shop_file.read_bytes()).digest() == before
    assert list(tmp_path.iterdir()) == []
    assert [path.name for path in shop_file.parent.iterdir()] == [shop_file.name]
    assert run_unguarded(shop_source, "SELECT count(*) FROM orders") == [(6,)]


def test_a_legitimate_question_runs_without_the_guard(
    legitimate: dict[str, str], shop_source: SqliteFile
) -> None:
    assert isinstance(run_unguarded(shop_source, legitimate["sql"]), list)


def test_nothing_runs_before_the_schema_was_looked_at(shop_file: Path) -> None:
    source = SqliteFile(shop_file, access=Access.of(None, ()), connections=1)
    with pytest.raises(Refused):
        run_unguarded(source, "SELECT 1")
    source.close()
