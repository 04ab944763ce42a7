"""Nodes that every engine's writer puts down as they were read."""

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from tools.sql.guard.nodes import Operator, Power, UnaryPlus

Written = Callable[[Any, Any], str]


def _binary(writer: Any, node: exp.Expr, symbol: str) -> str:
    """One operator and no more: sqlglot writes one symbol for a chain of nodes of one kind."""
    if symbol in getattr(writer, "operators", ()):
        return writer.binary(node, symbol)
    return f"{writer.sql(node, 'this')} {symbol} {writer.sql(node, 'expression')}"


def _operator(writer: Any, node: Operator) -> str:
    return _binary(writer, node, node.args["symbol"])


def _power(writer: Any, node: Power) -> str:
    return _binary(writer, node, "^")


def _positive(writer: Any, node: UnaryPlus) -> str:
    return f"+ {writer.sql(node, 'this')}"


def _at_time_zone(writer: Any, node: exp.AtTimeZone) -> str:
    return f"{writer.sql(node, 'this')} AT TIME ZONE {writer.sql(node, 'zone')}"


def _interval(writer: Any, node: exp.Interval) -> str:
    unit = f" {writer.sql(node, 'unit')}" if node.args.get("unit") else ""
    return f"INTERVAL {writer.sql(node, 'this')}{unit}"


def _word(text: str) -> Written:
    def write_it(_writer: Any, _node: exp.Expr) -> str:
        return text

    return write_it


AS_READ: dict[type[exp.Expr], Written] = {
    Operator: _operator,
    Power: _power,
    UnaryPlus: _positive,
    exp.AtTimeZone: _at_time_zone,
    exp.Interval: _interval,
    exp.CurrentDate: _word("CURRENT_DATE"),
    exp.CurrentTime: _word("CURRENT_TIME"),
    exp.CurrentTimestamp: _word("CURRENT_TIMESTAMP"),
    exp.Localtime: _word("LOCALTIME"),
    exp.Localtimestamp: _word("LOCALTIMESTAMP"),
}
