"""How large a value can become, and how long one call over it can take.

No engine looks for a cancel inside one call: a LIKE over a text of a gigabyte runs to its end. So
a statement is refused before it runs if the sizes in it could add up to such a call. Sizes are
rough and upper ones: characters of a text, elements of an array.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from tools.errors import Refused
from tools.sql.guard.functions import (
    AGGREGATES,
    CHEAP,
    COUNTS,
    CUTS,
    ESCAPED,
    FACTORS,
    PLAIN_SEARCHES,
    PLAIN_STEP,
    SAME,
    SEARCH_SYMBOLS,
    SEARCHES,
    SLOW_STEP,
    SMALL,
)
from tools.sql.guard.nodes import Operator, Power

SERIES = frozenset({"generate_series", "range"})
"""Functions that make as many rows as their bounds say."""

STORED = 1_000.0
"""The assumed size of a stored value."""

ROWS = 10_000.0
"""The assumed number of rows of a table."""

NUMBER = 40.0
MADE = 1_000_000.0
"""The rows that a generating function or a recursion is taken for, if its bounds are not written."""

_MOST_STEPS = 10_000_000.0
_LONGEST = 20_000_000.0
_LONGEST_COPIED = 200_000_000.0
_MOST_COLLECTED = 500_000.0
_LARGEST_COLLECTION = 100_000_000.0
_WIDEST_PAD = 999.0
_LONGEST_PATTERN = 1_000.0

LARGEST: Mapping[str, float] = {
    "sqlite": 1_000_000_000.0,
    "mysql": 16_777_216.0,
    "postgres": 1_000_000_000.0,
    "trino": 1_000_000.0,
    "duckdb": 1_000_000_000.0,
    "tsql": 2_147_483_647.0,
    "oracle": 32_767.0,
    "snowflake": 134_217_728.0,
    "bigquery": 100_000_000.0,
}
"""The largest value of each engine, as its documentation has it for a server left as it came."""

_READ_TYPES = frozenset({exp.DType.JSON, exp.DType.JSONB, exp.DType.ARRAY})
_LONGEST_READ = 50_000.0
_NUMERIC = 150_000.0
"""Digits that a PostgreSQL numeric may have."""

_REGEX_STEPS = 1_000_000.0
_DEEPEST_JSON = 500.0
_MOST_MADE = 500_000_000.0
_MOST_STEPS_IN_ALL = 30_000_000.0
_EXPONENT = re.compile(r"e\+?(\d{1,9})$", re.IGNORECASE)
_WIDTH_DIGITS = 3
_WIDE_FORMAT = re.compile(r"\*|\d{4}")

SizeOf = Callable[[exp.Expr], float | None]
RowsIn = Callable[[exp.Expr], float]


@dataclass(slots=True)
class StatementCost:
    """Total size of what a statement builds and searches."""

    made: dict[int, float] = field(default_factory=dict[int, float])
    steps: dict[int, float] = field(default_factory=dict[int, float])

    def close(self) -> None:
        """Refuse a statement of which all parts together are too much.

        Raises:
            Refused: they are.
        """
        if sum(size for size in self.made.values() if size > STORED) > _MOST_MADE:
            raise Refused("It builds too many large values. Build fewer or smaller ones.")
        if sum(self.steps.values()) > _MOST_STEPS_IN_ALL:
            raise Refused("It searches too many large values. Search fewer or smaller ones.")


class SizeEstimates:
    """The sizes in one query of about so many rows.

    `known` tells the sizes of columns and of subqueries, `rows_in` the rows of a subquery.
    """

    def __init__(
        self, dialect: str, known: SizeOf, rows_in: RowsIn, rows: float, ledger: "StatementCost"
    ) -> None:
        self._ledger = ledger
        self._rows_in = rows_in
        self._dialect = dialect
        self._largest = LARGEST[dialect]
        self._known = known
        self._rows = rows

    def of(self, node: exp.Expr) -> float:
        """The most that the node's value can measure.

        Raises:
            Refused: a call in it could take too long.
        """
        return min(self._largest, self._of(node))

    def _of(self, node: exp.Expr) -> float:
        size = self._known(node)
        if size is not None:
            return size
        inside = (
            node.flatten(unnest=False)
            if isinstance(node, exp.Connector)
            else node.iter_expressions()
        )
        parts = [self.of(child) for child in inside]
        match node:
            case exp.Literal():
                return _literal(node)
            case exp.Anonymous():
                size = self._call(node, parts or [NUMBER])
            case exp.GroupConcat():
                size = self._collected("group_concat", self._rows, sum(parts))
            case exp.DPipe() | exp.Array() | exp.Tuple():
                size = self._joined(node.key, parts)
            case exp.Cast():
                size = self._cast(node, parts[0])
            case _:
                return self._operator(node, parts)
        self._ledger.made[id(node)] = size / (ESCAPED if _is_json_aggregate(node) else 1.0)
        return size

    def _operator(self, node: exp.Expr, parts: Sequence[float]) -> float:
        """Comparisons: a number or boolean, with steps over what they compare."""
        match node:
            case exp.Trim():
                size = self._search(node, parts)
            case exp.Like() | exp.ILike() | exp.Glob() | exp.SimilarTo():
                size = self._pattern(node, parts)
            case Operator() if node.args["symbol"] in SEARCH_SYMBOLS:
                size = self._pattern(node, parts)
            case exp.In() if node.expressions:
                self._count(node, parts[0] / NUMBER * len(node.expressions))
                size = NUMBER
            case exp.Sub():  # of JSON and arrays too; not of PostgreSQL's long numbers
                size = self._search(node, [p for p in parts if p != _NUMERIC] or [NUMBER])
            case Power():
                size = _NUMERIC if self._dialect == "postgres" else NUMBER
            case exp.Predicate() if isinstance(
                getattr(node, "expression", None), exp.Any | exp.All
            ):
                self._count(node, max(1.0, parts[0] / NUMBER) * parts[-1])
                size = NUMBER
            case exp.Predicate() | exp.Connector() | exp.Not():
                size = NUMBER
            case _:
                size = max(parts, default=NUMBER)
        return size

    def _cast(self, cast: exp.Cast, size: float) -> float:
        to = cast.to
        is_read = to.this in _READ_TYPES or to.args.get("nested")
        if is_read and size > _LONGEST_READ:
            raise Refused(
                "This text is built here and too large to cast to JSON or an array. Cast a shorter one."
            )
        return max(size, _padded(cast))

    def _count(self, node: exp.Expr, steps: float) -> None:
        if steps > _MOST_STEPS:
            raise Refused(
                "A search in it could go on for too long where nothing can stop it. "
                "Search in columns, and for short texts."
            )
        self._ledger.steps[id(node)] = steps

    def _pattern(self, node: exp.Expr, parts: Sequence[float]) -> float:
        pattern = node.args["expression"]
        if isinstance(pattern, exp.Literal) and len(pattern.name) > _LONGEST_PATTERN:
            raise Refused(f"A pattern may have {_LONGEST_PATTERN:,.0f} characters. Shorten it.")
        self._search(node, parts)
        return NUMBER

    def _search(self, node: exp.Expr, sizes: Sequence[float]) -> float:
        name = _called(node)
        step = PLAIN_STEP[self._dialect] if name in PLAIN_SEARCHES else SLOW_STEP.get(name, 1.0)
        largest, *others = sorted(sizes, reverse=True)
        steps = step * largest * max([1.0, *others[:1]])
        is_regex = name.startswith("regexp") or name == "REGEXP"
        if is_regex and self._dialect == "mysql":  # PCRE gives up on one after so many
            steps = max(steps, _REGEX_STEPS)
        self._count(node, steps)
        return largest

    def _call(self, call: exp.Anonymous, sizes: Sequence[float]) -> float:
        name = _called(call)
        if name in SEARCHES:
            self._search(call, sizes)
        if name.startswith("json") and len(sizes) > 2:
            self._count(call, sizes[0] * (len(sizes) - 1))
        _check_layout(name, call, self._dialect)
        size = self._result(name, call, sizes)
        if name == "row":
            return self._joined(name, sizes)
        if name.startswith("concat"):
            return _copied(name, size)
        if name in AGGREGATES or name == "array" or name in CHEAP:
            return size
        if max(*sizes, size) > _LONGEST:
            raise _too_large(f"{call.name}()")
        return size

    def _joined(self, kind: str, sizes: Sequence[float]) -> float:
        """PostgreSQL writes a row within a row in quotes, and doubles those that it has already."""
        is_quoted = kind in (exp.Tuple.key, "row") and self._dialect == "postgres"
        return _copied(kind, sum(sizes) * (2.0 if is_quoted else 1.0))

    def _collected(self, name: str, rows: float, size: float) -> float:
        """Every row's value in one; a server holds all of it, and looks up between rows."""
        if rows > _MOST_COLLECTED or rows * size > _LARGEST_COLLECTION:
            raise Refused(
                f"{name}() could collect too many rows into one value. Narrow them down first."
            )
        return rows * size

    def _result(self, name: str, call: exp.Anonymous, sizes: Sequence[float]) -> float:
        whole = sum(sizes)
        if name == "array":
            size = sum(
                self._collected(name, self._rows_in(each), size)
                for each, size in zip(call.expressions, sizes, strict=False)
            )
        elif name in AGGREGATES:
            size = self._collected(name, self._rows, whole)
            size *= ESCAPED if "json" in name else 1.0
        elif name in CUTS:
            size = min(sizes[0], _number(call.expressions[-1], self._largest))
        elif name in SMALL or name in COUNTS:
            size = NUMBER
        elif name in SAME:
            size = max(sizes)
        elif name in FACTORS:
            size = whole * FACTORS[name]
        elif name in CHEAP and not name.startswith(("concat", "array")):
            size = max(sizes)
        else:
            size = self._made(name, call, sizes)
        return size

    def _made(self, name: str, call: exp.Anonymous, sizes: Sequence[float]) -> float:
        """The size of a result that can exceed the arguments."""
        size = sum(sizes)
        match name, sizes:
            case "repeat" | "space", [text, *_]:
                size = text * _number(call.expressions[-1], self._largest)
            case "lpad" | "rpad", [text, *_]:
                size = max(_WIDEST_PAD, text)
            case "replace", [text, part, other]:
                size = text + text * other / max(1.0, _least(call.expressions[1], part))
            case "regexp_replace", [text, _, other, *_]:
                size = text + text * (other + 1)
            case "array_to_string" | "array_join", [elements, *others]:
                size = elements * (sum(others) + 1)
            case "format" | "printf", [_, *values]:
                places = call.expressions[0].name.count("%")
                size += places * max([_WIDEST_PAD, *values])
            case "jsonb_pretty" | "json_pretty", [text]:
                size = text * min(text, _DEEPEST_JSON)
            case "power" | "pow" | "factorial" | "exp", _ if self._dialect == "postgres":
                size = _NUMERIC
            case "round" | "trunc", [number, *_]:
                size = max(number, _number(call.expressions[-1], NUMBER))
            case _:
                pass
        return size


def _called(node: exp.Expr) -> str:
    """A function's name without its schema, an operator's sign, or sqlglot's name of a node."""
    if isinstance(node, exp.Anonymous):
        return node.name.lower().rpartition(".")[2]
    return node.args["symbol"] if isinstance(node, Operator) else node.key


def _is_json_aggregate(node: exp.Expr) -> bool:
    return "json" in (name := _called(node)) and name in AGGREGATES


def _literal(node: exp.Literal) -> float:
    if node.is_string:
        return float(max(1, len(node.name)))
    exponent = _EXPONENT.search(node.name)
    return NUMBER + (float(exponent[1]) if exponent else 0.0)


def _copied(name: str, size: float) -> float:
    if size > _LONGEST_COPIED:
        raise _too_large("||" if name == exp.DPipe.key else f"{name}()")
    return size


def _too_large(what: str) -> Refused:
    return Refused(f"{what} could make or read too large a value. Use it on smaller ones.")


def _check_layout(name: str, call: exp.Anonymous, dialect: str) -> None:
    """A width or a format that is computed could be of any size."""
    arguments = call.expressions
    if name in ("lpad", "rpad") and len(arguments) > 1:
        width = arguments[1]
        if not isinstance(width, exp.Literal) or len(width.name) > _WIDTH_DIGITS:
            raise Refused("Give lpad and rpad a literal width of three digits at most.")
    if name.startswith("jsonb_path") and any(each.name.count("**") > 1 for each in arguments[1:2]):
        raise Refused("Write a JSON path with one ** at most.")
    if name in ("format", "printf") and arguments and dialect != "mysql":
        is_second = dialect == "tsql" and len(arguments) > 1  # FORMAT(value, pattern, culture)
        pattern = arguments[1 if is_second else 0]
        if not isinstance(pattern, exp.Literal) or _WIDE_FORMAT.search(pattern.name):
            raise Refused(f"Give {name} a literal format, and no width of four digits or '*'.")


def _padded(cast: exp.Cast) -> float:
    """CHAR(n) is filled up to n characters."""
    lengths = [p.this for p in cast.args["to"].expressions if isinstance(p, exp.DataTypeParam)]
    return max((_number(length, 0.0) for length in lengths), default=0.0)


def rows_made(call: exp.Expr) -> float:
    """How many rows a function in FROM makes, as far as it is written in its arguments."""
    bounds = [_number(each, -1.0) for each in getattr(call, "expressions", ())]
    is_series = isinstance(call, exp.Anonymous) and call.name.lower() in SERIES
    if is_series and len(bounds) == 2 and min(bounds) >= 0:
        return max(1.0, bounds[1] - bounds[0])
    return MADE if is_series else STORED


def _number(node: exp.Expr, otherwise: float) -> float:
    """A number that is written, or that `least` holds down."""
    match node:
        case exp.Literal() if not node.is_string and node.name.isdigit():
            return float(node.name)
        case exp.Anonymous() if node.name.lower() == "least":
            return min(_number(each, otherwise) for each in node.expressions)
        case _:
            return otherwise


def _least(node: exp.Expr, size: float) -> float:
    """The least length of a searched text: its own if it is written, else one."""
    return size if isinstance(node, exp.Literal) and node.is_string else 1.0
