"""Files in the data folder are private to their owner, whatever the umask."""

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from docsql_process import Folder, address_in, page_answers
from programs import needs

ASKED = {"input": {"question": "How many repairs are there?"}}
KEPT = {
    *("threads.db", "audit.jsonl", "keys.json", "local.key", "probes.json"),
    *("milvus.db", "files", "uploads", "page", "demo.sqlite"),
}
"""The files that stay in the folder when nothing runs, after every feature was used."""


def open_to_others(folder: Path) -> dict[str, str]:
    """The modes of all below and of the folder itself that are not their owner's alone."""
    found: dict[str, str] = {}
    for path in (folder, *folder.rglob("*")):
        mode = path.lstat().st_mode
        wanted = 0o700 if stat.S_ISDIR(mode) else 0o600
        if stat.S_IMODE(mode) != wanted:
            found[str(path.relative_to(folder))] = oct(stat.S_IMODE(mode))
    return found


def opened(folder: Path) -> None:
    """As an earlier version left it."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.fixture(params=[0o000, 0o277], ids=oct)  # with 0o022 it is what `used` does
def home(tmp_path: Path, shop_settings: dict[str, str], request: pytest.FixtureRequest) -> Folder:
    settings = {**shop_settings, "DOCSQL_PAGE__PORT": "0", "DOCSQL_PAGE__HISTORY": "true"}
    return Folder(tmp_path, settings, umask=request.param)


def use(home: Folder, documents: Path) -> None:
    """Everything that leaves something in the folder, looked at while it runs and afterwards."""
    for command in (
        *(["ingest", str(documents)], ["ask", "How many repairs are there?"]),
        *(["sql", "SELECT name FROM workshops"], ["threads", "list"], ["documents", "list"]),
    ):
        done = home.run(*command)
        assert done.returncode == 0, done.stderr
        assert open_to_others(home.data) == {}
    with home.serving() as service, httpx.Client(base_url=service.url, trust_env=False) as client:
        client.timeout = 60
        assert client.post("/agent/invoke", json=ASKED).is_success
        assert client.post(
            "/documents", files={"file": ("new.md", b"# New\n\nThese are the words.")}
        ).is_success
        with home.started("chat") as page:
            assert page_answers(address_in(page))
            assert (home.data / "service.json").is_file()
            assert (home.data / "page" / ".files").is_dir()
            assert open_to_others(home.data) == {}
    assert home.run("keys", "create", "alice").returncode == 0
    assert open_to_others(home.data) == {}


def test_all_that_is_kept_is_its_owners_alone(home: Folder, documents: Path) -> None:
    use(home, documents)


def test_the_demo_keeps_its_database_to_its_owner(tmp_path: Path) -> None:
    home = Folder(tmp_path, {"DOCSQL_SERVICE__PORT": "0", "DOCSQL_PAGE__PORT": "0"}, umask=0o000)
    with home.started("demo") as process:
        address_in(process, "API")
        assert (home.data / "demo.sqlite").is_file()
        assert open_to_others(home.data) == {}


@pytest.fixture(scope="module")
def used(
    tmp_path_factory: pytest.TempPathFactory, shop_settings: dict[str, str], documents: Path
) -> Folder:
    """A folder in which there is something of everything."""
    settings = {**shop_settings, "DOCSQL_PAGE__PORT": "0", "DOCSQL_PAGE__HISTORY": "true"}
    home = Folder(tmp_path_factory.mktemp("used"), settings, umask=0o022)
    use(home, documents)
    (home.data / "demo.sqlite").write_bytes(b"")
    (home.data / "probes.json").write_text("{}", encoding="utf-8")
    (home.data / "threads.db-wal").write_bytes(b"")
    (home.data / "certificate.key").write_text("00" * 32, encoding="ascii")
    (home.data / "local.key.0a1b").write_text("left by a process that was killed")
    assert {path.name for path in home.data.iterdir()} >= KEPT
    return home


STARTS = [
    ["serve"],
    ["chat"],
    ["documents", "list"],
    ["threads", "list"],
    ["sql", "SELECT 1 FROM workshops"],
    ["keys", "list"],
]


@pytest.mark.parametrize("command", STARTS, ids=" ".join)
def test_what_an_earlier_version_left_is_closed_at_the_next_start(
    used: Folder, command: list[str]
) -> None:
    opened(used.data)
    if command[0] in {"serve", "chat"}:
        with used.started(*command) as process:
            address_in(process)
            assert open_to_others(used.data) == {}
    else:
        done = used.run(*command)
        assert done.returncode == 0, done.stderr
        assert open_to_others(used.data) == {}


def test_what_others_keep_in_the_folder_stays_as_it_is(used: Folder) -> None:
    """The folder may be shared then; our files in it are private all the same."""
    opened(used.data)
    theirs = used.data / "reports"
    theirs.mkdir(mode=0o755)
    (theirs / "q3.txt").write_text("Theirs.", encoding="utf-8")
    (used.data / "files-of-ours.txt").write_text("Theirs.", encoding="utf-8")
    for path in (theirs / "q3.txt", used.data / "files-of-ours.txt"):
        path.chmod(0o644)
    try:
        assert used.run("keys", "list").returncode == 0
        left = open_to_others(used.data)
    finally:
        (theirs / "q3.txt").unlink()
        theirs.rmdir()
        (used.data / "files-of-ours.txt").unlink()
    assert left == {
        ".": "0o755",
        "reports": "0o755",
        "reports/q3.txt": "0o644",
        "files-of-ours.txt": "0o644",
    }


def test_what_the_settings_name_does_not_make_the_folder_somebody_elses(
    tmp_path: Path, shop: Path
) -> None:
    """A configuration and a database beside the data, as containers mount them."""
    home = Folder(tmp_path, {"DOCSQL_CONFIG": "data/docsql.toml"}, umask=0o022)
    home.data.mkdir(mode=0o755)
    mine = home.data / "shop.sqlite"
    mine.write_bytes(shop.read_bytes())
    (home.data / "docsql.toml").write_text(
        '[databases.shop]\nurl = "sqlite:///data/shop.sqlite"\n', encoding="utf-8"
    )
    for path in home.data.iterdir():
        path.chmod(0o644)
    done = home.run("sql", "SELECT count(*) FROM repairs")
    assert done.returncode == 0, done.stderr
    assert open_to_others(home.data) == {"shop.sqlite": "0o644", "docsql.toml": "0o644"}


def test_files_elsewhere_that_the_settings_name_are_closed_too(
    tmp_path: Path, shop_settings: dict[str, str], documents: Path
) -> None:
    other = tmp_path / "other"
    settings = {
        **shop_settings,
        "DOCSQL_THREADS__URI": str(other / "talks.db"),
        "DOCSQL_DOCUMENTS__URI": str(other / "passages.db"),
        "DOCSQL_TELEMETRY__AUDIT": str(other / "log" / "audit.jsonl"),
    }
    home = Folder(tmp_path, settings, umask=0o022)
    for _ in range(2):
        assert home.run("ingest", str(documents)).returncode == 0
        assert home.run("ask", "How many repairs are there?").returncode == 0
        assert open_to_others(other) == {}
        opened(other / "passages.db")
        (other / "talks.db").chmod(0o644)
        (other / "log" / "audit.jsonl").chmod(0o644)


def test_a_folder_that_cannot_be_closed_does_not_keep_the_service_from_starting(
    used: Folder,
) -> None:
    if os.geteuid() != 0:
        pytest.skip("Only root can give a folder to somebody else.")
    powerless = [needs("setpriv", package="util-linux"), "--bounding-set=-fowner"]
    opened(used.data)
    nobody = 65_534
    os.chown(used.data, nobody, nobody)
    os.chown(used.data / "probes.json", nobody, nobody)
    used.data.chmod(0o777)
    try:
        with replace(used, before=powerless).serving() as service:
            assert httpx.get(f"{service.url}/health", trust_env=False).is_success
            left = open_to_others(used.data)
    finally:
        os.chown(used.data, 0, 0)
        os.chown(used.data / "probes.json", 0, 0)
    assert left == {".": "0o777", "probes.json": "0o644"}


def asks_elsewhere(home: Folder, shop: Path) -> Path:
    """A file that a command was asked to write outside of the data folder."""
    asked, out = home.path / "asked.jsonl", home.path / "out.jsonl"
    line = {"id": "1", "db": shop.stem, "question": "How many repairs are there?"}
    asked.write_text(json.dumps(line), encoding="utf-8")
    command = ["eval", "sql", "--questions", str(asked), "--databases", str(shop.parent)]
    assert home.run(*command, "--out", str(out)).returncode == 0
    assert json.loads(out.read_text(encoding="utf-8"))["id"] == "1"
    return out


@pytest.mark.parametrize(
    ("umask", "mode"), [(0o000, 0o666), (0o022, 0o644), (0o027, 0o640), (0o077, 0o600)]
)
def test_a_file_that_was_asked_for_elsewhere_has_the_askers_own_umask(
    tmp_path: Path, shop: Path, umask: int, mode: int
) -> None:
    out = asks_elsewhere(Folder(tmp_path, umask=umask), shop)
    assert stat.S_IMODE(out.stat().st_mode) == mode


def test_a_file_that_is_written_again_elsewhere_keeps_its_mode(tmp_path: Path, shop: Path) -> None:
    (tmp_path / "out.jsonl").touch()
    (tmp_path / "out.jsonl").chmod(0o604)
    out = asks_elsewhere(Folder(tmp_path, umask=0o077), shop)
    assert stat.S_IMODE(out.stat().st_mode) == 0o604
