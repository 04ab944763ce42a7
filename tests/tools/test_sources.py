"""The parts of sources that need no server: addresses, names, access lists, robots, what a sync does."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tools.errors import BadInput
from tools.sources.access_rules import NOBODY, AccessList, groups_for, parse_access
from tools.sources.address import parse_address, redacted
from tools.sources.listing import Entry, Listing, SourceLimits
from tools.sources.names import listing_of, why_refused
from tools.sources.plan import plan_sync
from tools.sources.record import Taken
from tools.sources.web.guard import OffLimits, WebGuard, origin_of, require_public
from tools.sources.web.pages import links_of, page_path, sitemap_links
from tools.sources.web.robots import parse_robots

SHOWN = [
    (
        "https://u:secret@host:8443/a/b.pdf?sig=secret&page=2",
        "https://host:8443/a/b.pdf?sig=***&page=2",
    ),
    ("s3://key:secret@bucket/a b/c?d#e", "s3://bucket/a b/c?d#e"),
    ("sftp://me:secret@[::1]:2222/docs", "sftp://[::1]:2222/docs"),
    ("abfs://papers@acme.dfs.core.windows.net/x", "abfs://papers@acme.dfs.core.windows.net/x"),
    ("github://acme:handbook@main/docs", "github://acme:handbook@main/docs"),
    ("webdav+http://me:sec%72et@host/", "webdav+http://host/"),
]


@pytest.mark.parametrize(("url", "shown"), SHOWN)
def test_an_address_is_shown_without_what_opens_it(url: str, shown: str) -> None:
    address = parse_address(url)

    assert address.shown == shown
    assert "secret" not in repr(address.shown)


@pytest.mark.parametrize(
    "url", ["ftp://host/x", "https:///x", "s3://", "github://acme", "https://h:x/"]
)
def test_what_is_no_source_is_refused(url: str) -> None:
    with pytest.raises(BadInput):
        parse_address(url)


REDACTED = [
    (
        "GET https://u:p@h/x?X-Amz-Signature=abc&v=1 failed",
        "GET https://***@h/x?X-Amz-Signature=***&v=1 failed",
    ),
    ("at sftp://me:a@b@host/x", "at sftp://***@host/x"),
    ("no hunter2 and hunter%2F2", "no *** and ***"),
    ("https://host/a@b", "https://host/a@b"),
]


@pytest.mark.parametrize(("text", "said"), REDACTED)
def test_a_message_of_somebody_else_is_redacted(text: str, said: str) -> None:
    assert redacted(text, ["hunter2", "hunter/2"]) == said


NAMES = [
    ("a/b.md", True),
    ("a//b", False),
    ("../b", False),
    ("/etc/x", False),
    ("a/./b", False),
    ("a\nb", False),
    ("x" * 256, False),
    ("é.md", True),
    ("a/" * 600 + "b", False),
]


@pytest.mark.parametrize(("path", "is_fine"), NAMES)
def test_a_name_must_be_able_to_be_a_path(path: str, *, is_fine: bool) -> None:
    assert (why_refused(path) == "") == is_fine


def test_an_access_file_counts_wherever_it_is_listed() -> None:
    entries = [Entry(path, path) for path in ("a", "b", "c", "x/.docsql-access.yaml")]
    listing = listing_of(entries, SourceLimits(files=2))

    assert (listing.entries.keys(), listing.access.keys()) == (
        {"a", "b"},
        {"x/.docsql-access.yaml"},
    )
    assert "more than 2 files" in listing.lacking


RULES = b"""
"secret/**": []
"hr/*.pdf": [hr]
"**/plan?.md": [board, hr]
"""
GROUPS: list[tuple[str, set[str] | None]] = [
    ("secret/a/b.md", set()),
    ("hr/pay.pdf", {"hr"}),
    ("hr/old/pay.pdf", None),
    ("plan1.md", {"board", "hr"}),
    ("a/b/plan2.md", {"board", "hr"}),
    ("a/b/plan12.md", None),
    ("hrx.pdf", None),
]


@pytest.mark.parametrize(("path", "groups"), GROUPS)
def test_the_first_rule_that_matches_names_the_groups(path: str, groups: set[str] | None) -> None:
    found = groups_for(path, {"": parse_access(RULES)}, frozenset(["staff"]))

    assert found == ({"staff"} if groups is None else groups)


BROKEN = [
    b"- a",
    b"a: b",
    b"a: [b",
    b"a: [1]",
    b"a: ['']",
    b"\xff\xfe\xff",
    b"1: [a]",
    b"a: [b]\na: [c]",
    b"",
    b"? [a]\n: [b]",
    b"a: {b: c}",
    b"!!python/object:os.system {}",
]


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_list_gives_the_files_to_nobody(content: bytes) -> None:
    found = parse_access(content)

    assert found.broken
    assert groups_for("x/y.md", {"x": found}, frozenset(["everyone"])) == NOBODY


def test_the_nearest_list_comes_first_and_one_elsewhere_says_nothing() -> None:
    lists = {
        "": parse_access(b"'**': [all]"),
        "hr": parse_access(b"pay.md: [hr]"),
        "it": AccessList(broken="x"),
    }

    assert groups_for("hr/pay.md", lists, None) == {"hr"}
    assert groups_for("hr/other.md", lists, None) == {"all"}
    assert groups_for("it/a/b.md", lists, None) == NOBODY


TAKEN = {
    "same": Taken("same", "1", None, "d1"),
    "changed": Taken("changed", "1", None, "d2"),
    "failed": Taken("failed", "", None, "d3"),
    "lost": Taken("lost", "1", None, "not in the index"),
    "unsupported": Taken("unsupported", "1", None, reason="no"),
    "gone": Taken("gone", "1", None, "d4"),
    "too large now": Taken("too large now", "1", None, "d5"),
}


def _plan(
    listing: Listing,
    groups: Mapping[str, frozenset[str]] | None = None,
    *,
    allow_empty: bool = False,
):
    documents = {"d1", "d2", "d3", "d4", "d5"}
    return plan_sync(
        listing,
        TAKEN,
        lambda path: (groups or {}).get(path),
        documents=documents,
        allow_empty=allow_empty,
    )


def _listing(lacking: str = "") -> Listing:
    versions = {
        "same": "1",
        "changed": "2",
        "failed": "1",
        "lost": "1",
        "unsupported": "1",
        "new": "1",
        "mute": "",
    }
    entries = {path: Entry(path, path, version) for path, version in versions.items()}
    return Listing(entries, refused={"too large now": "it is too large"}, lacking=lacking)


def test_a_sync_takes_what_is_not_there_as_it_should_be() -> None:
    plan = _plan(_listing())

    assert {each.entry.path for each in plan.take} == {"changed", "failed", "lost", "new", "mute"}
    assert plan.same == ("same", "unsupported")
    assert (plan.gone, plan.kept, plan.withhold) == (("gone",), "", ())


@pytest.mark.parametrize("listing", [_listing(lacking="a folder was not listed"), Listing({})])
def test_a_listing_that_may_not_be_whole_removes_nothing(listing: Listing) -> None:
    plan = _plan(listing)

    assert plan.gone == ()
    assert plan.kept.startswith("Nothing was removed: ")
    assert ("gone" in _plan(listing, allow_empty=True).gone) == (not listing.lacking)


def test_what_fewer_people_may_see_comes_first_and_what_nobody_may_see_leaves() -> None:
    fewer = {"same": frozenset(["hr"]), "changed": NOBODY, "gone": frozenset(["hr"])}
    plan = _plan(_listing(lacking="a folder was not listed"), fewer)

    assert plan.take[0].entry.path == "same"
    assert plan.take[0].is_narrowed
    assert plan.withhold == ("changed", "gone")


PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "169.254.169.254",
    "::1",
    "fe80::1%eth0",
    "fd00::1",
    "::ffff:10.0.0.1",
    "0.0.0.0",  # noqa: S104
    "100.64.0.1",
    "224.0.0.1",
    "2002:7f00:1::",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_page_does_not_lead_to_a_private_address(address: str) -> None:
    with pytest.raises(OffLimits):
        require_public(address, "somewhere")


ADMITTED = [
    ("http://docs.example/x", True),
    ("https://docs.example/x", True),
    ("http://docs.example:8080/x", False),
    ("http://1.1.1.1/x", False),
    ("https://1.1.1.1/x", True),
    ("https://127.0.0.1/x", False),
    ("https://[::1]/x", False),
    ("https://0x7f.1/x", False),
    ("file:///etc/passwd", False),
    ("gopher://docs.example/", False),
]


@pytest.mark.parametrize(("url", "is_admitted"), ADMITTED)
def test_the_guard_admits_its_own_server_and_public_ones_by_https(
    url: str, *, is_admitted: bool
) -> None:
    guard = WebGuard(origin_of("http://docs.example"))
    try:
        guard.admit(url)
    except OffLimits:
        assert not is_admitted
    else:
        assert is_admitted


ROBOTS = """
User-agent: *
Disallow: /

User-agent: other
User-agent: docsql   # us
Disallow: /private
Allow: /private/open
Disallow: /*.pdf$
Disallow: /x*/y*/z$
Disallow:
Crawl-delay: 2
"""
ALLOWED = [
    ("/", True),
    ("/private/x", False),
    ("/private/open/x", True),
    ("/a.pdf", False),
    ("/a.pdf?x", True),
    ("/x1/y/2/z", False),
    ("/x1/y/2/zz", True),
    ("/x/z", True),
]


@pytest.mark.parametrize(("path", "is_allowed"), ALLOWED)
def test_robots_txt_is_read_as_its_standard_says(path: str, *, is_allowed: bool) -> None:
    robots = parse_robots(ROBOTS, "DocSQL")

    assert robots.allow(f"https://host{path}") == is_allowed
    assert robots.delay_s == 2
    assert not parse_robots("User-agent: *\nDisallow: /", "DocSQL").allow("https://host/")


def test_a_rule_of_many_stars_keeps_nobody_waiting() -> None:
    robots = parse_robots(f"User-agent: *\nDisallow: /{'*a' * 30}b", "DocSQL")

    assert robots.allow(f"https://host/{'a' * 100}")


PAGES = [
    ("https://h/a/", "text/html", "h/a/index.html"),
    ("https://h", "text/html", "h/index.html"),
    ("https://h/a.php?id=3&sid=x", "text/html", "h/a.php?id=3&sid=x.html"),
    ("https://h/a?token=abc", "application/pdf", "h/a?token=***.pdf"),
    ("https://h/a%20b.pdf", "application/pdf", "h/a b.pdf"),
    ("https://h/readme", "text/plain", "h/readme.txt"),
]


@pytest.mark.parametrize(("url", "kind", "path"), PAGES)
def test_a_page_is_called_what_its_address_says(url: str, kind: str, path: str) -> None:
    assert page_path(url, kind) == path


def test_links_are_whole_and_only_those_that_may_be_followed(tmp_path: Path) -> None:
    page = tmp_path / "page"
    page.write_text(
        "<base href='/docs/'><a href='a#x'>A</a><a href='a'>A</a><a href='../b?c=1'>B</a>"
        "<a href='javascript:x()'>C</a><a href='mailto:a@b'>D</a><a href=e.png>E</a>"
        "<a rel='nofollow' href=f>F</a><a href='https://u:p@Other/g'>G</a><a>H</a>",
        encoding="utf-8",
    )

    assert links_of(page, "https://h/start").links == (
        "https://h/docs/a",
        "https://h/b?c=1",
        "https://other/g",
        "https://h/docs/",
    )


def test_a_sitemap_that_expands_without_end_is_damaged(tmp_path: Path) -> None:
    bomb = tmp_path / "sitemap.xml"
    bomb.write_text(
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><urlset><url><loc>&b;</loc></url></urlset>',
        encoding="utf-8",
    )
    with pytest.raises(ValueError, match="ntit"):
        list(sitemap_links(bomb))
