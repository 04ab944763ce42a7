"""The columns of a source behind PIVOT and UNPIVOT.

Both pass on every column that they do not name, so nothing of their source may be closed. Inside,
columns stand without their source, as the engines want them.
"""

from collections.abc import Callable, Iterator

from sqlglot import exp

from tools.errors import Refused
from tools.sql.guard.hints import suggest
from tools.sql.guard.scopes import FromItem, Output

KeyOf = Callable[[exp.Identifier], str]


def pivoted(pivot: exp.Pivot, source: FromItem, dialect: str, key: KeyOf) -> tuple[Output, ...]:
    """The columns that come out of it; `key` folds a name as the engine compares it.

    Raises:
        Refused: it names a column that the source does not have.
    """
    values = pivot.args["fields"][0]
    given = [column for column in pivot.find_all(exp.Column) if not _is_new(column, pivot, dialect)]
    used = {_found(column, source, key) for column in given}
    rest = [output for output in source.outputs if output.name not in used]
    if pivot.args.get("unpivot"):
        made = [each for each in (values.this, *pivot.expressions)]
        return (*rest, *(Output(key(_name(each))) for each in made))
    names = _value_names(values, dialect, key)
    return (*rest, *(Output(name) for name in _with_aggregates(pivot, [*names], dialect, key)))


def _is_new(column: exp.Column, pivot: exp.Pivot, dialect: str) -> bool:
    """Whether it is a value of SQL Server's PIVOT, whose values are written as columns."""
    return dialect == "tsql" and not pivot.args.get("unpivot") and _is_value(column)


def _is_value(column: exp.Column) -> bool:
    return isinstance(column.parent, exp.In) and column.arg_key == "expressions"


def _found(column: exp.Column, source: FromItem, key: KeyOf) -> str:
    if column.args.get("table") is not None:
        raise Refused(f"Inside PIVOT, write {column.name!r} without its table.")
    name = key(column.this)
    if name not in source.columns:
        raise Refused(
            f"There is no column {column.name!r} to read. {suggest(name, source.columns)}"
        )
    return name


def _name(node: exp.Expr) -> exp.Identifier:
    name = node.this if isinstance(node, exp.Column) else node
    if not isinstance(name, exp.Identifier):
        raise Refused("Write UNPIVOT (value FOR name IN (columns)).")
    return name


def _value_names(values: exp.In, dialect: str, key: KeyOf) -> Iterator[str]:
    """What the engine calls each value: Oracle and Snowflake keep the quotes of a text."""
    for value in values.expressions:
        match value:
            case exp.PivotAlias():
                yield key(value.args["alias"])
            case exp.Column() if dialect == "tsql":
                yield key(value.this)
            case exp.Literal() if dialect == "bigquery":
                yield (value.name if value.is_string else f"_{value.name}").lower()
            case exp.Literal() if dialect != "tsql":
                yield f"'{value.name}'" if value.is_string else value.name
            case _:
                raise Refused("Write the values of a PIVOT out: IN ('a', 'b').")


def _with_aggregates(pivot: exp.Pivot, names: list[str], dialect: str, key: KeyOf) -> Iterator[str]:
    aliases = [key(each.args["alias"]) for each in pivot.expressions if isinstance(each, exp.Alias)]
    for name in names:
        if not aliases:
            yield name
        for alias in aliases:
            yield f"{alias}_{name}" if dialect == "bigquery" else f"{name}_{alias}"
