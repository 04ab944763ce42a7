import json
import re
import socket
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from chainlit_app import launch
from serving.config.page import PageSettings
from serving.config.settings import Settings, load_settings


def settings(data: Path, **page: object) -> Settings:
    own = PageSettings.model_validate({"port": 0, **page})
    return load_settings().model_copy(update={"data": data, "page": own})


def test_the_page_gets_a_folder_of_its_own_with_all_it_needs(tmp_path: Path) -> None:
    root = launch.prepare(tmp_path / "page", PageSettings())
    for name in (
        ".chainlit/config.toml",
        "chainlit.md",
        "chainlit_en-US.md",
        "chainlit_de-DE.md",
        "public/favicon.svg",
        "build/index.html",
    ):
        assert (root / name).is_file(), name


def test_the_frontend_asks_nothing_of_other_servers(tmp_path: Path) -> None:
    build = launch.prepare(tmp_path, PageSettings()) / "build"
    index = (build / "index.html").read_text(encoding="utf-8")
    assert not re.search(r'(href|src)="(https?:)?//', index)
    scripts = re.findall(r'src="/(assets/[^"]+)"', index)
    assert scripts
    assert all((build / script).is_file() for script in scripts)


def test_our_wording_replaces_words_that_chainlit_has(tmp_path: Path) -> None:
    folder = launch.prepare(tmp_path, PageSettings()) / ".chainlit" / "translations"
    words = json.loads((folder / "en-US.json").read_text(encoding="utf-8"))
    assert words["navigation"]["header"]["readme"] == "About"
    assert words["common"]["actions"]["cancel"] == "Cancel"


def test_preparing_again_replaces_ours_and_leaves_chainlits_files(tmp_path: Path) -> None:
    root = launch.prepare(tmp_path, PageSettings())
    (root / "chainlit_en-US.md").write_text("old", encoding="utf-8")
    (root / ".files").mkdir()
    launch.prepare(root, PageSettings())
    assert (root / "chainlit_en-US.md").read_text(encoding="utf-8").startswith("# DocSQL")
    assert (root / ".files").is_dir()


def test_the_configuration_is_of_the_installed_chainlit_and_closed() -> None:
    config = tomllib.loads((launch.HERE / ".chainlit/config.toml").read_text(encoding="utf-8"))
    assert config["meta"]["generated_by"] == version("chainlit")
    assert not config["features"]["unsafe_allow_html"]
    assert not config["features"]["allow_thread_sharing"]
    assert all(
        re.match(r"http://(localhost|127\.0\.0\.1):", origin)
        for origin in config["project"]["allow_origins"]
    )


HISTORIES: list[tuple[dict[str, object], str]] = [
    ({}, "true"),
    ({"history": False}, "false"),
    ({"host": "0.0.0.0", "allow_anyone": True}, "false"),  # noqa: S104  # nothing listens
    ({"host": "0.0.0.0", "allow_anyone": True, "history": True}, "true"),  # noqa: S104
    ({"host": "0.0.0.0", "login": "key"}, "true"),  # noqa: S104
]


@pytest.mark.parametrize(("given", "listed"), HISTORIES)
def test_conversations_are_listed_where_the_list_is_one_persons(
    tmp_path: Path, given: dict[str, object], listed: str
) -> None:
    page = launch.command(settings(tmp_path, **given))
    assert page.environment["DOCSQL_PAGE__HISTORY"] == listed


def test_the_command_names_the_address_and_the_service(tmp_path: Path) -> None:
    page = launch.command(settings(tmp_path, api_url="http://127.0.0.1:9"))
    assert page.environment["DOCSQL_PAGE__API_URL"] == "http://127.0.0.1:9"
    assert page.environment["CHAINLIT_APP_ROOT"] == str(tmp_path / "page")
    assert page.address == f"http://127.0.0.1:{page.argv[-1]}"


def test_a_port_in_use_is_said_before_anything_is_written(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(launch.PageError, match=rf"127\.0\.0\.1:{port}.*DOCSQL_PAGE__PORT"):
            launch.command(settings(tmp_path, port=port))
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_others_reach_asks_who_they_are(tmp_path: Path) -> None:
    everywhere = {"host": "0.0.0.0"}  # noqa: S104
    with pytest.raises(
        launch.PageError, match=r"would let everybody who can reach.*DOCSQL_PAGE__LOGIN=key"
    ):
        launch.command(settings(tmp_path, **everywhere))
    assert list(tmp_path.iterdir()) == []
    for allowed in ({"login": "key"}, {"allow_anyone": True}):
        page = launch.command(settings(tmp_path, **everywhere, **allowed))
        assert page.environment["DOCSQL_PAGE__LOGIN"] == allowed.get("login", "none")
    with pytest.raises(launch.PageError, match=r"DOCSQL_AUTH__OIDC__ISSUER.*CLIENT_ID"):
        launch.command(settings(tmp_path, **everywhere, login="oidc"))
    with pytest.raises(launch.PageError, match="DOCSQL_AUTH__PROXY__USER_HEADER"):
        launch.command(settings(tmp_path, **everywhere, login="proxy"))


def test_a_picture_that_is_not_there_is_named_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(launch.PageError, match=r"none\.svg.*DOCSQL_PAGE__LOGO"):
        launch.command(settings(tmp_path, logo=tmp_path / "none.svg"))


def test_a_data_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    occupied = tmp_path / "data"
    occupied.write_text("a file", encoding="utf-8")
    with pytest.raises(launch.PageError, match=r"is not writable.*DOCSQL_DATA"):
        launch.command(settings(occupied))


def test_the_module_says_what_is_wrong_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        arguments = ["--port", str(taken.getsockname()[1]), "--data", str(tmp_path)]
        ended = subprocess.run(  # noqa: S603  # our own module
            [sys.executable, "-m", "chainlit_app.launch", *arguments],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stderr.startswith("The chat page cannot listen on")
    assert len(ended.stderr.splitlines()) == 1
