import difflib
import json
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from secrets import token_hex
from typing import Any, cast, get_args, get_origin

from pydantic import (
    BaseModel,
    Field,
    ValidationError,
)
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings.exceptions import SettingsError as UnreadSource

from serving.config.access import AuthSettings
from serving.config.answers import AnswersSettings
from serving.config.data import DatabaseSettings, DocumentsSettings, ThreadsSettings
from serving.config.models import (
    ChatSettings,
    EmbeddingsSettings,
    JudgeSettings,
    RerankerSettings,
    SqlCoderSettings,
)
from serving.config.page import PageSettings
from serving.config.service import (
    LimitsSettings,
    ServiceSettings,
    TelemetrySettings,
    TurnSettings,
)
from serving.config.sources import SourceSettings

PREFIX = "DOCSQL_"
CONFIG_VARIABLE = "DOCSQL_CONFIG"
SECRETS_VARIABLE = "DOCSQL_SECRETS"
"""Folder of files that are named like variables: how Docker and Kubernetes mount secrets."""
COUNTS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
NOT_SETTINGS = (CONFIG_VARIABLE, SECRETS_VARIABLE)
DEFAULT_CONFIG = Path("docsql.toml")
SECRETS = ("url", "uri", "api_key", "token", "secret", "proxy_secret", "client_secret")
"""Settings whose values are never shown: a database URL contains its password."""

NAMED = {"databases": DatabaseSettings, "sources": SourceSettings}
"""Sections of which there may be several, each under a name."""

NO_DATABASE = (
    "No database is connected. Add one to docsql.toml or set DOCSQL_DATABASES__NAME__URL; "
    "`docsql demo` comes with a sample."
)
NO_DOCUMENTS = (
    "There are no documents yet. `docsql ingest PATH` adds some, and so does the chat page's paper "
    "clip."
)


class SettingsError(Exception):
    """The configuration is unusable; the message names the setting and the remedy."""


class Settings(BaseSettings):
    """Every value a deployment may set, as `DOCSQL_<SECTION>__<FIELD>` or in `docsql.toml`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    data: Path = Field(default=Path("data"), description="Folder for everything that DocSQL stores")
    chat: ChatSettings = ChatSettings()
    sql_coder: SqlCoderSettings = SqlCoderSettings()
    embeddings: EmbeddingsSettings = EmbeddingsSettings()
    reranker: RerankerSettings = RerankerSettings()
    judge: JudgeSettings = JudgeSettings()
    documents: DocumentsSettings = DocumentsSettings()
    databases: dict[str, DatabaseSettings] = Field(default={}, description="By name")
    sources: dict[str, SourceSettings] = Field(default={}, description="By name")
    answers: AnswersSettings = AnswersSettings()
    threads: ThreadsSettings = ThreadsSettings()
    service: ServiceSettings = ServiceSettings()
    auth: AuthSettings = AuthSettings()
    turn: TurnSettings = TurnSettings()
    limits: LimitsSettings = LimitsSettings()
    page: PageSettings = PageSettings()
    telemetry: TelemetrySettings = TelemetrySettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  # pydantic-settings passes all five by name
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over secrets' files, and those over the constructor's arguments."""
        secrets = NestedSecretsSettingsSource(file_secret_settings, secrets_nested_delimiter="__")
        return env_settings, secrets, init_settings


def load_settings(config: Path | None = None) -> Settings:
    """Read `docsql.toml` (or the file that DOCSQL_CONFIG names), secrets and the environment.

    Raises:
        SettingsError: an unknown name, or a value that does not fit.
    """
    chosen = config or _configured_path()
    in_file = _beside(chosen, _read_toml(chosen)) if chosen else {}
    _check_names(in_file, chosen)
    secrets = _secrets_folder()
    named = [*os.environ, *(file.name for file in secrets.iterdir())] if secrets else os.environ
    for name, origin in _unknown_names(in_file, named):
        raise SettingsError(_unknown_message(name, origin, chosen))
    try:
        given: dict[str, Any] = {**in_file, "_secrets_dir": secrets}  # an argument that types hide
        return Settings(**given)
    except ValidationError as error:
        raise SettingsError(_invalid_message(error, chosen)) from error
    except UnreadSource as error:
        raise SettingsError(_unread_message()) from error


def config_file() -> Path:
    """The configuration file, be it there or not."""
    return _configured_path() or DEFAULT_CONFIG


def confine_ray() -> None:
    """Keep a Ray that is started here to this machine: no usage reports, loopback only.

    Ray listens to its environment alone, and reads it on import. Without a token of ours it would
    write one into the home folder.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # on Linux too, it means loopback
    os.environ["RAY_AUTH_MODE"] = "token"
    os.environ["RAY_AUTH_TOKEN"] = token_hex(32)
    os.environ["RAY_DASHBOARD_STARTUP_TIMEOUT_S"] = "10"  # for a process that nothing here needs


def quieten_grpc() -> None:
    """Keep gRPC from saying of every child process, of which Ray has many, that it leaves it alone.

    It listens to its environment alone, and reads it on import.
    """
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")


def counts_folder() -> str | None:
    """The folder in which this process' counts are put together with other processes'."""
    return os.environ.get(COUNTS_VARIABLE)


def count_in(folder: str) -> None:
    """Have this process' counts put together with those of others that count in that folder.

    Prometheus' client listens to its environment alone, and reads it on import.
    """
    os.environ[COUNTS_VARIABLE] = folder


def variables() -> Iterator[tuple[str, str, str]]:
    """Every setting as (variable, default, description), for docs/settings.md and the chart."""
    yield from _variables(Settings, PREFIX)


def _variables(section: type[BaseModel], prefix: str) -> Iterator[tuple[str, str, str]]:
    for name, field in section.model_fields.items():
        variable = prefix + name.upper()
        nested = section_of(field.annotation)
        if nested is not None:
            within = f"{variable}__NAME__" if name in NAMED else f"{variable}__"
            yield from _variables(nested, within)
        else:
            default = "(required)" if field.is_required() else _shown(field.get_default())
            yield variable, default, field.description or ""


def _shown(default: object) -> str:
    match default:
        case None:
            return ""
        case tuple():
            return json.dumps(default)
        case bool():
            return str(default).lower()
        case _:
            return str(default)


def _configured_path() -> Path | None:
    named = os.environ.get(CONFIG_VARIABLE)
    if named:
        return Path(named)
    return DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None


def _secrets_folder() -> Path | None:
    named = os.environ.get(SECRETS_VARIABLE)
    if named and not Path(named).is_dir():
        raise SettingsError(f"{SECRETS_VARIABLE} names {named!r}, which is not a folder.")
    return Path(named) if named else None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"Cannot read the configuration file {str(path)!r}: {error}."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{str(path)!r} is not valid TOML: {error}.") from error


def _beside(config: Path, said: dict[str, Any]) -> dict[str, Any]:
    """What the file says, with the models and golden queries of databases beside it."""
    found = said.get("databases")
    databases = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    for one in databases.values():
        given = cast("dict[str, Any]", one) if isinstance(one, dict) else {}
        for name in {"model", "golden_queries"} & given.keys():
            if isinstance(given[name], str):
                given[name] = str(config.parent / given[name])
    return said


def section_of(annotation: Any) -> type[BaseModel] | None:
    """The section behind a field: itself, or the values of a dictionary of sections."""
    if get_origin(annotation) is tuple:
        return None  # a list is one value, whatever it holds
    candidates = (annotation, *get_args(annotation))
    return next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), None)


def _unknown_names(
    in_file: Mapping[str, Any], environ: Iterable[str]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Paths of unknown names, with where they were found ("file" or "environment")."""
    for path in _paths(in_file):
        if not _is_known(path):
            yield path, "file"
    for variable in environ:
        if variable.upper().startswith(PREFIX) and variable.upper() not in NOT_SETTINGS:
            path = tuple(variable[len(PREFIX) :].lower().split("__"))
            if not _is_known(path, is_whole=True):
                yield path, "environment"


def _check_names(in_file: Mapping[str, Any], config: Path | None) -> None:
    """Variables ignore case, so a name with capitals could not be overridden by one."""
    for group in NAMED:
        named = in_file.get(group)
        for name in cast("Mapping[str, Any]", named) if isinstance(named, dict) else ():
            if name != name.lower() or "__" in name or not name:
                raise SettingsError(
                    f"{str(config)!r} names a {group.removesuffix('s')} {name!r}; write the name in "
                    "lower case, without two underscores in a row."
                )


def _paths(tree: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, value in tree.items():
        yield (name,)
        if isinstance(value, dict):
            yield from ((name, *rest) for rest in _paths(value))  # pyright: ignore[reportUnknownArgumentType]  # tomllib gives Any


def _is_known(path: tuple[str, ...], *, is_whole: bool = False) -> bool:
    """Whether the path names a setting or, unless it must be `is_whole`, a section."""
    section: type[BaseModel] | None = Settings
    remaining = list(path)
    while remaining:
        if section is None or (field := section.model_fields.get(remaining.pop(0))) is None:
            return False
        section = section_of(field.annotation)
        if section in NAMED.values() and remaining and not remaining.pop(0):
            return False  # a database may have any name, but not none
    return section is None or not is_whole


def _unknown_message(path: tuple[str, ...], origin: str, config: Path | None) -> str:
    known = [variable for variable, _, _ in variables()]
    written = PREFIX + "__".join(path).upper()
    if path[0] in NAMED and len(path) > 1 and path[1]:
        known = [variable.replace("__NAME__", f"__{path[1].upper()}__") for variable in known]
    within = [variable for variable in known if variable.startswith(f"{written}__")]
    near = difflib.get_close_matches(written, within or known, n=1, cutoff=0.0)[0]
    if within:
        return f"{written} is a group of settings; set them one by one, such as {near}."
    if origin == "file":
        shown, near = ".".join(path), near.removeprefix(PREFIX).replace("__", ".").lower()
        return f"Unknown setting {shown!r} in {str(config)!r}. Did you mean {near!r}?"
    return f"Unknown setting {written}. Did you mean {near}?"


def _invalid_message(error: ValidationError, config: Path | None) -> str:
    lines: list[str] = []
    for problem in error.errors():
        path = [str(part) for part in problem["loc"]]
        variable = PREFIX + "__".join(path).upper()
        is_in_file = config is not None and variable not in {name.upper() for name in os.environ}
        where = f"{'.'.join(path)} in {str(config)!r}" if is_in_file else variable
        lines.append(f"{where}{_value_of(problem)}: {_said(problem)}")
    return f"The settings cannot be used. {'; '.join(lines)}."


def _unread_message() -> str:
    """Which variables may be a list or a table that is not written as JSON; the source does not say."""
    named = [n for n in os.environ if n.upper().startswith(PREFIX) and not _is_json(os.environ[n])]
    examples = 'a list such as ["one", "two"], a table such as {"key:ann": 3000}'
    return f"A list or a table is not written as JSON ({examples}). Look at {', '.join(named)}."


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _said(problem: ErrorDetails) -> str:
    match problem["type"]:
        case "missing":
            return "it is required"
        case "model_type" | "dict_type":
            return "it is a group of settings: write a table"
        case "tuple_type":
            return 'write a list as JSON, such as ["one", "two"]'
        case _:
            return problem["msg"][:1].lower() + problem["msg"][1:]


def _value_of(problem: ErrorDetails) -> str:
    """The value that does not fit, unless it is a secret or a group that may contain one."""
    path = tuple(str(part) for part in problem["loc"])
    if not _is_known(path, is_whole=True) or path[-1] in SECRETS or problem["type"] == "missing":
        return ""
    return f" = {problem['input']!r}"
