"""Where the syntax of SQL Server, Oracle, Snowflake and BigQuery may stand, and how much of it."""

from sqlglot import exp

from tools.errors import Refused
from tools.sql.guard.nodes import VariantPath

_MOST_LEVELS = 10_000
_FLATTENED = frozenset({"input", "path", "outer", "recursive", "mode"})


def check_engine_place(node: exp.Expr) -> None:
    """Refuse a part that is allowed, but not there.

    Raises:
        Refused: the message says where it may stand.
    """
    match node:
        case exp.Alias() if not _may_be_named(node):
            raise Refused(f"The name {node.alias!r} is not expected here.")
        case exp.Dot() if not isinstance(node.expression, exp.Identifier):
            raise Refused("Behind a dot, write the name of a column or of a field.")
        case exp.SafeFunc() if not isinstance(node.this, exp.Anonymous):
            raise Refused("Behind SAFE. write a function.")
        case VariantPath() if not all(isinstance(s, exp.Literal) for s in node.expressions):
            raise Refused("Write a path of keys and numbers.")
        case exp.WithTableHint() if not all(isinstance(h, exp.Var) for h in node.expressions):
            raise Refused("The only hint that may stand here is WITH (NOLOCK).")
        case exp.Connect():
            _check_levels(node)
        case exp.Pivot():
            _check_pivot(node)
        case _:
            pass


def check_named_argument(node: exp.Kwarg) -> None:
    """Snowflake's FLATTEN alone has arguments with names."""
    call = node.parent
    is_flatten = isinstance(call, exp.Anonymous) and call.name.lower() == "flatten"
    if not is_flatten or node.name.lower() not in _FLATTENED:
        raise Refused(f"{node.name} => … is an argument of FLATTEN. Do without it here.")


def _may_be_named(alias: exp.Alias) -> bool:
    match alias.parent:
        case exp.Select() | exp.Star() | exp.Pivot():
            return True
        case exp.In():
            return isinstance(alias, exp.PivotAlias)
        case exp.Anonymous() as call:  # a field of BigQuery's STRUCT
            return call.name.lower() == "struct"
        case _:
            return False


def _check_levels(node: exp.Connect) -> None:
    """Where no key leads to them, all rows are children of each row, unless DUAL's only row is numbered."""
    condition = node.args["connect"]
    if _leads_to_children(condition):
        return
    select = node.parent
    source = select.args.get("from_") if isinstance(select, exp.Select) else None
    is_dual = source is not None and source.this.name.upper() == "DUAL"
    is_dual = is_dual and isinstance(select, exp.Select) and not select.args.get("joins")
    is_dual = is_dual and all(cte.alias.upper() != "DUAL" for cte in node.root().find_all(exp.CTE))
    if not is_dual or not _is_level_limit(condition):
        raise Refused(
            "Write CONNECT BY PRIOR column = column [AND …]; without it, write FROM dual CONNECT BY "
            f"LEVEL <= n, with a number of {_MOST_LEVELS:,} at most."
        )


def _leads_to_children(condition: exp.Expr) -> bool:
    """Whether `PRIOR column = column`, or the other way round, is among what has to be true."""
    waiting = [condition]
    while waiting:
        part = waiting.pop().unnest()
        if isinstance(part, exp.And):
            waiting += [part.left, part.right]
        elif isinstance(part, exp.EQ) and _is_key(part):
            return True
    return False


def _is_key(equal: exp.EQ) -> bool:
    sides = (equal.left.unnest(), equal.right.unnest())
    before = [side.this.unnest() for side in sides if isinstance(side, exp.Prior)]
    now = [side for side in sides if isinstance(side, exp.Column)]
    return len(now) == 1 and len(before) == 1 and isinstance(before[0], exp.Column)


def _is_level_limit(condition: exp.Expr) -> bool:
    match condition:
        case exp.LT() | exp.LTE() if isinstance(condition.this, exp.Anonymous):
            limit = condition.expression
            is_number = isinstance(limit, exp.Literal) and limit.name.isdigit()
            return condition.this.name == "LEVEL" and is_number and int(limit.name) <= _MOST_LEVELS
        case _:
            return False


def _check_pivot(pivot: exp.Pivot) -> None:
    fields = pivot.args.get("fields") or ()
    if len(fields) != 1 or not isinstance(fields[0], exp.In) or not pivot.expressions:
        raise Refused("Write PIVOT (aggregate FOR column IN (values)).")
    for part in pivot.find_all(exp.Query, exp.Window):
        raise Refused(f"Write PIVOT with plain values, and without {part.key.upper()} in it.")
