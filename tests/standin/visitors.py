"""Visitors of a page: whoever comes first has no cookies, and nobody asks another machine.

A visitor whose test is over makes room for the next, who finds nothing of theirs. What the browser
has compiled of the page stays: that is two fifths of the processor time of a visit.
"""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

PATIENCE_MS = 60_000  # a limit for what hangs, not a measure: other tests keep the machine busy
_INSIDE = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:", "about:")
_SMALL = "/favicon"
"""Something of a page's that is opened quickly."""


@dataclass(slots=True)
class _Visitor:
    """A browser's context, and the tab that keeps the process of its pages alive."""

    context: BrowserContext
    first: Page
    origins: set[str] = field(default_factory=set[str])


@dataclass
class Visitors:
    """Those who visit pages in one browser, each by the options of their context."""

    browser: Browser
    _here: list[tuple[str, _Visitor]] = field(default_factory=list[tuple[str, _Visitor]])
    _gone: list[tuple[str, _Visitor]] = field(default_factory=list[tuple[str, _Visitor]])
    _outside: list[str] = field(default_factory=list[str])
    _broken: list[str] = field(default_factory=list[str])

    def open(self, address: str, **options: Any) -> Page:
        """Open an address as somebody new, who has no other tab."""
        visitor = self._greet(options)
        tab = visitor.context.new_page()
        tab.on("console", self._note)
        tab.on("pageerror", lambda error: self._broken.append(error.stack or str(error)))
        tab.goto(address)
        if not visitor.first.url.startswith("http") and address.startswith("http"):
            at = urlsplit(address)
            visitor.first.goto(f"{at.scheme}://{at.netloc}{_SMALL}")
        return tab

    def leave(self) -> None:
        """Close the tabs, and forget whatever pages have kept."""
        for _, visitor in self._here:
            _forget(visitor)
        self._gone += self._here
        self._here = []

    def heard(self) -> tuple[list[str], list[str]]:
        """What was asked of other machines, and what broke in a page, since this was asked before."""
        heard = self._outside, self._broken
        self._outside, self._broken = [], []
        return heard

    def close(self) -> None:
        for _, visitor in [*self._here, *self._gone]:
            visitor.context.close()

    def _greet(self, options: dict[str, Any]) -> _Visitor:
        given: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, **options}
        kind = repr(sorted(given.items()))
        known = next((pair for pair in self._gone if pair[0] == kind), None)
        if known is None:
            context = self.browser.new_context(**given)
            context.set_default_timeout(PATIENCE_MS)
            known = kind, _Visitor(context, context.new_page())
            context.on("request", lambda request: self._see(known[1], request))
        else:
            self._gone.remove(known)
        self._here.append(known)
        return known[1]

    def _see(self, visitor: _Visitor, request: Request) -> None:
        at = urlsplit(request.url)
        if not request.url.startswith(_INSIDE):
            self._outside.append(request.url)
        elif at.scheme == "http":
            visitor.origins.add(f"{at.scheme}://{at.netloc}")

    def _note(self, said: ConsoleMessage) -> None:
        if "Content Security Policy" in said.text:
            self._broken.append(said.text)


def _forget(visitor: _Visitor) -> None:
    for tab in visitor.context.pages:
        if tab != visitor.first:
            tab.close()
    visitor.context.unroute_all()
    visitor.context.clear_permissions()
    visitor.context.clear_cookies()
    browser = visitor.context.new_cdp_session(visitor.first)
    for origin in visitor.origins:
        browser.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
    browser.detach()
