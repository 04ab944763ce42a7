"""The documentation says what the program does."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import settings_page
import yaml
from typer.testing import CliRunner

from serving.cli.commands import app
from serving.config.settings import Settings
from serving.parts.assembly import drawable_graph

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PACKAGES = ("tools", "agent", "serving", "chainlit_app")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
OURS = r"(?:agent|tools|serving|chainlit_app|deployment|tests|docs)"
NAMED = re.compile(rf"`({OURS}(?:/[\w.-]+)+/?)`")
"""A path of the repository, as the pages name it."""
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def test_the_settings_page_is_what_the_classes_say() -> None:
    written = settings_page.PAGE.read_text(encoding="utf-8")
    assert written == settings_page.page(), "run `make settings`"


def test_the_architecture_page_draws_the_graph_as_it_is() -> None:
    drawn = re.search(r"```mermaid\n(.*?)```", read("docs/architecture.md"), re.DOTALL)
    assert drawn is not None
    graph = drawable_graph(Settings()).get_graph(xray=True).draw_mermaid()
    assert _unindented(drawn.group(1)) == _unindented(graph)


def _unindented(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def test_every_command_is_on_the_command_lines_page() -> None:
    page = read("docs/command-line.md")
    commands = [c.name or c.callback.__name__ for c in app.registered_commands if c.callback]
    groups = [group.name for group in app.registered_groups]
    missing = [name for name in (*commands, *groups) if f"docsql {name}" not in page]
    assert missing == []


def test_the_readme_fits_two_screens_and_names_the_two_commands() -> None:
    readme = read("README.md")
    assert len(readme.splitlines()) <= 110
    assert "make demo" in readme
    assert "make test" in readme


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_links_to_and_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link for link in LINK.findall(text) if "://" not in link]
    missing = [link for link in links if not (page.parent / link).exists()]
    assert missing + [path for path in NAMED.findall(text) if not _exists(path)] == []


def _exists(path: str) -> bool:
    """Whether it is there; a page may leave out `.py`, and may name what a script makes."""
    is_there = any((ROOT / f"{path}{ending}").exists() for ending in ("", ".py"))
    return is_there or path.startswith("deployment/secrets/")


def test_the_site_lists_every_page_once() -> None:
    site = yaml.safe_load(read("mkdocs.yml"))
    listed = sorted(_pages_in(site["nav"]))
    assert listed == sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))


Nav = str | list["Nav"] | dict[str, "Nav"]


def _pages_in(nav: Nav) -> list[str]:
    match nav:
        case str():
            return [nav]
        case list():
            return [page for entry in nav for page in _pages_in(entry)]
        case dict():
            return [page for entry in nav.values() for page in _pages_in(entry)]


def test_the_messages_of_the_troubleshooting_page_are_those_of_the_program() -> None:
    said = "\n".join(text for package in PACKAGES for text in _words_in(ROOT / package))
    shown = re.findall(r"```text\n(.*?)```", read("docs/troubleshooting.md"), re.DOTALL)
    assert shown
    pieces = [piece.strip() for message in shown for piece in re.split("…|is in use", message)]
    assert [piece for piece in pieces if piece not in said] == []


def _words_in(package: Path) -> Iterator[str]:
    for module in package.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_benchmark_that_a_page_names_is_one(page: Path) -> None:
    runner = (ROOT / "tests/bench/run.py").read_text(encoding="utf-8")
    known = set(re.findall(r'^    "(\w+)": bench_', runner, re.MULTILINE))
    assert "service" in known
    named = re.findall(r"--(?:only|renew) ([a-z]+)", page.read_text(encoding="utf-8"))
    assert set(named) <= known


def test_the_demo_says_its_ports() -> None:
    settings = Settings()
    said = CliRunner().invoke(app, ["demo", "--help"]).stdout
    for section, port in (("SERVICE", settings.service.port), ("PAGE", settings.page.port)):
        assert str(port) in said
        assert f"DOCSQL_{section}__PORT" in said
