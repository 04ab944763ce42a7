"""A SELECT under construction."""

from dataclasses import dataclass, field

from sqlglot import exp

from serving.models.embedded.schema.joins import Step
from serving.models.embedded.schema.targets import ColumnRef
from serving.models.embedded.sql.nodes import column_node, table_node


@dataclass
class Scope:
    """A SELECT under construction, the tables joined into it and its conditions."""

    select: exp.Select
    tables: list[str]
    is_fanned: bool = False
    conditions: list[exp.Expr] = field(default_factory=list[exp.Expr])

    def restricted(self) -> exp.Select:
        """The SELECT with its conditions."""
        flat = [
            part
            for condition in self.conditions
            for part in (condition.flatten() if isinstance(condition, exp.And) else [condition])
        ]
        # A SELECT that grows is its scope's own: sqlglot would copy all of it for each step.
        return self.select.where(*(part.copy() for part in flat), copy=False)

    def join(self, steps: tuple[Step, ...], *, keeps_all: bool = False) -> None:
        """Join the tables of a way; with `keeps_all`, rows that have no partner stay."""
        side = "LEFT" if keeps_all else ""
        for step in steps:
            if step.right in self.tables:
                continue
            pairs = zip(step.left_columns, step.right_columns, strict=True)
            on = exp.and_(*(column_of(step.left, a).eq(column_of(step.right, b)) for a, b in pairs))
            self.select.join(table_node(step.right), on=on, join_type=side, copy=False)
            self.tables.append(step.right)
            self.is_fanned = self.is_fanned or not step.is_single


def column_of(table: str, name: str) -> exp.Column:
    """The column of a table, as a node."""
    return column_node(ColumnRef(table, name))
