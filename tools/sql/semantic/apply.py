"""A semantic model laid over a schema: what everything downstream is told of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlglot import exp

from tools.errors import BadInput
from tools.sql.meaning import Glossary, Metric
from tools.sql.schema import ForeignKey, Schema, Table
from tools.sql.semantic.dataset import (
    BoundDataset,
    Misfit,
    bind_dataset,
    humanized,
    identifier_of,
    nearest_clause,
)
from tools.sql.semantic.expressions import Unusable, sql_of
from tools.sql.semantic.file import SemanticFile, fields_of
from tools.sql.semantic.lines import Place
from tools.sql.semantic.metrics import bind_metric
from tools.sql.semantic.ossie import OssieField, OssieMetric, Relationship


@dataclass(frozen=True, slots=True)
class Applied:
    """The schema as the model describes it, and what of the model does not fit."""

    schema: Schema
    problems: tuple[Misfit, ...]


def apply(file: SemanticFile, schema: Schema) -> Applied:
    """The schema with what the model says; what does not fit is left out and told."""
    return _Application(file, schema).applied()


def hidden_columns(file: SemanticFile) -> tuple[str, ...]:
    """What the model closes, as `denied_columns` writes it; `table.*` closes a whole table.

    Raises:
        BadInput: a hidden field does not say of which column it is, which would stay open.
    """
    found: list[str] = []
    for place, dataset in file.datasets():
        table = _last(dataset.source)
        if dataset.said.hidden:
            found.append(f"{table}.*")
        for where, one in fields_of(place, dataset):
            if one.said.hidden:
                found += [f"{table}.{name}" for name in _closed(file, where, one)]
    return tuple(found)


def _closed(file: SemanticFile, place: Place, one: OssieField) -> list[str]:
    """The columns that a hidden field is over."""
    try:
        columns = [column.name for column in sql_of(one.expression).find_all(exp.Column)]
    except Unusable as error:
        problem = f"the hidden field {one.name!r} has {error}"
        raise BadInput(f"{file.at((*place, 'expression'), problem)}.") from error
    if not columns:
        problem = f"the hidden field {one.name!r} names no column, so that nothing would be closed"
        raise BadInput(f"{file.at((*place, 'expression'), problem)}.")
    return columns


class _Application:
    def __init__(self, file: SemanticFile, schema: Schema) -> None:
        self.file, self.schema = file, schema
        self.problems: list[Misfit] = []
        self.bound: dict[str, BoundDataset] = {}

    def applied(self) -> Applied:
        self._bind()
        tables = {one.table.name: one.table for one in self.bound.values()}
        for place, one in self.file.relationships():
            self._relate(place, one, tables)
        whole = tuple(tables.get(table.name, table) for table in self.schema.tables)
        version = f"{self.schema.fingerprint}-{self.file.version}"
        schema = replace(self.schema, tables=whole, fingerprint=version, glossary=self._glossary())
        return Applied(schema, tuple(self.problems))

    def _bind(self) -> None:
        taken: set[str] = set()
        for place, dataset in self.file.datasets():
            if dataset.said.hidden:
                continue
            table = self._table(dataset.source)
            if table is None:
                self._add((*place, "source"), self._no_table(dataset.source))
            elif dataset.name.lower() in self.bound:
                self._add(place, f"the dataset {dataset.name!r} is there twice")
            elif table.name in taken:
                self._add(place, f"the table {table.name!r} already has a dataset", is_grave=False)
            else:
                taken.add(table.name)
                self.bound[dataset.name.lower()] = bind_dataset(
                    place, dataset, table, self.schema.dialect, self.problems
                )

    def _table(self, source: str) -> Table | None:
        if (whole := self.schema.table(source)) is not None:
            return whole
        parts = source.replace('"', "").replace("`", "").split(".")
        names = (".".join(parts[at:]) for at in range(len(parts)))
        return next(filter(None, map(self.schema.table, names)), None)

    def _no_table(self, source: str) -> str:
        if len(source.split()) > 1:
            return f"the source {source!r} is a query; DocSQL reads tables and views"
        near = nearest_clause(_last(source), (table.name for table in self.schema.tables))
        return f"there is no table {source!r}{near}"

    def _relate(self, place: Place, one: Relationship, tables: dict[str, Table]) -> None:
        here, there = (self._end(place, side, getattr(one, side)) for side in ("from_", "to"))
        if here is None or there is None:
            return
        if len(one.from_columns) != len(one.to_columns):
            self._add(place, f"the relationship {one.name!r} has not as many columns on both sides")
            return
        mine = list(self._columns(place, "from_columns", here, one.from_columns))
        theirs = list(self._columns(place, "to_columns", there, one.to_columns))
        if len(mine) < len(one.from_columns) or len(theirs) < len(one.to_columns):
            return
        key = ForeignKey(tuple(mine), there.table.name, tuple(theirs), is_declared=False)
        table = tables[here.table.name]
        if all(_ends(known) != _ends(key) for known in table.foreign_keys):
            tables[table.name] = replace(table, foreign_keys=(*table.foreign_keys, key))

    def _end(self, place: Place, side: str, name: str) -> BoundDataset | None:
        found = self.bound.get(name.lower())
        if found is None and self._is_known(name):
            return None  # the dataset itself has been told of
        if found is None:
            near = nearest_clause(name, self.bound)
            self._add((*place, side.rstrip("_")), f"there is no dataset {name!r}{near}")
        return found

    def _is_known(self, name: str) -> bool:
        return any(dataset.name.lower() == name.lower() for _, dataset in self.file.datasets())

    def _columns(
        self, place: Place, side: str, end: BoundDataset, names: tuple[str, ...]
    ) -> Iterator[str]:
        for name in names:
            column = end.table.column(name)
            found = end.find(name)
            if column is not None:
                yield column.name
            elif found is not None and isinstance(found.tree, exp.Column):
                yield found.tree.name
            else:
                near = nearest_clause(name, (c.name for c in end.table.columns))
                self._add((*place, side), f"{end.table.name!r} has no column {name!r}{near}")

    def _glossary(self) -> Glossary:
        models = self.file.document.semantic_model
        told = [" ".join((m.description, m.ai_context.instructions)).split() for m in models]
        metrics = (self._metric(place, one) for place, one in self.file.metrics())
        return Glossary(
            tuple(metric for metric in metrics if metric is not None),
            " ".join(word for words in told for word in words),
            models[0].said.fiscal_year_start,
            models[0].said.fiscal_year_by_end,
            self.file.version,
        )

    def _metric(self, place: Place, one: OssieMetric) -> Metric | None:
        datasets = tuple(self.bound.values())
        try:
            tree = sql_of(one.expression)
            if any(map(self._is_told_of, tree.find_all(exp.Column))):
                return None
            found = bind_metric(tree, datasets, self.schema.dialect)
        except Unusable as error:
            self._add((*place, "expression"), f"the metric {one.name!r} has {error}")
            return None
        labels = (*one.ai_context.synonyms, *one.said.labels.values())
        about = " ".join((one.description, one.ai_context.instructions)).strip()
        return Metric(
            identifier_of(one.name),
            humanized(one.name),
            found.expression,
            found.meant,
            found.tables,
            found.columns,
            tuple(dict.fromkeys(labels)),
            about,
            tuple(one.said.labels.items()),
        )

    def _is_told_of(self, column: exp.Column) -> bool:
        """Whether a column is of a dataset that is left out itself."""
        return column.table.lower() not in self.bound and self._is_known(column.table)

    def _add(self, place: Place, text: str, *, is_grave: bool = True) -> None:
        self.problems.append(Misfit(place, f"{text}.", is_grave))


def _ends(key: ForeignKey) -> tuple[tuple[str, ...], str]:
    return tuple(map(str.lower, key.columns)), key.referred_table.lower()


def _last(source: str) -> str:
    return source.replace('"', "").replace("`", "").rpartition(".")[2]
