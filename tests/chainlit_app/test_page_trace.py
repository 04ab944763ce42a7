"""A question's trace begins at the page, where a collector is set."""

from collections.abc import Callable
from pathlib import Path

from docsql_process import Folder, make_database
from playwright.sync_api import Page, expect
from scripted_service import ask
from standin_collector import Collector, ReceivedSpan
from standin_server import serve

from chainlit_app import launch
from serving.auth.local import local_credential
from serving.config.settings import load_settings

SHOP = Path(__file__).parents[1] / "fixtures" / "service" / "shop.sql"


def test_what_a_question_costs_is_one_trace_from_the_page_to_the_database(
    tmp_path: Path,
    visit: Callable[[str], Page],
    start: Callable[[list[str], dict[str, str], list[str]], Path],
) -> None:
    collector, settings = Collector(), load_settings()
    with serve(collector.app) as url:
        told = {"DOCSQL_TELEMETRY__OTLP_ENDPOINT": url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        shop = make_database(SHOP, tmp_path / "shop.sqlite")
        folder = Folder(
            tmp_path,
            {
                "DOCSQL_SERVICE__PORT": "0",
                "DOCSQL_DATABASES__SHOP__URL": f"sqlite:///{shop}",
                **told,
            },
        )
        with folder.serving() as service:
            own = settings.page.model_copy(update={"port": 0, "api_url": service.url})
            page = launch.command(settings.model_copy(update={"data": folder.data, "page": own}))
            key = {"DOCSQL_PAGE__API_KEY": local_credential(folder.data) or ""}
            start(page.argv, {**page.environment, **key, **told}, [f"{page.address}/favicon"])
            tab = visit(page.address)
            ask(tab, "How many repairs are there?")
            expect(tab.locator(".ai-message").last).to_contain_text("Sources")
            assert collector.wait_for(lambda spans: bool(_way(spans)), 10)
    assert _way(collector.spans)[-1] == ("docsql-page", "question")
    assert "How many" not in repr(collector.spans)


def _way(spans: list[ReceivedSpan]) -> list[tuple[str, str]]:
    """The programs and spans from a statement up to where its trace begins; empty until all came."""
    known = {span.span_id: span for span in spans}
    way = [span for span in spans if span.name == "SELECT shop"][-1:]
    while way and way[-1].parent_id:
        if way[-1].parent_id not in known:
            return []
        way.append(known[way[-1].parent_id])
    return [(span.program, span.name) for span in way]
