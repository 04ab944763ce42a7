"""Websites as sources: what is read of them, and where they do not lead."""

import json
import threading
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any, cast

import pytest
from docsql_process import Folder
from source_servers import Site, website
from typer.testing import CliRunner, Result

from serving.cli.commands import app

RUNNER = CliRunner()
Docsql = Callable[..., Result]


@pytest.fixture(scope="module")
def server() -> Generator[Site]:
    with website() as site:
        yield site


@pytest.fixture(scope="module")
def elsewhere() -> Generator[Site]:
    """Another server on this machine, which no page must lead to."""
    with website() as site:
        site.put("/secret", "<title>Secret</title><p>The key is under the mat.")
        yield site


@pytest.fixture
def site(server: Site) -> Site:
    for kept in (
        server.pages,
        server.redirects,
        server.status,
        server.asked,
        server.sent,
        server.headers,
    ):
        kept.clear()
    server.put("/", _page("Start", "/a", "/b/", "/c"))
    server.put("/a", _page("A", "/a/deep"))
    server.put("/a/deep", _page("Deep", "/a/deeper"))
    server.put("/a/deeper", _page("Deeper"))
    server.put("/b/", _page("B"))
    server.put("/c", _page("C"))
    return server


@pytest.fixture
def docsql(folder: Folder, site: Site, monkeypatch: pytest.MonkeyPatch) -> Docsql:
    monkeypatch.chdir(folder.path)
    settings = {
        "DOCSQL_EMBEDDINGS__API": "none",
        "DOCSQL_SOURCES__SITE__URL": site.url,
        "DOCSQL_SOURCES__SITE__DEPTH": "2",
        "DOCSQL_SOURCES__SITE__INTERVAL_S": "0",
        "DOCSQL_SOURCES__SITE__TIME_LIMIT_S": "5",
    }
    for name, value in {"NO_COLOR": "1", **folder.settings, **settings}.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: RUNNER.invoke(app, arguments)


def _page(title: str, *links: str) -> str:
    anchors = "".join(f'<a href="{link}">on</a>' for link in links)
    return f"<html><title>{title}</title><p>{title} is about the old mill.</p>{anchors}</html>"


def _sync(docsql: Docsql) -> dict[str, Any]:
    result = docsql("sync", "--json")
    assert result.stdout, result.stderr
    return {"exit": result.exit_code, **cast("list[dict[str, Any]]", json.loads(result.stdout))[0]}


def _names(docsql: Docsql) -> set[str]:
    found = cast("list[dict[str, Any]]", json.loads(docsql("documents", "list", "--json").stdout))
    return {each["source"].partition("/")[2] for each in found}


def test_links_are_followed_to_the_depth_and_a_second_sync_is_sent_nothing(
    site: Site, docsql: Docsql
) -> None:
    first = _sync(docsql)
    site.sent.clear()
    second = _sync(docsql)

    assert (first["exit"], first["added"]) == (0, 5)
    assert _names(docsql) == {"index.html", "a.html", "a/deep.html", "b/index.html", "c.html"}
    assert (second["unchanged"], second["changed"], site.sent) == (5, 0, [])


def test_a_sync_of_a_site_that_is_killed_loses_nothing_and_goes_on(
    server: Site, folder: Folder
) -> None:
    is_half, paths = threading.Event(), [f"/mill{number}" for number in range(12)]
    server.pages.clear()
    server.put("/", _page("Start", *paths))
    for path in paths:
        server.put(path, _page(path))
    server.sent.clear()
    server.on_sent = lambda _: is_half.set() if len(server.sent) == 11 else None
    settings = {
        "DOCSQL_SOURCES__SITE__URL": server.url,
        "DOCSQL_SOURCES__SITE__DEPTH": "1",
        "DOCSQL_SOURCES__SITE__INTERVAL_S": "0",
    }
    home = replace(folder, settings={**folder.settings, **settings})

    with home.fresh.started("sync", "--workers", "1") as process:
        assert is_half.wait(60)
        process.kill()
    server.on_sent = lambda _: None
    again = home.run("sync", "--json")
    server.sent.clear()
    third = home.run("sync", "--json")

    report = json.loads(again.stdout)[0]
    assert report["added"] + report["changed"] + report["unchanged"] == 13, again.stderr
    assert (json.loads(third.stdout)[0]["unchanged"], server.sent) == (13, [])
    listed = json.loads(home.run("documents", "list", "--json").stdout)
    assert len(listed) == 13


def test_pages_that_changed_and_that_are_gone(site: Site, docsql: Docsql) -> None:
    _sync(docsql)
    site.put("/c", _page("C, which was sold"))
    del site.pages["/b/"]

    report = _sync(docsql)

    assert (report["changed"], report["unchanged"]) == (1, 3)
    assert [path.partition("/")[2] for path in report["removed"]] == ["b/index.html"]


def test_a_page_that_cannot_be_had_hides_nothing_of_what_it_led_to(
    site: Site, docsql: Docsql
) -> None:
    _sync(docsql)
    site.status["/a"] = 500

    report = _sync(docsql)

    assert (report["exit"], report["removed"]) == (1, [])
    assert "/a cannot be read: the server answered 500" in report["warnings"][0]
    assert "a/deep.html" in _names(docsql)


def test_robots_and_pages_that_ask_for_it_are_left_alone(site: Site, docsql: Docsql) -> None:
    site.put("/robots.txt", "User-agent: *\nDisallow: /a", "text/plain")
    site.put("/c", _page("C").replace("<title>", "<meta name=robots content=noindex><title>"))

    _sync(docsql)

    assert _names(docsql) == {"index.html", "b/index.html"}
    assert "/a" not in site.asked


def test_a_site_whose_robots_txt_fails_is_not_read(site: Site, docsql: Docsql) -> None:
    site.status["/robots.txt"] = 503

    report = _sync(docsql)

    assert (report["exit"], site.asked) == (1, ["/robots.txt"])
    assert "robots.txt cannot be read" in report["warnings"][0]


def test_no_page_leads_to_another_server_of_this_network(
    site: Site, docsql: Docsql, elsewhere: Site
) -> None:
    site.redirects["/b/"] = f"{elsewhere.url}/secret"
    site.redirects["/c"] = "http://169.254.169.254/latest/meta-data"
    site.put("/a", _page("A", f"{elsewhere.url}/secret"))

    report = _sync(docsql)

    assert elsewhere.asked == []
    assert len([each for each in report["failed"] if "another server" in each["reason"]]) == 2
    assert _names(docsql) == {"index.html", "a.html"}


def test_what_opens_a_site_goes_to_it_and_is_not_shown(
    site: Site, docsql: Docsql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCSQL_SOURCES__SITE__TOKEN", "hunter2hunter2")
    site.put("/paper?sig=hunter2hunter2", "The mill was built in 1850.", "text/plain")

    synced = docsql("sync")
    given = docsql("ingest", f"{site.url}/paper?sig=hunter2hunter2", "--json")

    assert {found.get("authorization") for found in site.headers[:2]} == {"Bearer hunter2hunter2"}
    assert given.exit_code == 0, given.output
    assert "paper?sig=***.txt" in _names(docsql)
    assert "hunter2" not in synced.output + given.output


def test_a_sitemap_lists_the_pages_of_its_server(
    site: Site, docsql: Docsql, elsewhere: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCSQL_SOURCES__SITE__URL", f"{site.url}/maps/index.xml")
    monkeypatch.setenv("DOCSQL_SOURCES__SITE__DEPTH", "0")
    listed = "".join(
        f"<url><loc>{url}</loc><lastmod>2026-11-28T10:00:00Z</lastmod></url>"
        for url in (f"{site.url}/a/deeper", f"{site.url}/c", f"{elsewhere.url}/secret")
    )
    site.put(
        "/maps/index.xml",
        f"<sitemapindex><sitemap><loc>{site.url}/maps/1.xml</loc></sitemap></sitemapindex>",
        "text/xml",
    )
    site.put("/maps/1.xml", f"<urlset>{listed}</urlset>", "text/xml")

    first = _sync(docsql)
    site.asked.clear()
    second = _sync(docsql)

    assert (first["exit"], first["added"], second["unchanged"]) == (0, 2, 2)
    assert _names(docsql) == {"a/deeper.html", "c.html"}
    assert site.asked == ["/robots.txt", "/maps/index.xml", "/maps/1.xml"]
    assert elsewhere.asked == []


def test_a_page_larger_than_the_limit_is_refused_and_the_rest_is_taken(
    site: Site, docsql: Docsql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCSQL_SOURCES__SITE__FILE_MB", "1")
    site.put("/c", _page("C") + "x" * 1_100_000)

    report = _sync(docsql)

    assert [each["path"].partition("/")[2] for each in report["failed"]] == ["c"]
    assert (report["exit"], report["added"]) == (1, 4)


def test_a_server_that_speaks_no_tls_is_told_as_such(site: Site, docsql: Docsql) -> None:
    site.put("/", "<title>Mill</title><p>The mill turns with the wind.")
    done = docsql("ingest", site.url.replace("http://", "https://"))
    assert done.exit_code == 1
    assert "the server speaks http and not https there" in " ".join(done.output.split())
