"""What a statement takes for meant where its question does not say."""

from collections.abc import Collection, Iterator

from serving.models.embedded.schema.joins import Joins, Step, is_meant
from serving.models.embedded.schema.targets import ColumnRef


def unsaid_keys(
    steps: Collection[Step], roles: frozenset[str], joins: Joins
) -> Iterator[tuple[ColumnRef, tuple[ColumnRef, ...]]]:
    """The keys that were taken of several between two tables and that no word names, with the others."""
    for step in steps:
        rivals = joins.rivals(step)
        if len(rivals) > 1 and not is_meant(step, roles):
            yield _key_of(step), tuple(_key_of(other) for other in rivals if other != step)


def _key_of(step: Step) -> ColumnRef:
    """The foreign key behind a step, whichever way it goes."""
    if step.is_single:
        return ColumnRef(step.left, step.left_columns[0])
    return ColumnRef(step.right, step.right_columns[0])
