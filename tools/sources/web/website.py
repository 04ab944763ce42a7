"""A website as a source: its start page, what a sitemap lists, and links to a depth."""

import hashlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol
from urllib.parse import urljoin, urlsplit

from tools.documents.folder import is_passed_over
from tools.errors import BadInput, TooLarge, Unavailable
from tools.sources.address import SourceAddress, redacted
from tools.sources.listing import Entry, Listing, SourceLimits
from tools.sources.names import why_refused
from tools.sources.web.client import AGENT, BadStatus, Page, PageGone, Validators, WebClient
from tools.sources.web.guard import OffLimits
from tools.sources.web.pages import HTML, is_sitemap, links_of, page_path, plain_url, sitemap_links
from tools.sources.web.robots import Robots, parse_robots

_MOST_SITEMAPS = 1_000


@dataclass(frozen=True, slots=True)
class SeenPage:
    """The record of a page, so that unchanged pages are not read again."""

    validators: Validators = field(default_factory=Validators)
    version: str = ""
    kind: str = ""
    links: tuple[tuple[str, str], ...] = ()
    is_kept: bool = True
    is_sitemap: bool = False
    changed: str = ""


class PageMemory(Protocol):
    """Remembers pages by their URL from one listing to the next."""

    def find(self, url: str) -> SeenPage | None:
        """What is known of a page."""
        ...

    def keep(self, url: str, page: SeenPage) -> None:
        """Remember a page."""
        ...


@dataclass(frozen=True, slots=True)
class _Step:
    url: str
    depth: int
    changed: str = ""
    """When a sitemap says that it changed."""


@dataclass(slots=True, kw_only=True)
class Website:
    """Pages of one server below the folder of its start page; a sitemap reaches all of the server.

    Pages that had to be read for their links lie in `folder` until they are fetched.
    """

    address: SourceAddress
    client: WebClient
    limits: SourceLimits
    depth: int
    folder: Path
    memory: PageMemory
    _robots: Robots = field(default_factory=Robots)
    _read: dict[str, Path] = field(default_factory=dict[str, Path])
    _problems: list[str] = field(default_factory=list[str])
    _refused: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def start(self) -> str:
        """The first page's URL."""
        query = f"?{self.address.query}" if self.address.query else ""
        return f"{self.address.scheme}://{self.address.host}{self.address.path or '/'}{query}"

    def list(self) -> Listing:
        """Every page that is reached, each asked whether it has changed."""
        self._robots = self._rules()
        self.client.wait_at_least(self._robots.delay_s)
        entries = dict[str, Entry]()
        for url, page in self._pages():
            entry = _entry(url, page, entries)
            if any(map(is_passed_over, entry.path.split("/"))):
                continue
            if reason := why_refused(entry.path):
                self._refused[entry.path] = reason
            elif len(entries) == self.limits.files:
                self._problems.append(f"it has more than {self.limits.files} pages (`most_files`)")
                break
            else:
                entries[entry.path] = entry
        return Listing(entries, refused=self._refused, lacking=_first(self._problems))

    def fetch(self, entry: Entry, target: Path) -> None:
        """Write a page, which may have been read already."""
        if (read := self._read.pop(entry.address, None)) is not None:
            read.replace(target)
            return
        try:
            self.client.get(entry.address, target)
        except (OffLimits, PageGone, Unavailable) as error:
            raise Unavailable(f"{entry.path} cannot be read: {error}.") from error

    def _rules(self) -> Robots:
        try:
            target = self.folder / "robots"
            self.client.get(urljoin(self.start, "/robots.txt"), target)
            return parse_robots(target.read_text(encoding="utf-8", errors="replace"), AGENT)
        except (PageGone, OffLimits, TooLarge):
            return Robots()
        except BadStatus as error:
            if error.status < 500 and error.status != 429:
                return Robots()
            raise Unavailable(
                f"{self.address.shown}: robots.txt cannot be read: {error}."
            ) from error
        except Unavailable as error:
            raise Unavailable(f"{self.address.shown} cannot be read: {error}.") from error

    def _pages(self) -> Iterator[tuple[str, SeenPage]]:
        waiting, seen, sitemaps = deque([_Step(self.start, self.depth)]), {self.start}, 0
        while waiting:
            step = waiting.popleft()
            page = self._visit(step)
            if page is None:
                continue
            if page.is_sitemap:
                sitemaps += 1
            elif page.is_kept:
                yield step.url, page
            if sitemaps > _MOST_SITEMAPS:
                self._problems.append(f"it has more than {_MOST_SITEMAPS} sitemaps")
                return
            waiting += [next_ for next_ in self._next(step, page) if next_.url not in seen]
            seen.update(next_.url for next_ in waiting)

    def _next(self, step: _Step, page: SeenPage) -> Iterator[_Step]:
        if not page.is_sitemap and step.depth == 0:
            return
        depth = step.depth if page.is_sitemap else step.depth - 1
        for url, changed in dict(page.links).items():
            if self._is_within(url, from_sitemap=page.is_sitemap):
                yield _Step(url, depth, changed)

    def _is_within(self, url: str, *, from_sitemap: bool) -> bool:
        try:
            is_own = self.client.guard.is_own(url)
        except OffLimits:
            return False
        folder = urlsplit(urljoin(self.start, ".")).path
        return is_own and (from_sitemap or urlsplit(url).path.startswith(folder))

    def _visit(self, step: _Step) -> SeenPage | None:
        """The current page; None if it does not exist or cannot be fetched."""
        is_start = step.url == self.start
        if not self._robots.allow(step.url):
            if is_start:
                raise BadInput(f"{self.address.shown}: its robots.txt keeps DocSQL out.")
            return None
        try:
            return self._look(step)
        except (BadInput, Unavailable) as error:
            if is_start:
                raise Unavailable(f"{self.address.shown} cannot be read: {error}.") from error
            self._note(step, error)
            return None

    def _note(self, step: _Step, error: Exception) -> None:
        match error:
            case PageGone():
                pass
            case TooLarge() | OffLimits():
                self._refused[page_path(step.url, "")] = str(error)
            case _:
                self._problems.append(f"{redacted(step.url)} cannot be read: {error}")

    def _look(self, step: _Step) -> SeenPage:
        known = self.memory.find(step.url)
        if known and step.depth == 0 and "T" in step.changed and known.changed == step.changed:
            return known  # a date alone would hide a second change on that day
        target = self.folder / hashlib.sha256(step.url.encode(errors="replace")).hexdigest()
        found = self.client.get(step.url, target, known.validators if known else None)
        if found.is_same and known:
            page = replace(known, changed=step.changed)
        else:
            self._read[step.url] = target
            page = replace(self._read_page(found, target), changed=step.changed)
        self.memory.keep(step.url, page)
        return page

    def _read_page(self, found: Page, target: Path) -> SeenPage:
        with target.open("rb") as file:
            content_hash = hashlib.file_digest(file, "sha256").hexdigest()
        version = found.validators.version or f"sha256:{content_hash}"
        page = SeenPage(found.validators, version, found.kind)
        if is_sitemap(target):
            return replace(page, is_sitemap=True, links=_listed(target, found.url))
        if found.kind in HTML:
            said = links_of(target, found.url)
            links = (
                tuple((link, "") for link in said.links)
                if self.client.guard.is_own(found.url)
                else ()
            )
            return replace(page, links=links, is_kept=said.is_kept)
        is_media = found.kind.partition("/")[0] in {"image", "video", "audio", "font"}
        return replace(page, is_kept=not is_media)


def _listed(path: Path, url: str) -> tuple[tuple[str, str], ...]:
    try:
        found = [(plain_url(url, link), changed) for link, changed in sitemap_links(path)]
    except ValueError as error:
        raise Unavailable(f"its sitemap is damaged ({error})") from error
    return tuple((link, changed) for link, changed in found if link)


def _entry(url: str, page: SeenPage, taken: dict[str, Entry]) -> Entry:
    path = page_path(url, page.kind)
    if path in taken:  # what is not shown tells them apart
        mark = hashlib.sha256(url.encode(errors="replace")).hexdigest()[:8]
        head, _, tail = path.rpartition(".")
        path = f"{head}-{mark}.{tail}"
    return Entry(path, url, page.version)


def _first(problems: list[str]) -> str:
    more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
    return f"{problems[0]}{more}" if problems else ""
