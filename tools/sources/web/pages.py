"""The links of pages and sitemaps, and the document names of pages."""

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qsl, unquote, urldefrag, urljoin, urlsplit, urlunsplit
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

HTML = frozenset(["text/html", "application/xhtml+xml"])
_LONGEST_PAGE = 5 * 1024 * 1024
"""Bytes of a page in which links are looked for."""
_LONGEST_SITEMAP = 50 * 1024 * 1024
"""Largest sitemap in bytes, by its protocol."""
_EXTENSIONS = {
    "application/epub+zip": ".epub",
    "application/json": ".json",
    "application/pdf": ".pdf",
    "text/csv": ".csv",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "application/xml": ".xml",
    "text/xml": ".xml",
}
_NO_TEXT = re.compile(
    r"\.(avi|bmp|css|eot|exe|gif|gz|ico|iso|jpe?g|js|m4a|mov|mp[34]|ogg|png|svg|tar|ttf|wav|webm|webp|"
    r"woff2?|zip)$",
    re.IGNORECASE,
)
_OPENS = re.compile(
    r"sig|token|key|auth|pass|secret|code|expires|session|^x-|^s[epvrt]$", re.IGNORECASE
)
"""Names of parameters whose values may be secrets."""
_LONGEST_VALUE = 40


@dataclass(frozen=True, slots=True)
class Found:
    """What a page says beside its text: links, and whether robots may keep and follow them."""

    links: tuple[str, ...] = ()
    is_kept: bool = True


def links_of(path: Path, url: str) -> Found:
    """The pages that an HTML page links to."""
    with path.open("rb") as file:
        text = file.read(_LONGEST_PAGE).decode(errors="replace")
    parser = _Links()
    parser.feed(text)
    base = urljoin(url, parser.base)
    links = () if "nofollow" in parser.robots else parser.links
    followed = [plain for link in links if (plain := plain_url(base, link))]
    return Found(tuple(dict.fromkeys(followed)), "noindex" not in parser.robots)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links = list[str]()
        self.base = ""
        self.robots = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link, the base of links, or what robots are asked."""
        said = {name: value or "" for name, value in attrs}
        match tag:
            case "a" if "nofollow" not in said.get("rel", "").lower():
                self.links.append(said.get("href", ""))
            case "base":
                self.base = self.base or said.get("href", "")
            case "meta" if said.get("name", "").lower() in {"robots", "docsql"}:
                self.robots += said.get("content", "").lower().replace("none", "noindex,nofollow")
            case _:
                pass


def plain_url(base: str, link: str) -> str:
    """A link as a full URL without fragment; empty if it cannot lead to a document."""
    try:
        url = urldefrag(urljoin(base, link.strip())).url
        parts = urlsplit(url)
        netloc = parts.netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not netloc or _NO_TEXT.search(parts.path):
        return ""
    return urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, ""))


def is_sitemap(path: Path) -> bool:
    """Whether a file begins as a sitemap does."""
    with path.open("rb") as file:
        start = file.read(1024)
    if start.startswith(b"\x1f\x8b"):
        start = zlib.decompressobj(31).decompress(start, 1024)
    return b"<urlset" in start or b"<sitemapindex" in start


def sitemap_links(path: Path) -> Iterator[tuple[str, str]]:
    """The addresses in a sitemap, each with the time of its last change where it is told.

    Raises:
        ValueError: it is damaged, or larger than sitemaps may be.
    """
    data = path.read_bytes()
    if data.startswith(b"\x1f\x8b"):
        data = _unpacked(data)
    address = ""
    changed = ""
    try:
        for _, element in iterparse(io.BytesIO(data)):
            match element.tag.rpartition("}")[2]:
                case "loc":
                    address = (element.text or "").strip()
                case "lastmod":
                    changed = (element.text or "").strip()
                case "url" | "sitemap":
                    yield address, changed
                    address = changed = ""
                    element.clear()
                case _:
                    pass
    except (ParseError, DefusedXmlException) as error:
        raise ValueError(str(error)) from error


def _unpacked(data: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(data)) as file:
            found = file.read(_LONGEST_SITEMAP + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError("it cannot be unpacked") from error
    if len(found) > _LONGEST_SITEMAP:
        raise ValueError("it is larger than 50 MB")
    return found


def page_path(url: str, kind: str) -> str:
    """What a page is called as a document: its address without what could open it."""
    parts = urlsplit(url)
    path = unquote(parts.path).lstrip("/")
    if not path or path.endswith("/"):
        path += "index"
    query = "&".join(f"{name}={_shown(name, value)}" for name, value in parse_qsl(parts.query))
    whole = f"{parts.netloc}/{path}" + (f"?{query.replace('/', '_')}" if query else "")
    return whole + _missing_extension(PurePosixPath(whole).suffix.lower(), kind)


def _shown(name: str, value: str) -> str:
    return "***" if _OPENS.search(name) or len(value) > _LONGEST_VALUE else value


def _missing_extension(suffix: str, kind: str) -> str:
    if kind in HTML:
        return "" if suffix in {".html", ".htm", ".xhtml"} else ".html"
    wanted = _EXTENSIONS.get(kind, "")
    return "" if suffix == wanted or (suffix and kind == "text/plain") else wanted
