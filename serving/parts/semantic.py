"""Semantic models of the configured databases: checked, shown, marked as reviewed."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from serving.auth.local import LOCAL
from serving.config.settings import Settings
from serving.parts.databases import open_databases
from serving.parts.golden import golden_file, spoken_problems
from tools.errors import BadInput, Correctable, UnknownName
from tools.sql.run import Database
from tools.sql.schema import Schema
from tools.sql.semantic.apply import hidden_columns
from tools.sql.semantic.check import check_model, fingerprint_place
from tools.sql.semantic.draft.draft import draft_model
from tools.sql.semantic.draft.proposed import ProposedTable
from tools.sql.semantic.file import read_model
from tools.sql.semantic.show import shown


def databases_with_models(settings: Settings, name: str | None) -> dict[str, Path]:
    """The databases that have a model, or the one that is named, with the model's file.

    Raises:
        UnknownName: there is no such database.
        BadInput: the database has no model, or none has.
    """
    if name is not None and name not in settings.databases:
        raise _no_database(settings, name)
    found = {key: one.model for key, one in settings.databases.items() if one.model is not None}
    chosen = found if name is None else {key: path for key, path in found.items() if key == name}
    if not chosen:
        which, key = ("NAME", "NAME") if name is None else (name, name.upper())
        raise BadInput(
            f"{'No database' if name is None else f'The database {name!r}'} has no semantic model: "
            f"`docsql model draft {which} > model.yaml` proposes one; then set "
            f"DOCSQL_DATABASES__{key}__MODEL."
        )
    return chosen


def semantic_problems(settings: Settings, name: str, path: Path) -> list[tuple[str, bool]]:
    """What is wrong with a database's model and its verified queries: sentences, with whether it is grave."""
    with as_stored(settings, name, hidden=hidden_columns(read_model(path))) as database:
        stale = spoken_problems(name, database.golden())
    told = model_misfits(settings, name, path)
    return [*told, *((f"The verified query {problem}", True) for problem in stale)]


def model_misfits(settings: Settings, name: str, path: Path) -> list[tuple[str, bool]]:
    """What is wrong with a database's model: sentences with their lines, and whether it is grave."""
    file = read_model(path)
    with as_stored(settings, name) as database:
        now = database.schema().fingerprint
    with as_stored(settings, name, hidden=hidden_columns(file)) as database:
        found = check_model(
            file, database.schema(), lambda sql: database.run(sql, caller=LOCAL), fingerprint=now
        )
    return [(file.at(problem.place, problem.text), problem.is_grave) for problem in found]


Propose = Callable[[Schema], Mapping[str, ProposedTable]]
"""What has a language model describe the tables of a schema."""


def model_draft(settings: Settings, name: str, propose: Propose | None = None) -> str:
    """A semantic model proposed for a database, as the text of its file.

    Raises:
        UnknownName: there is no such database.
    """
    with as_stored(settings, name) as database:

        def ask(sql: str) -> Sequence[tuple[object, ...]]:
            try:
                return database.run(sql, caller=LOCAL).rows
            except Correctable:
                return ()

        schema = database.schema()
        return draft_model(name, schema, ask, propose(schema) if propose is not None else None)


def accept_model(settings: Settings, name: str, path: Path) -> None:
    """Record in the file that the model was reviewed against the present schema.

    Raises:
        BadInput: the file has no fingerprint to be changed, or cannot be written.
    """
    file = read_model(path)
    _, said = fingerprint_place(file)
    if not said:
        raise BadInput(
            f"{str(path)!r} has no fingerprint. Add one to the model's custom_extensions: "
            'vendor_name: DOCSQL, data: \'{"fingerprint": "none"}\'.'
        )
    with as_stored(settings, name) as database:
        now = database.schema().fingerprint
    try:
        path.write_text(path.read_text("utf-8").replace(f'"{said}"', f'"{now}"', 1), "utf-8")
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be written: {error}.") from error


@contextmanager
def as_stored(settings: Settings, name: str, *, hidden: Sequence[str] = ()) -> Generator[Database]:
    """A configured database without its model, and with more columns hidden.

    Raises:
        UnknownName: there is no such database.
    """
    if name not in settings.databases:
        raise _no_database(settings, name)
    one = settings.databases[name]
    closed = (*one.denied_columns, *hidden)
    golden = golden_file(settings, name)
    plain = one.model_copy(
        update={"model": None, "denied_columns": closed, "golden_queries": golden}
    )
    databases = open_databases(settings.model_copy(update={"databases": {name: plain}}))
    try:
        yield databases[name]
    finally:
        databases[name].close()


def _no_database(settings: Settings, name: str) -> UnknownName:
    known = ", ".join(settings.databases) or "none"
    return UnknownName(f"There is no database {name!r}. Connected: {known}.")


def model_shown(settings: Settings, name: str) -> list[str]:
    """What a database's model says, in lines for a person."""
    chosen = {name: settings.databases[name]}
    databases = open_databases(settings.model_copy(update={"databases": chosen}))
    try:
        return list(shown(databases[name].schema()))
    finally:
        databases[name].close()
