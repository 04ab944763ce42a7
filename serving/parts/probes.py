"""Stored probe results of the chat models' servers."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, ValidationError

from agent.advice import Deciding
from serving.config.models import ChatServer
from serving.config.secrets import secret
from serving.config.settings import Settings
from serving.models.chat.exam import ExamReport, hold_exam
from serving.models.chat.probe import ProbeReport, probe_if_there
from serving.models.endpoint.address import without_credentials
from serving.models.endpoint.identity import ServerIdentity, identify_server
from serving.parts.chat import ChatPart, ServedChat
from tools.errors import BadInput, Unavailable

START_S = 2.0
"""Seconds that a start waits: enough to recognise servers, not to try out new ones."""


class _KeptExam(BaseModel):
    identity: ServerIdentity
    report: ExamReport


class _Kept(BaseModel):
    """The file in the data folder: by server, how it is spoken to and how well it chooses."""

    reports: dict[str, ProbeReport] = {}
    exams: dict[str, _KeptExam] = {}


@dataclass(slots=True)
class ChatProbes:
    """Finds out how each chat model has to be spoken to, and has it spoken to so.

    A server that is the same as last time (kind, version, model) is believed to behave the same.
    `is_free` says that how tools are called is to be found out and not set, `is_examined` the same
    of how well the first model chooses between sources, and `is_ahead_free` of what is begun ahead.
    """

    chats: Sequence[ServedChat]
    deciding: Deciding
    file: Path
    is_free: bool
    is_examined: bool
    is_ahead_free: bool
    found: dict[str, str] = field(default_factory=dict[str, str])
    failed: dict[str, str] = field(default_factory=dict[str, str])
    """By the servers' addresses: what was found out, and why some of them cannot be spoken to."""

    async def learn(self, *, again: bool = False) -> None:
        """Probe all servers in parallel; results apply as they arrive."""
        await asyncio.gather(*(self._learn(chat, again=again) for chat in self.chats))

    async def _learn(self, chat: ServedChat, *, again: bool) -> None:
        server, is_first = chat.server, chat is self.chats[0]
        key = secret(server.api_key)
        identity = await identify_server(chat.window, server.url, api_key=key)
        if is_first and self.is_ahead_free and identity != ServerIdentity():
            self.deciding.ahead = "documents" if identity.slots == 1 else "all"
        kept = self._read().reports.get(_key(server))
        is_same = kept is not None and kept.identity == identity and not again
        known = await self._spoken_to(chat, identity, kept if is_same else None)
        if is_first and self.is_examined and known:
            await self._examine(chat, identity, again=again)

    async def _spoken_to(
        self, chat: ServedChat, identity: ServerIdentity, kept: ProbeReport | None
    ) -> bool:
        """Find out how the model is spoken to, or keep to what is set; whether that is known now."""
        server, model = chat.server, chat.model
        if not self.is_free:
            self.found[without_credentials(server.url)] = (
                f"{identity}; tools: {model.capabilities.tools}, because it is set"
            )
            return identity != ServerIdentity()
        if kept is None:
            self.found[without_credentials(server.url)] = f"{identity}; is being tried out"
        report = kept or await probe_if_there(model, identity)
        self.found[without_credentials(server.url)] = str(report)
        if not isinstance(report, ProbeReport):
            self.failed[without_credentials(server.url)] = report
            return False
        model.capabilities, model.opens_thought = report.capabilities, report.opens_thought
        self._keep(reports={_key(server): report})
        return True

    async def _examine(self, chat: ServedChat, identity: ServerIdentity, *, again: bool) -> None:
        """Have the model choose between made-up sources, where nobody knows yet how well it does."""
        server, kept = chat.server, self._read().exams.get(_key(chat.server))
        if kept is not None and kept.identity == identity and not again:
            report = kept.report
        else:
            try:
                report = await hold_exam(chat.model)
            except (Unavailable, BadInput) as error:
                self.found[without_credentials(server.url)] += f"; could not be examined: {error}"
                return
            self._keep(exams={_key(server): _KeptExam(identity=identity, report=report)})
        self.deciding.by = "model" if report.has_passed else "together"
        self.found[without_credentials(server.url)] += f"; {report}"

    def _read(self) -> _Kept:
        try:
            return _Kept.model_validate_json(self.file.read_text("utf-8"))
        except (OSError, ValidationError):
            return _Kept()

    def _keep(
        self,
        *,
        reports: Mapping[str, ProbeReport] = MappingProxyType({}),
        exams: Mapping[str, _KeptExam] = MappingProxyType({}),
    ) -> None:
        kept = self._read()
        kept = _Kept(reports={**kept.reports, **reports}, exams={**kept.exams, **exams})
        with suppress(OSError):  # a folder that cannot be written costs a probe at the next start
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text(kept.model_dump_json(indent=1), encoding="utf-8")


def _key(server: ChatServer) -> str:
    return f"{server.api} {server.model} {server.url}"


def probes_of(settings: Settings, chat: ChatPart) -> ChatProbes:
    """The probes of all served chat models."""
    return ChatProbes(
        chat.servers,
        chat.deciding,
        settings.data / "probes.json",
        is_free=settings.chat.tools == "probe",
        is_examined=settings.chat.decides == "probe",
        is_ahead_free=settings.turn.ahead is None and settings.sql_coder.url is None,
    )


async def start_probing(probes: ChatProbes) -> asyncio.Task[None]:
    """Start probing, and wait briefly; the rest continues in the background."""
    task = asyncio.create_task(probes.learn())
    await asyncio.wait([task], timeout=START_S)
    return task
