import json
from pathlib import Path

import pytest
from standin_server import serve
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from serving.config.page import PageSettings
from serving.config.service import ServiceSettings
from serving.config.settings import Settings
from serving.process.discovery import ADDRESS_FILE, announced, running_service
from serving.process.page import service_address
from tools.errors import Unavailable


def health_of(instance: str) -> Starlette:
    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok", "instance": instance})

    return Starlette(routes=[Route("/health", health)])


def test_a_running_service_is_found_by_what_it_left_and_gone_with_it(tmp_path: Path) -> None:
    with serve(health_of("one")) as url:
        with announced(tmp_path / "data", url, "one"):
            found = running_service(tmp_path / "data")
            assert found is not None
            assert found.url == url
        assert running_service(tmp_path / "data") is None
        assert not (tmp_path / "data" / ADDRESS_FILE).exists()


def test_a_stranger_on_the_port_of_a_killed_service_is_not_taken_for_it(tmp_path: Path) -> None:
    with serve(health_of("another")) as url, announced(tmp_path, url, "one"):
        assert running_service(tmp_path) is None


def test_a_stranger_that_is_no_docsql_is_not_taken_for_it(tmp_path: Path) -> None:
    async def hello(_: Request) -> Response:
        return PlainTextResponse("hello")

    app = Starlette(routes=[Route("/health", hello)])
    with serve(app) as url, announced(tmp_path, url, "one"):
        assert running_service(tmp_path) is None


LEFT = ["", "{", "[]", "3", '{"url": 3}', '{"url": "http://127.0.0.1:1", "instance": "x"}', "\x00"]


@pytest.mark.parametrize("left", LEFT)
def test_what_a_killed_service_left_behind_leads_nowhere(tmp_path: Path, left: str) -> None:
    (tmp_path / ADDRESS_FILE).write_text(left, encoding="utf-8")
    assert running_service(tmp_path) is None


def test_an_address_is_put_in_place_of_the_last_one_at_once(tmp_path: Path) -> None:
    file, also = tmp_path / ADDRESS_FILE, tmp_path / "what a reader has open"
    file.write_text("the last one", encoding="utf-8")
    also.hardlink_to(file)
    with announced(tmp_path, "http://127.0.0.1:1", "one"):
        assert also.read_text(encoding="utf-8") == "the last one"
        assert json.loads(file.read_text(encoding="utf-8"))["instance"] == "one"
    assert list(tmp_path.iterdir()) == [also]


def test_a_service_that_ends_leaves_its_successors_address_alone(tmp_path: Path) -> None:
    with announced(tmp_path, "http://127.0.0.1:1", "first"):
        written = json.dumps({"url": "http://127.0.0.1:2", "instance": "second"})
        (tmp_path / ADDRESS_FILE).write_text(written, encoding="utf-8")
    assert (tmp_path / ADDRESS_FILE).read_text(encoding="utf-8") == written


def test_a_data_folder_that_cannot_be_made_is_said_with_the_setting(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file", encoding="utf-8")
    with (
        pytest.raises(Unavailable, match="Set DOCSQL_DATA to a writable folder"),
        announced(tmp_path / "data", "http://127.0.0.1:1", "one"),
    ):
        pass


def test_a_page_that_starts_first_waits_where_the_service_will_be(tmp_path: Path) -> None:
    service = ServiceSettings(host="0.0.0.0", port=18910)  # noqa: S104
    settings = Settings(data=tmp_path, service=service)
    assert service_address(settings) == "http://127.0.0.1:18910"
    named = settings.model_copy(update={"page": PageSettings(api_url="http://docs.example")})
    assert service_address(named) == "http://docs.example"
    anywhere = settings.model_copy(update={"service": ServiceSettings(port=0)})
    assert service_address(anywhere) == "http://127.0.0.1:8710"
