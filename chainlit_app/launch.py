"""Starts the page as a process of its own, in a folder that Chainlit may write to."""

import json
import os
import re
import shutil
import socket
import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from chainlit_app.keeping import version_own_files
from chainlit_app.look import LookError, about_as, dress, wording_as
from chainlit_app.origin import is_loopback_host
from chainlit_app.seal import derived, kept_secret
from chainlit_app.texts.language import LANGUAGES, REGIONS, Language
from chainlit_app.texts.table import texts
from serving.process.listening import open_to_all
from serving.process.private import close_to_others, keep_private, private_files
from serving.settings import PageSettings, Settings, SettingsError, load_settings

HERE = Path(__file__).parent
_OUTSIDE_LINK = re.compile(r"<link\b[^>]*\bhref=\"https?://[^>]*>")


class PageError(Exception):
    """The page cannot be started; the message says what to do."""


@dataclass(frozen=True, slots=True)
class PageCommand:
    """How to start the page: a command, its whole environment, and where it will be."""

    argv: list[str]
    environment: dict[str, str]
    address: str


def command(settings: Settings) -> PageCommand:
    """Fill the page's folder and say how to start it; port 0 picks a free one.

    Raises:
        PageError: it would let everybody in, the port is taken, or the data folder cannot be
            written to.
    """
    _require_login(settings)
    host = settings.page.host
    port = _free_port(host, settings.page.port)
    root = prepare(settings.data / "page", settings.page)
    given = settings.page.secret
    secret = given.get_secret_value() if given else _kept_secret(root)
    # -P: our packages have everyday names, and a `tools` folder where the person stands would win.
    argv = [sys.executable, "-P", "-m", "chainlit", "run", str(HERE / "app.py"), "--headless"]
    return PageCommand(
        argv=[*argv, "--host", host, "--port", str(port)],
        environment={
            **os.environ,  # noqa: TID251  # nothing is read: a child needs PATH and the rest of it
            "CHAINLIT_APP_ROOT": str(root.resolve()),
            "CHAINLIT_AUTH_SECRET": derived(secret, "sign").hex(),  # signs login cookies
            "DOCSQL_PAGE__SECRET": secret,
            "DOCSQL_PAGE__LOGIN": settings.page.login,
            "DOCSQL_PAGE__HISTORY": str(_has_history(settings.page)).lower(),
            "DOCSQL_PAGE__API_URL": settings.page.api_url,
            **({"CHAINLIT_URL": page.public_url} if (page := settings.page).public_url else {}),
            **_own_look(settings.page),
        },
        address=f"http://{_shown(host)}:{port}",
    )


def _own_look(page: PageSettings) -> dict[str, str]:
    """What the page's process reads itself."""
    return {
        "DOCSQL_PAGE__NAME": page.name,
        "DOCSQL_PAGE__WELCOME": json.dumps(page.welcome),
        "DOCSQL_PAGE__STARTERS": json.dumps(page.starters),
    }


def _has_history(page: PageSettings) -> bool:
    """The setting, or else whether the list of conversations belongs to one person."""
    if page.history is not None:
        return page.history
    return page.login != "none" or is_loopback_host(page.host)


def _kept_secret(root: Path) -> str:
    with private_files():
        return kept_secret(root)


def _require_login(settings: Settings) -> None:
    page = settings.page
    if not (is_loopback_host(page.host) or page.allow_anyone or page.login != "none"):
        said = open_to_all(page.host, remedy="Set DOCSQL_PAGE__LOGIN=key", section="PAGE")
        raise PageError(said)
    if page.login == "oidc" and not (settings.auth.oidc.issuer and page.oidc.client_id):
        raise PageError(
            "DOCSQL_PAGE__LOGIN is 'oidc', but the provider is not set. Set "
            "DOCSQL_AUTH__OIDC__ISSUER and AUDIENCE, and DOCSQL_PAGE__OIDC__CLIENT_ID."
        )
    if page.login == "proxy" and settings.auth.proxy.user_header is None:
        raise PageError(
            "DOCSQL_PAGE__LOGIN is 'proxy', but no user header is set. Set "
            "DOCSQL_AUTH__PROXY__USER_HEADER, and ADDRESSES or SECRET beside it."
        )


def main() -> NoReturn:
    """`python -m chainlit_app.launch`: run the page; options that are not arguments come from the settings.

    The process is replaced (exec), so that signals reach Chainlit itself.
    """
    keep_private()  # Chainlit's process inherits it
    try:
        settings = _settings(sys.argv[1:])
        close_to_others(settings)
        page = command(settings)
    except (PageError, SettingsError) as error:
        raise SystemExit(str(error)) from error
    os.execve(page.argv[0], page.argv, page.environment)  # noqa: S606  # our own command


def _settings(arguments: list[str]) -> Settings:
    parser = ArgumentParser(prog="chainlit_app.launch", description="Serve the chat page.")
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", type=int, help="port to listen on; 0 picks a free one")
    parser.add_argument("--api-url", help="where the DocSQL service is")
    parser.add_argument("--data", type=Path, help="folder for everything that DocSQL stores")
    given = {
        name: value
        for name, value in vars(parser.parse_args(arguments)).items()
        if value is not None
    }
    settings = load_settings()
    data = given.pop("data", settings.data)
    return settings.model_copy(
        update={"data": data, "page": settings.page.model_copy(update=given)}
    )


def prepare(root: Path, page: PageSettings) -> Path:
    """Copy the page's files into `root`, dressed as the settings say, and return `root`.

    Chainlit writes beside its configuration (translations, its users' files), and an installed
    package is not the place for that.

    Raises:
        PageError: the folder cannot be written to, or a picture cannot be read.
    """
    try:
        with private_files():
            _fill(root, page)
            dress(root, page)
    except LookError as error:
        raise PageError(str(error)) from error
    except OSError as error:
        raise PageError(
            f"The page needs a folder to write to, and {str(root)!r} is not writable: "
            f"{error.strerror or error}. Set DOCSQL_DATA to a writable folder."
        ) from error
    return root


def _fill(root: Path, page: PageSettings) -> None:
    for name in (".chainlit", "public"):
        _copy(HERE / name, root / name)
    for language, region in REGIONS.items():
        (root / f"chainlit_{region}.md").write_text(about_as(page, language), encoding="utf-8")
        _reword(root, language, wording_as(page, language))
    # Never shown; without it, Chainlit writes one of its own, and says so.
    shutil.copyfile(root / f"chainlit_{REGIONS['en']}.md", root / "chainlit.md")
    _give_constants(root / "public" / "docsql.js")
    version_own_files(root)
    _build_frontend(root / "build")


def _copy(folder: Path, to: Path, *, but: str = "") -> None:
    """Copy what is in a folder, without its modes: an installed package is there for everybody."""
    to.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.is_dir():
            _copy(path, to / path.name, but=but)
        elif not fnmatch(path.name, but):
            shutil.copyfile(path, to / path.name)


def _reword(root: Path, language: Language, wording: Mapping[str, str]) -> None:
    """Chainlit's own words in a language, with our wording over them."""
    name = f"{REGIONS[language]}.json"
    words = json.loads((_chainlit() / "translations" / name).read_text(encoding="utf-8"))
    for path, ours in wording.items():
        *parents, last = path.split(".")
        place = words
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = ours
    folder = root / ".chainlit" / "translations"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(words, indent=1), encoding="utf-8")


def _give_constants(script: Path) -> None:
    """Put the page's texts, and the views of elements, before the script, and its other parts behind."""
    told = json.dumps({language: texts(language) for language in LANGUAGES})
    views = script.parent / "views"
    shown = json.dumps({each.stem: each.read_text(encoding="utf-8") for each in views.iterdir()})
    code = script.read_text(encoding="utf-8")
    constants = f"const docsqlTexts = {told};\nconst docsqlViews = {shown};\n"
    parts = sorted((script.parent / "scripts").iterdir())
    code += "".join(each.read_text(encoding="utf-8") for each in parts)
    script.write_text(constants + code, encoding="utf-8")


def _build_frontend(build: Path) -> None:
    """Chainlit's frontend without the style sheets that it asks of other people's servers.

    Where those do not answer, a browser waits for them before it shows anything.
    """
    frontend = _chainlit() / "frontend" / "dist"
    build.mkdir(parents=True, exist_ok=True)
    for file in frontend.iterdir():
        if file.is_file():
            shutil.copyfile(file, build / file.name)
    index = (frontend / "index.html").read_text(encoding="utf-8")
    (build / "index.html").write_text(_OUTSIDE_LINK.sub("", index), encoding="utf-8")
    assets = build / "assets"
    shutil.rmtree(assets, ignore_errors=True)  # an older version's have other names
    _copy(frontend / "assets", assets, but="*.map")


def _chainlit() -> Path:
    """Chainlit's folder, found without the six seconds that importing it takes."""
    spec = find_spec("chainlit")
    if spec is None or spec.origin is None:
        raise PageError("Chainlit is not installed. Install DocSQL again: `make install`.")
    return Path(spec.origin).parent


def _free_port(host: str, port: int) -> int:
    """The port itself, or a free one for 0, after trying to listen on it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        # As uvicorn does: a port in TIME_WAIT is free.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise PageError(
                f"The chat page cannot listen on {host}:{port}: {error.strerror or error}. "
                "Choose another port with `docsql chat --port` or DOCSQL_PAGE__PORT."
            ) from error
        return int(trial.getsockname()[1])


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


if __name__ == "__main__":
    main()
