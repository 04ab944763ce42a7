"""Whether a semantic model still fits its database, and says one thing with one name."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence

from sqlglot import exp

from tools.errors import Correctable
from tools.sql.meaning import Metric
from tools.sql.schema import Column, Schema, Table
from tools.sql.semantic.apply import apply
from tools.sql.semantic.dataset import Misfit, humanized, identifier_of
from tools.sql.semantic.expressions import stored_column
from tools.sql.semantic.file import SemanticFile, fields_of
from tools.sql.semantic.lines import Place
from tools.sql.semantic.ossie import Dataset, OssieField, OssieMetric

Run = Callable[[str], object]
"""Runs a statement through the gate; raises what is wrong with it."""


def check_model(file: SemanticFile, schema: Schema, run: Run, *, fingerprint: str) -> list[Misfit]:
    """Everything that is wrong with a model, in the order of its lines.

    `schema` is the database's own, without what the model says of it and without what it hides;
    `fingerprint` is that of everything stored.
    """
    applied = apply(file, schema)
    found = [
        *_stale(file, schema, fingerprint),
        *applied.problems,
        *_ambiguous(file),
        *_failing(file, applied.schema, run),
    ]
    return sorted(found, key=lambda problem: file.line(problem.place))


def fingerprint_place(file: SemanticFile) -> tuple[Place, str]:
    """Where the model's fingerprint stands, and what it is."""
    model = file.document.semantic_model[0]
    return ("semantic_model", 0, "custom_extensions"), model.said.fingerprint


def _stale(file: SemanticFile, schema: Schema, now: str) -> Iterator[Misfit]:
    place, said = fingerprint_place(file)
    if not said or said == now:
        return
    known = {identifier_of(d.source.rpartition(".")[2]) for _, d in file.datasets()}
    new = [t.name for t in schema.tables if identifier_of(t.own_name) not in known]
    listed = f" Not in the model: {', '.join(new)}." if new else ""
    yield Misfit(
        place,
        f"the schema has changed since the model was made for it.{listed} Go through the model, "
        "then run `docsql model check --accept`.",
    )


def _ambiguous(file: SemanticFile) -> Iterator[Misfit]:
    """Names that mean two things: two datasets or metrics, or two fields of a dataset."""
    yield from _twice([*file.datasets(), *file.metrics()], "")
    for place, dataset in file.datasets():
        shown = [(at, one) for at, one in fields_of(place, dataset) if not one.said.hidden]
        yield from _twice(shown, f" of {dataset.name!r}")


def _twice(
    parts: Sequence[tuple[Place, Dataset | OssieField | OssieMetric]], where: str
) -> Iterator[Misfit]:
    named: dict[str, list[tuple[Place, str]]] = defaultdict(list)
    for place, part in parts:
        for name in dict.fromkeys(identifier_of(name) for name in _names(part)):
            named[name].append((place, part.name))
    for name, found in named.items():
        if len(found) > 1:
            among = " and ".join(repr(part) for _, part in found)
            said = f"{humanized(name)!r} may mean {among}{where}: leave it to one of them."
            yield Misfit(found[-1][0], said)


def _names(part: Dataset | OssieField | OssieMetric) -> Iterator[str]:
    yield part.name
    if isinstance(part, OssieField) and part.label:
        yield part.label
    yield from part.ai_context.synonyms
    yield from part.said.labels.values()


def _failing(file: SemanticFile, schema: Schema, run: Run) -> Iterator[Misfit]:
    """What the database cannot work out: expressions, filters and metrics."""
    places = {identifier_of(dataset.name): place for place, dataset in file.datasets()}
    for table in schema.tables:
        place = places.get(table.meaning.name)
        for part, text in _expressions(table) if place else ():
            said = _error(run, f"SELECT {text} FROM {_named(table)} LIMIT 1")  # noqa: S608 - the gate judges it
            if said and place:
                yield Misfit(place, f"{part} of {table.meaning.label!r} does not run: {said}")
    at = {identifier_of(one.name): place for place, one in file.metrics()}
    for metric in schema.glossary.metrics:
        text = metric_statement(metric, schema)
        said = _error(run, text) if text else "its datasets are not connected by relationships."
        if said:
            yield Misfit(at[metric.name], f"the metric {metric.label!r} does not run: {said}")


def _expressions(table: Table) -> Iterator[tuple[str, str]]:
    columns: list[Column] = [*table.columns, *table.fields]
    for column in columns:
        if column.meaning.expression:
            yield f"the field {column.meaning.label!r}", column.meaning.expression
    if table.meaning.filter:
        yield "the filter", f"CASE WHEN {table.meaning.filter} THEN 1 END"


def _error(run: Run, sql: str) -> str:
    try:
        run(sql)
    except Correctable as error:
        return str(error)
    return ""


def metric_statement(metric: Metric, schema: Schema) -> str:
    """The metric over everything; empty where its tables are not connected."""
    tables = [table for name in metric.tables if (table := schema.table(name))]
    joined, text = [tables[0]], f"SELECT {metric.expression} FROM {_named(tables[0])}"  # noqa: S608 - the gate judges it
    for table in tables[1:]:
        way = _way(joined, table, schema)
        if way is None:
            return ""
        for here, there, pairs in way:
            on = " AND ".join(
                f"{stored_column(here.name, a).sql(schema.dialect)} = {stored_column(there.name, b).sql(schema.dialect)}"
                for a, b in pairs
            )
            text += f" JOIN {_named(there)} ON {on}"
            joined.append(there)
    return text


_Step = tuple[Table, Table, tuple[tuple[str, str], ...]]


def _way(start: Sequence[Table], end: Table, schema: Schema) -> list[_Step] | None:
    """The steps by keys from any of some tables to another; None where there is no way."""
    if end in start:
        return []
    waiting = deque([(table, list[_Step]()) for table in start])
    seen = {table.name for table in start}
    while waiting:
        here, steps = waiting.popleft()
        for there, pairs in _neighbours(here, schema):
            if there.name == end.name:
                return [*steps, (here, there, pairs)]
            if there.name not in seen:
                seen.add(there.name)
                waiting.append((there, [*steps, (here, there, pairs)]))
    return None


def _neighbours(here: Table, schema: Schema) -> Iterator[tuple[Table, tuple[tuple[str, str], ...]]]:
    for key in here.foreign_keys:
        there = schema.table(key.referred_table)
        if there is not None:
            yield there, tuple(zip(key.columns, key.referred_columns, strict=True))
    for there in schema.tables:
        for key in there.foreign_keys:
            if key.referred_table.lower() == here.name.lower():
                yield there, tuple(zip(key.referred_columns, key.columns, strict=True))


def _named(table: Table) -> str:
    node = exp.table_(table.own_name, db=table.namespace or None, quoted=True)
    if table.namespace:
        node.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
    return node.sql()
