"""The set, settings and data of a run, which decide whether two runs are comparable."""

import hashlib
import json
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from agent.evaluation.baselines import AgentName
from serving.config.settings import SECRETS, Settings
from serving.evaluation.case import SetCase, digest_of
from serving.evaluation.doors import Door
from serving.evaluation.folder import OURS, Described
from serving.evaluation.record import Expected
from tools.errors import Unavailable
from tools.sql.run import Database

_PACKAGES = (
    *("docsql", "langgraph", "langchain-core", "sqlglot", "sqlalchemy"),
    *("pymilvus", "milvus-lite", "onnxruntime"),
)
_OURS = ("agent", "serving", "tools")
_BESIDE = ("service", "page", "telemetry", "threads", "auth", "limits", "judge", "data")
"""Settings that no answer depends on."""


async def describe_run(
    path: Path,
    cases: Sequence[SetCase],
    expected: Sequence[Expected],
    *,
    settings: Settings,
    door: Door,
    url: str,
    agent: AgentName,
    databases: Mapping[str, Database],
    concurrency: int,
) -> Described:
    """The description of a run that begins now; `url` is empty where this process answers."""
    identity = {
        "asked": url or "in this process",
        "agent": agent,
        "versions": {"python": platform.python_version()} | {p: version(p) for p in _PACKAGES},
        "settings": {} if url else without_secrets(settings),
        "models": dict(await door.models()),
        "cases": digest_of(cases),
        "expected": _digest(one.model_dump_json() for one in expected),
        "prompts": _digest(_read("agent", ".md")),
        "code": _digest(text for name in _OURS for text in _read(name, ".py", ".json")),
        "databases": {name: _schema(database) for name, database in databases.items()},
        "documents": _digest(
            f"{one.collection}\0{one.source}\0{one.content_hash}" for one in await door.documents()
        ),
    }
    return Described(
        set=path.name,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        concurrency=concurrency,
        identity=identity,
    )


def name_of(path: Path, described: Described) -> str:
    """The name of the folder of such a run: what was begun is found again by it."""
    told = json.dumps(described.identity, sort_keys=True)
    agent = described.agent
    parts = [path.stem, *([] if agent == OURS else [agent]), _digest([told])[:8]]
    return "-".join(parts)


def without_secrets(settings: Settings) -> dict[str, Any]:
    """The settings that an answer may depend on, without any that may hold a password."""
    told = settings.model_dump(mode="json", exclude=set(_BESIDE), exclude_defaults=True)
    return cast("dict[str, Any]", _told(told))


def _schema(database: Database) -> str:
    """A fingerprint of what may be seen of a database."""
    try:
        return _digest([database.schema().describe()])
    except Unavailable:
        return "does not answer"


def _told(value: Any) -> Any:
    if isinstance(value, dict):
        named = cast("dict[str, Any]", value)
        return {name: _told(one) for name, one in named.items() if name not in SECRETS}
    if isinstance(value, list):
        return [_told(one) for one in cast("list[Any]", value)]
    return value


def _read(package: str, *endings: str) -> Iterator[str]:
    """The files of a package that have one of these endings, with their names."""
    folder = Path(str(files(package)))
    for file in sorted(folder.rglob("*")):
        if file.suffix in endings:
            yield f"{file.relative_to(folder)}\0{file.read_text(encoding='utf-8')}"


def _digest(texts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(f"{len(text)}\0{text}".encode())
    return digest.hexdigest()
