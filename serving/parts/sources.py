"""Sources from the settings, or from a URL given to a command."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from serving.config.secrets import secret
from serving.config.settings import Settings
from serving.config.sources import SourceSettings
from tools.errors import BadInput, UnknownName
from tools.sources.address import SourceAddress, parse_address
from tools.sources.credentials import Credentials
from tools.sources.filesystems import open_filesystem
from tools.sources.listing import SourceFiles, SourceLimits
from tools.sources.web.client import WebClient
from tools.sources.web.guard import WebGuard, origin_of
from tools.sources.web.website import PageMemory, Website


@dataclass(frozen=True, slots=True)
class NamedSource:
    """A source with all that is needed to read it and to give its documents a place."""

    name: str
    address: SourceAddress
    collection: str
    groups: frozenset[str] | None
    credentials: Credentials = field(default_factory=Credentials)
    limits: SourceLimits = field(default_factory=SourceLimits)
    depth: int = 0
    interval_s: float = 0.5


def configured_sources(settings: Settings, name: str | None = None) -> list[NamedSource]:
    """The sources of the settings, or the one of that name.

    Raises:
        BadInput: there is none.
        UnknownName: there is none of that name.
    """
    if not settings.sources:
        raise BadInput(
            "No source is set. Write one to docsql.toml, such as `[sources.handbook]` with "
            '`url = "s3://bucket/folder"`.'
        )
    if name is None:
        return [_source(settings, each, chosen) for each, chosen in settings.sources.items()]
    if name not in settings.sources:
        known = ", ".join(sorted(settings.sources))
        raise UnknownName(f"There is no source {name!r}; there are: {known}.")
    return [_source(settings, name, settings.sources[name])]


def source_at(
    settings: Settings,
    url: str,
    *,
    collection: str,
    groups: frozenset[str] | None,
    depth: int,
) -> NamedSource:
    """The source of a URL; its credentials come from a source of the settings at that address."""
    address = parse_address(url)
    like = next(
        (each for each in settings.sources.values() if _is_same(each.url, address)),
        SourceSettings(url=address.shown),
    )
    return NamedSource(
        name=address.shown,
        address=address,
        collection=collection,
        groups=groups,
        credentials=_credentials(like, address),
        limits=_limits(like),
        depth=depth,
        interval_s=like.interval_s,
    )


@contextmanager
def open_source(source: NamedSource, memory: PageMemory, folder: Path) -> Generator[SourceFiles]:
    """The files of a source; `folder` is for pages that are read before they are taken.

    Raises:
        Unavailable: it cannot be opened.
    """
    if not source.address.is_web:
        with closing(open_filesystem(source.address, source.credentials, source.limits)) as files:
            yield files
        return
    address = source.address
    client = WebClient(
        guard=WebGuard(origin_of(f"{address.scheme}://{address.host}")),
        credentials=source.credentials,
        limits=source.limits,
        interval_s=source.interval_s,
    )
    with client.http:
        yield Website(
            address=address,
            client=client,
            limits=source.limits,
            depth=source.depth,
            folder=folder,
            memory=memory,
        )


def _source(settings: Settings, name: str, chosen: SourceSettings) -> NamedSource:
    address = parse_address(chosen.url)
    return NamedSource(
        name=name,
        address=address,
        collection=chosen.collection or settings.documents.collection,
        groups=None if chosen.groups is None else frozenset(chosen.groups),
        credentials=_credentials(chosen, address),
        limits=_limits(chosen),
        depth=chosen.depth,
        interval_s=chosen.interval_s,
    )


def _is_same(url: str, address: SourceAddress) -> bool:
    return parse_address(url).shown == address.shown


def _credentials(chosen: SourceSettings, address: SourceAddress) -> Credentials:
    return Credentials(
        user=address.user or chosen.user,
        password=address.password or secret(chosen.password) or "",
        token=secret(chosen.token) or "",
        key_file=chosen.key_file,
        known_hosts=chosen.known_hosts,
        endpoint=chosen.endpoint,
        options=chosen.options,
    )


def _limits(chosen: SourceSettings) -> SourceLimits:
    return SourceLimits(chosen.most_files, chosen.file_mb * 1024**2, chosen.time_limit_s)
