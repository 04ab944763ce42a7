"""Names of several columns: BigQuery's `record.field`, and what a star leaves out."""

from collections.abc import Sequence

from sqlglot import exp

from tools.errors import Refused

_PLACES = ("this", "table", "db", "catalog")


def with_whole_records(hidden: frozenset[str], dialect: str) -> frozenset[str]:
    """The closed columns; where a field is closed, the record that holds it is too."""
    if dialect != "bigquery":
        return hidden
    return hidden | {name.partition(".")[0] for name in hidden}


def names_in(column: exp.Column) -> list[exp.Identifier]:
    """The names of a column from the left to the right."""
    return [part for place in reversed(_PLACES) if (part := column.args.get(place)) is not None]


def put_parts(column: exp.Column, parts: Sequence[exp.Identifier]) -> bool:
    """Name a column anew; False where it has no room for as many parts."""
    if len(parts) > len(_PLACES):
        return False
    for place, part in zip(_PLACES, reversed(parts), strict=False):
        column.set(place, part)
    return True


def left_out(star: exp.Star) -> list[exp.Identifier]:
    """The columns behind a star's EXCEPT or EXCLUDE.

    Raises:
        Refused: one is written with its table.
    """
    names: list[exp.Identifier] = []
    for each in star.args.get("except_") or ():
        name = each.this if isinstance(each, exp.Column) else each
        if not isinstance(name, exp.Identifier) or each.args.get("table"):
            raise Refused(f"Write {each.name!r} behind the star without its table.")
        names.append(name)
    return names
