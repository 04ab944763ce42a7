"""`docsql sync` with servers of each kind: what is taken, what is left alone, and what is let go."""

import json
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from docsql_process import Folder
from source_servers import PASSWORD, Remote, s3_remote, serve_wsgi, sftp_remote, webdav_remote
from typer.testing import CliRunner, Result

from serving.cli.commands import app

RUNNER = CliRunner()
KINDS = ("s3", "sftp", "webdav")
Docsql = Callable[..., Result]
Report = dict[str, Any]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Generator[dict[str, Remote]]:
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("remote")
        yield {
            "s3": stack.enter_context(s3_remote()),
            "sftp": stack.enter_context(sftp_remote(folder / "sftp")),
            "webdav": stack.enter_context(webdav_remote(folder / "webdav")),
        }


@pytest.fixture
def docsql(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Docsql:
    monkeypatch.chdir(folder.path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("DOCSQL_EMBEDDINGS__API", "none")
    for name, value in folder.settings.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: RUNNER.invoke(app, arguments)


@pytest.fixture(params=KINDS)
def remote(
    request: pytest.FixtureRequest,
    servers: dict[str, Remote],
    docsql: Docsql,
    monkeypatch: pytest.MonkeyPatch,
) -> Generator[Remote]:
    """An empty folder on a server that is the source `handbook`."""
    found = servers[request.param]
    for name, value in found.settings.items():
        monkeypatch.setenv(f"DOCSQL_SOURCES__HANDBOOK__{name}", value)
    put, remove, there = found.put, found.remove, set[str]()

    def noted_put(path: str, body: bytes) -> None:
        put(path, body)
        there.add(path)

    def noted_remove(path: str) -> None:
        remove(path)
        there.discard(path)

    found.put, found.remove = noted_put, noted_remove
    found.reads.clear()
    found.refuses.clear()
    found.leads.clear()
    yield found
    for path in list(there):
        remove(path)
    found.put, found.remove = put, remove


def _sync(docsql: Docsql, *options: str) -> Report:
    result = docsql("sync", *options, "--json")
    assert result.stdout, result.stderr
    return {"exit": result.exit_code, **cast("list[Report]", json.loads(result.stdout))[0]}


def _listed(docsql: Docsql) -> dict[str, Any]:
    found = cast("list[dict[str, Any]]", json.loads(docsql("documents", "list", "--json").stdout))
    return {each["source"]: each for each in found}


def test_a_source_is_taken_and_a_second_sync_reads_and_changes_nothing(
    remote: Remote, docsql: Docsql
) -> None:
    remote.put("parking.md", b"# Parking\n\nBicycles are parked behind the mill.")
    remote.put("it/deep/keys.txt", b"Keys are kept at the gate.")
    remote.put(".hidden.md", b"# Hidden")

    first = _sync(docsql)
    before = _listed(docsql)
    remote.reads.clear()
    second = _sync(docsql, "handbook")

    assert (first["added"], first["exit"]) == (2, 0)
    assert before.keys() == {"parking.md", "it/deep/keys.txt"}
    assert (second["unchanged"], second["added"], second["changed"]) == (2, 0, 0)
    assert remote.reads == []
    assert _listed(docsql) == before


def test_what_is_new_changed_moved_and_removed_is_brought_up_to_date(
    remote: Remote, docsql: Docsql
) -> None:
    for name in ("kept", "changed", "moved", "removed"):
        remote.put(
            f"{name}.md", f"# {name.title()}\n\nAbout the mill and the house, {name}.".encode()
        )
    _sync(docsql)
    remote.put("new.md", b"# New\n\nThe mill has a new wheel.")
    remote.put("changed.md", b"# Changed\n\nThe mill was sold to the town.")
    remote.put("archive/moved.md", b"# Moved\n\nAbout the mill and the house, moved.")
    remote.remove("moved.md")
    remote.remove("removed.md")
    remote.reads.clear()

    report = _sync(docsql)

    assert (report["added"], report["changed"], report["unchanged"]) == (1, 1, 1)
    assert report["moved"] == [{"before": "moved.md", "path": "archive/moved.md"}]
    assert report["removed"] == ["removed.md"]
    assert _listed(docsql).keys() == {"kept.md", "changed.md", "archive/moved.md", "new.md"}
    assert {path.rpartition("/")[2] for path in remote.reads} == {
        "new.md",
        "changed.md",
        "moved.md",
    }


def test_what_cannot_be_read_is_said_and_tried_again(remote: Remote, docsql: Docsql) -> None:
    remote.put("good.md", b"# Good\n\nThe mill turns with the wind.")
    remote.put("bad.md", b"# Bad\n\nThe mill stands by the river.")
    remote.refuses.add("bad.md")

    first = _sync(docsql)
    remote.refuses.clear()
    second = _sync(docsql)

    assert (first["exit"], first["added"]) == (1, 1)
    assert [each["path"] for each in first["failed"]] == ["bad.md"]
    assert (second["exit"], second["added"], second["unchanged"]) == (0, 1, 1)


@pytest.mark.parametrize("remote", ["s3", "sftp"], indirect=True)
def test_a_source_that_lists_nothing_is_kept_until_somebody_says_that_it_is_empty(
    remote: Remote, docsql: Docsql
) -> None:
    remote.put("one.md", b"# One\n\nThe mill turns with the wind.")
    _sync(docsql)
    remote.remove("one.md")

    guarded = _sync(docsql)
    kept = _listed(docsql)
    emptied = _sync(docsql, "--allow-empty")

    assert (guarded["exit"], guarded["removed"]) == (1, [])
    assert "--allow-empty" in guarded["warnings"][0]
    assert kept.keys() == {"one.md"}
    assert (emptied["removed"], _listed(docsql)) == (["one.md"], {})


@pytest.mark.parametrize("remote", ["sftp"], indirect=True)
def test_an_access_list_says_who_sees_a_file_and_a_broken_one_closes(
    remote: Remote, docsql: Docsql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCSQL_SOURCES__HANDBOOK__GROUPS", '["staff"]')
    remote.put("open.md", b"# Open\n\nThe mill turns with the wind.")
    remote.put("hr/pay.md", b"# Pay\n\nThe miller is paid by the town.")
    remote.put("hr/all/lunch.md", b"# Lunch\n\nLunch is at noon in the hall of the mill.")
    remote.put(".docsql-access.yaml", b'"hr/*": [hr]\n"hr/**": [hr, staff]\n')
    _sync(docsql)
    before = {path: sorted(each["groups"]) for path, each in _listed(docsql).items()}
    remote.put("hr/.docsql-access.yaml", b"pay.md: hr\n")

    broken = _sync(docsql)
    closed = _listed(docsql)
    remote.put("hr/.docsql-access.yaml", b"pay.md: [board]\n")
    repaired = _sync(docsql)

    assert before == {"open.md": ["staff"], "hr/pay.md": ["hr"], "hr/all/lunch.md": ["hr", "staff"]}
    assert sorted(broken["withheld"]) == ["hr/all/lunch.md", "hr/pay.md"]
    assert "hr/.docsql-access.yaml: the rule 'pay.md' must be" in broken["warnings"][0]
    assert closed.keys() == {"open.md"}
    assert repaired["exit"] == 0
    assert _listed(docsql)["hr/pay.md"]["groups"] == ["board"]


@pytest.mark.parametrize("remote", ["webdav", "sftp"], indirect=True)
def test_nothing_that_is_said_has_the_password(remote: Remote, docsql: Docsql) -> None:
    remote.put("good.md", b"# Good\n\nThe mill turns with the wind.")
    remote.put("bad.docx", b"not a document")
    remote.refuses.add("bad.docx")

    said = docsql("sync")
    url = remote.settings["URL"].replace("://", f"://reader:{PASSWORD}@")
    given = docsql("ingest", url)
    listed = docsql("documents", "list", "--json")

    for result in (said, given, listed):
        assert PASSWORD not in result.output
    assert said.exit_code == 1


@pytest.mark.parametrize("remote", ["webdav"], indirect=True)
def test_a_webdav_server_leads_to_no_private_address(remote: Remote, docsql: Docsql) -> None:
    asked = list[str]()

    def inside(environ: dict[str, Any], start: Any) -> list[bytes]:
        asked.append(environ["PATH_INFO"])
        start("200 OK", [("Content-Type", "text/markdown")])
        return [b"# Keys\n\nThe key is under the mat."]

    for name in ("moved.md", "keys.md"):
        remote.put(name, b"# One\n\nThe mill turns with the wind.")
    remote.put("there.md", b"# There\n\nThe mill stands by the river.")
    remote.leads["moved.md"] = "there.md"
    with serve_wsgi(inside) as url:
        remote.leads["keys.md"] = f"{url}/keys.md"
        report = _sync(docsql)

    assert asked == []
    assert _listed(docsql).keys() == {"moved.md", "there.md"}
    assert [each["path"] for each in report["failed"]] == ["keys.md"]
    assert "leads to '127.0.0.1', another server" in report["failed"][0]["reason"]


def test_a_source_whose_server_is_away_changes_nothing(
    remote: Remote, docsql: Docsql, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote.put("one.md", b"# One\n\nThe mill turns with the wind.")
    _sync(docsql)
    monkeypatch.setenv("DOCSQL_SOURCES__HANDBOOK__PASSWORD", "wrong")
    if remote.settings["URL"].startswith("s3"):  # moto looks at no key
        monkeypatch.setenv("DOCSQL_SOURCES__HANDBOOK__ENDPOINT", "http://127.0.0.1:9")

    report = _sync(docsql)

    assert (report["exit"], report["removed"]) == (1, [])
    assert report["warnings"][0].startswith("Nothing was changed: ")
    assert _listed(docsql).keys() == {"one.md"}


@pytest.mark.parametrize("remote", ["sftp"], indirect=True)
def test_a_lost_record_costs_reading_and_nothing_else(
    remote: Remote, docsql: Docsql, folder: Folder
) -> None:
    remote.put("one.md", b"# One\n\nThe mill turns with the wind.")
    remote.put("two.md", b"# Two\n\nThe mill stands by the river.")
    _sync(docsql)
    Path(folder.data / "sources.db").unlink()
    remote.remove("two.md")

    report = _sync(docsql)

    assert (report["unchanged"], report["removed"], report["exit"]) == (1, ["two.md"], 0)


@pytest.mark.parametrize("remote", ["sftp"], indirect=True)
def test_what_fewer_people_may_see_leaves_the_index_where_it_cannot_be_read_again(
    remote: Remote, docsql: Docsql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCSQL_SOURCES__HANDBOOK__GROUPS", '["staff"]')
    remote.put("pay.md", b"# Pay\n\nThe miller is paid by the town.")
    remote.put("open.md", b"# Open\n\nThe mill turns with the wind.")
    _sync(docsql)
    remote.put(".docsql-access.yaml", b"pay.md: [hr]\n")
    remote.refuses.add("pay.md")

    report = _sync(docsql)
    closed = _listed(docsql)
    remote.refuses.clear()
    _sync(docsql)

    assert [each["path"] for each in report["failed"]] == ["pay.md"]
    assert closed.keys() == {"open.md"}
    assert _listed(docsql)["pay.md"]["groups"] == ["hr"]


def test_a_protocol_that_is_not_installed_is_named_with_its_extra(
    docsql: Docsql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)

    result = docsql("ingest", "s3://papers/handbook")

    assert result.exit_code == 1
    assert (
        "s3:// needs s3fs, of DocSQL's extra `sources`: install it (`make extras`)."
        in result.output
    )


def test_a_source_of_the_settings_has_no_password_in_its_url(
    docsql: Docsql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCSQL_SOURCES__HANDBOOK__URL", f"sftp://me:{PASSWORD}@host/docs")

    result = docsql("sync")

    assert (result.exit_code, PASSWORD in result.output) == (1, False)
    assert "leave the password out of the URL" in result.output


@pytest.mark.parametrize("kind", KINDS)
def test_a_sync_that_is_killed_loses_nothing_and_goes_on(
    servers: dict[str, Remote], folder: Folder, kind: str
) -> None:
    remote, is_half = servers[kind], threading.Event()
    named = {f"DOCSQL_SOURCES__HANDBOOK__{name}": each for name, each in remote.settings.items()}
    home = replace(folder, settings={**folder.settings, **named})
    paths = [f"mill{number}.md" for number in range(12)]
    for path in paths:
        remote.put(path, f"# {path}\n\nAbout the mill and the river.".encode())
    remote.reads.clear()
    remote.on_read = lambda _: is_half.set() if len(remote.reads) == 10 else None

    with home.fresh.started("sync", "--workers", "1") as process:
        assert is_half.wait(60)
        process.kill()
    remote.reads.clear()
    again = home.run("sync", "--json")
    read = len(remote.reads)
    third = home.run("sync", "--json")
    for path in paths:
        remote.remove(path)
    remote.on_read = lambda _: None

    report = json.loads(again.stdout)[0]
    assert report["added"] + report["unchanged"] == 12, again.stderr
    assert 2 <= read < 12
    assert json.loads(third.stdout)[0]["unchanged"] == 12
    assert len(remote.reads) == read
    listed = json.loads(home.run("documents", "list", "--json").stdout)
    assert {each["source"] for each in listed} == set(paths)
