"""A dataset of a model, laid over the table that it is made for."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from rapidfuzz import fuzz, process
from sqlglot import exp

from tools.sql.meaning import Meaning
from tools.sql.schema import Column, Table
from tools.sql.semantic.expressions import Unusable, bound, read_sql, sql_of, stored_column, written
from tools.sql.semantic.file import fields_of
from tools.sql.semantic.lines import Place
from tools.sql.semantic.ossie import Context, Dataset, OssieField

_FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_LEAST_LIKENESS = 50


@dataclass(frozen=True, slots=True)
class Misfit:
    """What is wrong at a place of a file, as a sentence; a warning unless it `is_grave`."""

    place: Place
    text: str
    is_grave: bool = True


@dataclass(frozen=True, slots=True)
class Reference:
    """What a name of a dataset stands for: its name as an identifier, and the stored columns."""

    name: str
    tree: exp.Expr


@dataclass(frozen=True, slots=True)
class BoundDataset:
    """A dataset with its table as the model describes it, and what its names stand for."""

    dataset: Dataset
    table: Table
    names: Mapping[str, Reference]

    def find(self, name: str) -> Reference | None:
        """What a field's or column's name stands for, compared without case."""
        return self.names.get(name.lower())


def identifier_of(name: str) -> str:
    """A name as an identifier: lower case, umlauts written out."""
    folded = name.strip().lower().translate(_FOLDED)
    return re.sub(r"\W+", "_", folded).strip("_") or "unnamed"


def nearest_clause(name: str, known: Iterable[str]) -> str:
    """A clause with the known name that is most like one; empty where none is."""
    found = process.extractOne(
        name, list(known), scorer=fuzz.ratio, processor=str.lower, score_cutoff=_LEAST_LIKENESS
    )
    return f"; the nearest is {found[0]!r}" if found else ""


def bind_dataset(
    place: Place, dataset: Dataset, table: Table, dialect: str, problems: list[Misfit]
) -> BoundDataset:
    """The dataset over its table; what does not fit is added to the problems and left out."""
    return _Binding(place, dataset, table, dialect, problems).bound()


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A field that can be used, with its expression over stored columns."""

    field: OssieField
    tree: exp.Expr

    @property
    def column(self) -> str:
        """The column that it is, or that it alone is made of; empty where it is made of several."""
        made_of = {column.name for column in self.tree.find_all(exp.Column)}
        return made_of.pop() if len(made_of) == 1 else ""

    @property
    def is_plain(self) -> bool:
        """Whether it is the column as it stands."""
        return isinstance(self.tree, exp.Column)


@dataclass(frozen=True, slots=True)
class _Binding:
    place: Place
    dataset: Dataset
    table: Table
    dialect: str
    problems: list[Misfit]

    def bound(self) -> BoundDataset:
        fields = list(self._fields())
        of_columns = self._of_columns(fields)
        names = self._names(fields)
        keys = set(self._keys(names))
        columns = tuple(
            self._meant(column, of_columns.get(column.name), is_key=column.name in keys)
            for column in self.table.columns
        )
        taken = {id(one) for one in of_columns.values()}
        others = tuple(self._worked_out(one) for one in fields if id(one) not in taken)
        about = _about(self.dataset.description, self.dataset.ai_context)
        table = replace(
            self.table,
            columns=columns,
            fields=others,
            meaning=self._of_table(names),
            comment=about or self.table.comment,
        )
        return BoundDataset(self.dataset, table, names)

    def _fields(self) -> Iterator[_Spoken]:
        """The fields that can be used, with their expressions over stored columns."""
        seen: set[str] = set()
        for place, one in fields_of(self.place, self.dataset):
            if one.said.hidden:
                continue
            if one.name.lower() in seen:
                self._add(place, f"the field {one.name!r} is there twice in {self.dataset.name!r}")
                continue
            seen.add(one.name.lower())
            try:
                tree = self._stored(sql_of(one.expression))
            except Unusable as error:
                self._add((*place, "expression"), f"the field {one.name!r} has {error}")
                continue
            yield _Spoken(one, tree)

    def _stored(self, tree: exp.Expr) -> exp.Expr:
        """The tree with its columns as they are stored.

        Raises:
            Unusable: it names a column that the table does not have, or has an aggregate.
        """
        if tree.find(exp.AggFunc):
            raise Unusable("an aggregate, which only a metric may have")
        return bound(tree, self._column)

    def _column(self, node: exp.Column) -> exp.Expr:
        own = {"", *(n.lower() for n in (self.dataset.name, self.table.name, self.table.own_name))}
        found = self.table.column(node.name) if node.table.lower() in own else None
        if found is None:
            near = nearest_clause(node.name, (c.name for c in self.table.columns))
            raise Unusable(f"no column {node.sql()!r} in the table {self.table.name!r}{near}")
        return stored_column("", found.name)

    @staticmethod
    def _of_columns(fields: list[_Spoken]) -> dict[str, _Spoken]:
        """The field that speaks of each column: the column itself, else what is made of it alone."""
        found: dict[str, _Spoken] = {}
        for one in sorted(fields, key=lambda one: not one.is_plain):
            if one.column:
                found.setdefault(one.column, one)
        return found

    def _names(self, fields: list[_Spoken]) -> dict[str, Reference]:
        """What each name stands for; a field's wins over a column's."""
        called = {one.column: identifier_of(one.field.name) for one in fields if one.is_plain}
        names = {
            column.name.lower(): Reference(
                called.get(column.name, column.name), stored_column("", column.name)
            )
            for column in self.table.columns
        }
        return names | {
            one.field.name.lower(): Reference(identifier_of(one.field.name), one.tree)
            for one in fields
        }

    def _keys(self, names: Mapping[str, Reference]) -> Iterator[str]:
        for name in self.dataset.primary_key:
            found = names.get(name.lower())
            if found is not None and isinstance(found.tree, exp.Column):
                yield found.tree.name
                continue
            near = nearest_clause(name, (c.name for c in self.table.columns))
            place = (*self.place, "primary_key")
            self._add(place, f"the key {name!r} is no column of {self.table.name!r}{near}")

    def _meant(self, column: Column, one: _Spoken | None, *, is_key: bool) -> Column:
        if one is None:
            return replace(column, meaning=Meaning(is_key=is_key)) if is_key else column
        meaning = replace(_meaning(one.field), is_key=is_key)
        if not one.is_plain:
            meaning = replace(meaning, expression=written(one.tree, self.dialect))
        about = _about(one.field.description, one.field.ai_context)
        return replace(column, meaning=meaning, comment=about or column.comment)

    def _worked_out(self, one: _Spoken) -> Column:
        meaning = replace(_meaning(one.field), expression=written(one.tree, self.dialect))
        about = _about(one.field.description, one.field.ai_context)
        return Column(meaning.name, "", nullable=True, comment=about, meaning=meaning)

    def _of_table(self, names: Mapping[str, Reference]) -> Meaning:
        one, label = self.dataset, humanized(self.dataset.name)
        also = _synonyms(one.ai_context, one.said.labels, label)
        labels = tuple(one.said.labels.items())
        return Meaning(
            identifier_of(one.name), label, also, filter=self._filter(names), labels=labels
        )

    def _filter(self, names: Mapping[str, Reference]) -> str:
        text = self.dataset.said.filter

        def column(node: exp.Column) -> exp.Expr:
            found = names.get(node.name.lower())
            return found.tree.copy() if found else self._column(node)

        try:
            return written(bound(read_sql(text), column), self.dialect) if text else ""
        except Unusable as error:
            self._add((*self.place, "custom_extensions"), f"the filter has {error}")
            return ""

    def _add(self, place: Place, text: str) -> None:
        self.problems.append(Misfit(place, f"{text}."))


def humanized(name: str) -> str:
    """A name as words: "order_date" is "order date"."""
    return " ".join(re.sub(r"[_\s]+", " ", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)).split())


def _meaning(one: OssieField) -> Meaning:
    said, label = one.said, one.label or humanized(one.name)
    names = [one.name] if identifier_of(label) != identifier_of(one.name) else []
    return Meaning(
        identifier_of(one.name),
        label,
        _synonyms(one.ai_context, said.labels, label, *map(humanized, names)),
        _codes(said.values),
        kind=one.datatype or "",
        aggregation=said.aggregation or "",
        labels=tuple(said.labels.items()),
    )


def _codes(values: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The codes that mean something; one that is left empty means itself, and none where all are."""
    if not any(any(words) for words in values.values()):
        return ()
    return tuple((code, tuple(filter(None, words)) or (code,)) for code, words in values.items())


def _synonyms(
    context: Context, labels: Mapping[str, str], label: str, *names: str
) -> tuple[str, ...]:
    found = dict.fromkeys((*context.synonyms, *labels.values(), *names))
    return tuple(one for one in found if one and one.lower() != label.lower())


def _about(description: str, context: Context) -> str:
    return " ".join(" ".join(filter(None, (description, context.instructions))).split())
