"""Stored probe results of the chat models' servers."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ValidationError

from serving.config.models import ChatServer
from serving.config.secrets import secret
from serving.config.settings import Settings
from serving.models.chat.probe import ProbeReport, probe_if_there
from serving.models.endpoint.identity import identify_server
from serving.parts.chat import ChatPart, ServedChat

START_S = 2.0
"""Seconds that a start waits: enough to recognise servers, not to try out new ones."""


class _Kept(BaseModel):
    """The file in the data folder."""

    reports: dict[str, ProbeReport] = {}


@dataclass(slots=True)
class ChatProbes:
    """Finds out how each chat model has to be spoken to, and has it spoken to so.

    A server that is the same as last time (kind, version, model) is believed to behave the same.
    `is_free` says that how tools are called is to be found out and not set.
    """

    chats: Sequence[ServedChat]
    file: Path
    is_free: bool
    found: dict[str, str] = field(default_factory=dict[str, str])

    async def learn(self, *, again: bool = False) -> None:
        """Probe all servers in parallel; results apply as they arrive."""
        await asyncio.gather(*(self._learn(chat, again=again) for chat in self.chats))

    async def _learn(self, chat: ServedChat, *, again: bool) -> None:
        server, model = chat.server, chat.model
        key = secret(server.api_key)
        identity = await identify_server(chat.window, server.url, api_key=key)
        if not self.is_free:
            self.found[server.url] = (
                f"{identity}; tools: {model.capabilities.tools}, because it is set"
            )
            return
        kept = self._read().reports.get(_key(server))
        if kept is None or kept.identity != identity or again:
            self.found[server.url] = f"{identity}; is being tried out"
            report = await probe_if_there(model, identity)
        else:
            report = kept
        self.found[server.url] = str(report)
        if isinstance(report, ProbeReport):
            model.capabilities, model.opens_thought = report.capabilities, report.opens_thought
            self._keep(server, report)

    def _read(self) -> _Kept:
        try:
            return _Kept.model_validate_json(self.file.read_text("utf-8"))
        except (OSError, ValidationError):
            return _Kept()

    def _keep(self, server: ChatServer, report: ProbeReport) -> None:
        kept = self._read().reports | {_key(server): report}
        with suppress(OSError):  # a folder that cannot be written costs a probe at the next start
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text(_Kept(reports=kept).model_dump_json(indent=1), encoding="utf-8")


def _key(server: ChatServer) -> str:
    return f"{server.api} {server.model} {server.url}"


def probes_of(settings: Settings, chat: ChatPart) -> ChatProbes:
    """The probes of all served chat models."""
    is_free = settings.chat.tools == "probe"
    return ChatProbes(chat.servers, settings.data / "probes.json", is_free)


async def start_probing(probes: ChatProbes) -> asyncio.Task[None]:
    """Start probing, and wait briefly; the rest continues in the background."""
    task = asyncio.create_task(probes.learn())
    await asyncio.wait([task], timeout=START_S)
    return task
