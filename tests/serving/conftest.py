"""A small company: a database of bicycle workshops, two documents, and a service in front of them."""

from collections.abc import Generator, Iterator, Mapping
from pathlib import Path

import pytest
from docsql_process import Folder, Service, make_database

FIXTURES = Path(__file__).parents[1] / "fixtures" / "service"


@pytest.fixture(scope="session")
def documents() -> Path:
    return FIXTURES / "documents"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A folder of two documents that a test may search."""
    texts = {"parking": "Bicycles are parked behind the mill.", "dogs": "Dogs wait at the gate."}
    folder = tmp_path / "rules"
    folder.mkdir()
    for name, text in texts.items():
        (folder / f"{name}.md").write_text(f"# {name.title()}\n\n{text}", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database file; nothing writes to it."""
    return make_database(FIXTURES / "shop.sql", tmp_path_factory.mktemp("shop") / "shop.sqlite")


@pytest.fixture(scope="session")
def shop_settings(shop: Path) -> dict[str, str]:
    return {
        "DOCSQL_SERVICE__PORT": "0",
        "DOCSQL_DATABASES__SHOP__URL": f"sqlite:///{shop}",
        "DOCSQL_DATABASES__SHOP__DESCRIPTION": "Bicycle workshops and their repairs.",
    }


@pytest.fixture
def folder(tmp_path: Path, shop_settings: dict[str, str]) -> Folder:
    """A folder of this test alone, with the database and no documents yet."""
    return Folder(tmp_path, shop_settings)


def _served(path: Path, settings: Mapping[str, str], documents: Path) -> Generator[Service]:
    home = Folder(path, settings)
    with home.serving() as running:
        taken = home.run("ingest", str(documents))
        assert taken.returncode == 0, taken.stderr
        yield running


@pytest.fixture(scope="session")
def service(
    tmp_path_factory: pytest.TempPathFactory, shop_settings: dict[str, str], documents: Path
) -> Iterator[Service]:
    """One service for every test that leaves no trace in it."""
    settings = {**shop_settings, "DOCSQL_SERVICE__PLAYGROUND": "true"}
    yield from _served(tmp_path_factory.mktemp("service"), settings, documents)


@pytest.fixture(scope="session")
def own_service(
    tmp_path_factory: pytest.TempPathFactory, shop_settings: dict[str, str], documents: Path
) -> Iterator[Service]:
    """The same with an /agent door of our own."""
    settings = {**shop_settings, "DOCSQL_SERVICE__AGENT_DOOR": "own"}
    yield from _served(tmp_path_factory.mktemp("own"), settings, documents)


@pytest.fixture(params=["service", "own_service"])
def either_service(request: pytest.FixtureRequest) -> Service:
    """The service behind LangServe's door, then behind our own."""
    return request.getfixturevalue(request.param)
