"""The databases that the settings name; apart, since to ask one takes no model and no document."""

from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import URL

from serving.config.data import DatabaseSettings
from serving.config.settings import Settings
from serving.observability.audit import audit_in
from serving.parts.connected import ConnectedDatabases, admitting
from serving.parts.models import served_embeddings
from tools.audit import Audit
from tools.caller import Caller
from tools.documents.access import AccessControl
from tools.embeddings import Embeddings
from tools.errors import BadInput, DocsqlError
from tools.sheets.store import KEPT, SheetFile, SheetStore
from tools.sql.run import SCHEMA_TOKENS, Database

DEMO_DATABASE = "demo.sqlite"
DEMO_DESCRIPTION = (
    "Tarnwick Systems (sample data): server models, compute instances and their prices, "
    "customers, orders with the units sold, support tickets, regions."
)


def open_database(
    url: str,
    *,
    allowed_tables: Collection[str] | None = None,
    denied_columns: Collection[str] = (),
    allowed_functions: Collection[str] = (),
    row_cap: int = 1_000,
    time_limit_s: float = 10.0,
    byte_cap: int = 5_000_000,
    role: str | None = None,
    group_roles: Mapping[str, str] | None = None,
    cost_cap: float | None = None,
    schema_tokens: int = SCHEMA_TOKENS,
    golden_queries: Path | None = None,
    embeddings: Embeddings | None = None,
    audit: Audit | None = None,
    name: str = "database",
    description: str = "",
    timezone: str = "",
    model: Path | None = None,
    admits: Callable[[Caller], bool] | None = None,
) -> Database:
    """One gated database for a SQLAlchemy URL, as the graph and `docsql sql` use it.

    `time_limit_s` is seconds a statement may take; `row_cap` and `byte_cap` bound what is fetched.
    `allowed_functions` are user-defined ones; `role`, `group_roles` and `cost_cap` are for servers; `schema_tokens` and `golden_queries` are for what a
    writer of SQL is shown. `model` is a semantic model in Apache Ossie's format. `Database.run(sql, caller=…)` gives a `QueryResult` or raises what tools/errors.py draws.
    """
    return Database.open(
        url,
        name=name,
        description=description,
        allowed_tables=allowed_tables,
        denied_columns=denied_columns,
        allowed_functions=allowed_functions,
        row_cap=row_cap,
        time_limit_s=time_limit_s,
        byte_cap=byte_cap,
        role=role,
        group_roles=group_roles,
        cost_cap=cost_cap,
        schema_tokens=schema_tokens,
        golden_queries=golden_queries,
        embeddings=embeddings,
        audit=audit,
        timezone=timezone,
        model=model,
        admits=admits,
    )


@contextmanager
def databases_of(
    settings: Settings, *, audit: Audit | None = None
) -> Generator[Mapping[str, Database]]:
    """Every database as `open_connected` gives them, closed in the end."""
    with closing(open_connected(settings, audit=audit)) as databases:
        yield databases


def configured_databases(settings: Settings) -> dict[str, DatabaseSettings]:
    """The databases that the settings name, or the demo's where there is one and they name none."""
    demo = (settings.data / DEMO_DATABASE).resolve()
    if settings.databases or not demo.is_file():
        return dict(settings.databases)
    url = SecretStr(sqlite_url(demo))
    return {"demo": DatabaseSettings(url=url, description=DEMO_DESCRIPTION)}


def open_databases(settings: Settings, *, audit: Audit | None = None) -> dict[str, Database]:
    """Every configured database; the demo's where there is one and no other is configured."""
    audit = audit or audit_in(settings)
    meanings = served_embeddings(settings)
    opened: dict[str, Database] = {}
    for name, database in configured_databases(settings).items():
        with _named(name):
            opened[name] = open_database(
                database.url.get_secret_value(),
                name=name,
                embeddings=meanings,
                audit=audit,
                **database.model_dump(exclude={"url", "approval", "approval_rows"}),
            )
    return opened


def unknown_tables(settings: Settings) -> list[tuple[str, str]]:
    """Databases whose `allowed_tables` name what does not exist, each with a sentence about it.

    Databases that cannot be read are left out.
    """
    listed = {n: one for n, one in settings.databases.items() if one.allowed_tables is not None}
    found: list[tuple[str, str]] = []
    if not listed:
        return found
    for name, database in open_databases(settings.model_copy(update={"databases": listed})).items():
        with closing(database), suppress(DocsqlError):
            found += [(name, problem) for problem in database.unknown_tables()]
    return found


def open_connected(settings: Settings, *, audit: Audit | None = None) -> ConnectedDatabases:
    """Every configured database, and those of the documents' sheets as they come and go."""
    audit = audit or audit_in(settings)
    access = AccessControl(is_on=settings.documents.access_control)

    def open_sheets(file: SheetFile, name: str) -> Database:
        return open_database(
            sqlite_url(file.path),
            name=name,
            denied_columns=[f"{KEPT}.*"],
            embeddings=served_embeddings(settings),
            audit=audit,
            admits=admitting(file.groups, access),
        )

    sheets = SheetStore(settings.data / "tables")
    return ConnectedDatabases(open_databases(settings, audit=audit), sheets, open_sheets)


@contextmanager
def _named(database: str) -> Generator[None]:
    """Have an error in a database's settings say whose they are."""
    try:
        yield
    except BadInput as error:
        raise BadInput(f"DOCSQL_DATABASES__{database.upper()}: {error}") from error


def sqlite_url(path: Path) -> str:
    """The SQLAlchemy URL of a file, whatever characters its path has."""
    return URL.create("sqlite", database=str(path)).render_as_string()
