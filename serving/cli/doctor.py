"""Checks of every part."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from types import MappingProxyType

from serving.auth.capped import caps_of_nobody
from serving.client import ServiceClient, ServiceError
from serving.config.secrets import secret
from serving.config.settings import Settings
from serving.parts.chat import chat_part
from serving.parts.databases import open_databases
from serving.parts.documents import open_store
from serving.parts.golden import golden_problems
from serving.parts.models import embedded_embeddings
from serving.parts.names import model_names
from serving.parts.servers import model_problems, model_servers, server_identities
from serving.process import loop
from serving.process.discovery import running_service
from serving.wire.service import Readiness
from tools.errors import DocsqlError

_CHECK = "Check the address, the model and the API that are set for it (`DOCSQL_CHAT__MODEL`, `DOCSQL_CHAT__API`)."

_MOST_FILES = 20
"""Files left out of a database that are named."""
_SEE_LOG = "The service's log names each."


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: what it is, and what is wrong with it if anything is.

    A `warning` leaves the part usable.
    """

    part: str
    what: str
    problem: str = ""
    warning: str = ""

    @property
    def is_well(self) -> bool:
        """Whether the part can be used."""
        return not self.problem

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return asdict(self)


def examine(settings: Settings) -> list[Finding]:
    """Look at every part, through the running service where there is one."""
    running = running_service(settings.data)
    if running is None:
        found = list(_here(settings))
        return [*found, *_beside(settings), *_trials(settings, found)]
    try:
        with ServiceClient(running.url, credential=running.credential) as client:
            found = list(_there(running.url, client.ready()))
    except ServiceError as error:
        return [Finding("service", running.url, str(error))]
    return [*found, *_beside(settings), *_trials(settings, found)]


def _beside(settings: Settings) -> Iterator[Finding]:
    """What is seen without the service."""
    yield from _allowed_tables(settings)
    yield from _models_of_databases(settings)
    yield from _left_out(settings)
    try:
        yield from (Finding("limits", "tokens by month", said) for said in caps_of_nobody(settings))
    except DocsqlError as error:
        yield Finding("limits", "tokens by month", str(error))


def _allowed_tables(settings: Settings) -> Iterator[Finding]:
    """Allowed tables that do not exist; that a database cannot be read is said elsewhere."""
    from serving.parts.databases import unknown_tables

    for name, problem in unknown_tables(settings):
        yield Finding(f"access to {name}", "allowed_tables", problem)


def _left_out(settings: Settings) -> Iterator[Finding]:
    """Files of folders that are databases which are no tables."""
    from serving.parts.left_out import left_out_files

    for name, files in left_out_files(settings).items():
        for file, why in list(files.items())[:_MOST_FILES]:
            yield Finding(f"file of {name}", f"{file} is left out", warning=f"{why}.")
        if (more := len(files) - _MOST_FILES) > 0:
            yield Finding(f"files of {name}", f"{more:,} more are left out", warning=_SEE_LOG)


def _there(url: str, ready: Readiness) -> Iterator[Finding]:
    yield Finding("service", f"running at {url}")
    yield from _models(ready.models, ready.problems)
    yield from _found(ready.found)
    for database in ready.databases:
        yield Finding(f"database {database.name}", database.description, database.problem)
        yield from _golden(database.name, database.golden_problems)
    known = {each.name: each for each in ready.dependencies}
    documents = known["documents"].problem if "documents" in known else ""
    yield Finding(
        "documents", f"collections: {', '.join(ready.collections) or 'none yet'}", documents
    )
    if "threads" in known:
        yield Finding("threads", known["threads"].what, known["threads"].problem)


def _here(settings: Settings) -> Iterator[Finding]:
    yield Finding("service", "not running; `docsql serve` starts it")
    servers = model_servers(settings)
    problems = model_problems(servers)
    yield from _models(model_names(settings), problems)
    said, failed = server_identities(servers), dict[str, str]()
    if "chat" not in problems:
        tried, failed = loop.run_interruptible(_probed(settings))
        said |= tried
    yield from _found(said, failed)
    yield from _databases(settings)
    try:
        with open_store(settings) as store:
            names = ", ".join(store.collections()) or "none yet"
            yield Finding("documents", f"collections: {names}")
    except DocsqlError as error:
        yield Finding("documents", settings.documents.uri or "Milvus Lite", str(error))


def _models(names: Mapping[str, str], problems: Mapping[str, str]) -> Iterator[Finding]:
    yield from (Finding(part, name, problems.get(part, "")) for part, name in names.items())


def _golden(database: str, problems: Sequence[str]) -> Iterator[Finding]:
    what = "not shown to the model"
    yield from (Finding(f"golden query of {database}", what, problem) for problem in problems)


def _models_of_databases(settings: Settings) -> Iterator[Finding]:
    """Parts of semantic models that do not fit their databases."""
    from serving.parts.semantic import model_misfits

    for name, one in settings.databases.items():
        if one.model is None:
            continue
        try:
            told = [text for text, grave in model_misfits(settings, name, one.model) if grave]
        except DocsqlError as error:
            told = [str(error)]
        more = f" ({len(told) - 1} more: `docsql model check {name}`)" if len(told) > 1 else ""
        yield Finding(f"model of {name}", str(one.model), f"{told[0]}{more}" if told else "")


def _found(
    found: Mapping[str, str], failed: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Finding]:
    for address, said in found.items():
        if address in failed:
            yield Finding(f"probe of {address}", "a chat model was asked", f"{said} {_CHECK}")
        else:
            yield Finding(f"probe of {address}", said)


def _trials(settings: Settings, found: Sequence[Finding]) -> Iterator[Finding]:
    """Have the SQL coder's server write a token: that it answers does not say that it writes."""
    yield from _embedded_trial(settings)
    url = settings.sql_coder.url
    if url is None or any(one.part == "sql_coder" and one.problem for one in found):
        return
    from serving.models.endpoint.endpoint import CallPolicy
    from serving.models.sql_coder import TgiCompletion

    coder = TgiCompletion(
        url, api_key=secret(settings.sql_coder.api_key), policy=CallPolicy(tries=1)
    )
    began = perf_counter()
    try:
        loop.run_interruptible(coder.try_out())
    except DocsqlError as error:
        yield Finding(f"trial of {url}", "a token was asked for", str(error))
    else:
        yield Finding(f"trial of {url}", f"wrote a token in {perf_counter() - began:.1f} s")


def _embedded_trial(settings: Settings) -> Iterator[Finding]:
    """Make a vector with the model of this process, which is loaded for that."""
    model = embedded_embeddings(settings)
    if model is None:
        return
    began = perf_counter()
    try:
        model.embed_query("Does it work?")
    except DocsqlError as error:
        yield Finding("trial of embeddings", "a vector was asked for", str(error))
    else:
        yield Finding("trial of embeddings", f"made a vector in {perf_counter() - began:.1f} s")


async def _probed(settings: Settings) -> tuple[Mapping[str, str], dict[str, str]]:
    """Try the chat models' servers out, whatever is known of them; also why some cannot be used."""
    if settings.chat.is_embedded:
        return {}, {}
    from serving.parts.probes import probes_of

    probes = probes_of(settings, chat_part(settings, {}))
    await probes.learn(again=True)
    return probes.found, probes.failed


def _databases(settings: Settings) -> Iterator[Finding]:
    databases = open_databases(settings)
    if not databases:
        yield Finding("databases", "none connected")
    for name, database in databases.items():
        try:
            tables = len(database.schema().tables)
            yield Finding(f"database {name}", f"{tables} tables, {database.dialect}")
            yield from _golden(name, golden_problems(database))
        except DocsqlError as error:
            yield Finding(f"database {name}", database.description, str(error))
        finally:
            database.close()
