"""What rows must meet, as values that can be compared and taken apart."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

from serving.models.embedded.form.measures import Having, Measure
from serving.models.embedded.schema.joins import Step
from serving.models.embedded.schema.targets import ColumnRef
from tools.language.telling import IN_ENGLISH, Telling


class Unreadable(Exception):
    """The question cannot be put as one statement; the message is a clause for the person.

    `clause` is the English one, which language packs have in other languages, with `values` for its
    places.
    """

    def __init__(self, clause: str, **values: object) -> None:
        """Say it in English, until somebody tells it in another language."""
        super().__init__(IN_ENGLISH.say(clause, **values))
        self.clause, self.values = clause, values

    def __reduce__(self) -> tuple[Callable[[], "Unreadable"], tuple[()]]:
        return partial(Unreadable, self.clause, **self.values), ()

    def told(self, to: Telling) -> str:
        """The clause in a language."""
        return to.say(self.clause, **self.values)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The column holds one of these values."""

    column: ColumnRef
    values: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """The column's value against a number, or against one that is measured elsewhere.

    `operator` is one of =, >, >=, <, <=. With `null_is_zero`, a missing value counts as 0.
    """

    column: ColumnRef
    operator: str
    value: "float | ValueOf"
    null_is_zero: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """The column's value lies between two numbers, ends included."""

    column: ColumnRef
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Within:
    """The column's date lies from the day `low` on and before `high`; None leaves an end open."""

    column: ColumnRef
    low: date | None
    high: date | None


@dataclass(frozen=True, slots=True)
class Later:
    """The column's date lies behind that of another column of the row."""

    column: ColumnRef
    other: ColumnRef


@dataclass(frozen=True, slots=True)
class Against:
    """A comparison of two columns of the same row, with an `operator` as in `Compare`."""

    column: ColumnRef
    operator: str
    other: ColumnRef


@dataclass(frozen=True, slots=True)
class Lasts:
    """So many days pass from one date of the row to an `other`; `operator` is as in `Compare`."""

    column: ColumnRef
    other: ColumnRef
    operator: str
    days: float


@dataclass(frozen=True, slots=True)
class ReferredTo:
    """The `key` of a row of the same table that meets all conditions has the column's value: a manager."""

    column: ColumnRef
    key: ColumnRef
    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Like:
    """The column's text has another in it, without case; `shape` has {} in its place and % around it."""

    column: ColumnRef
    shape: str
    text: str


@dataclass(frozen=True, slots=True)
class IsNull:
    """The column holds no value."""

    column: ColumnRef


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    condition: "Condition"


@dataclass(frozen=True, slots=True)
class Either:
    """One of these conditions, at least."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class SharedBy:
    """Some row with the same value in the column meets a condition."""

    column: ColumnRef
    condition: "Condition"


@dataclass(frozen=True, slots=True)
class HasPartners:
    """The row's partners by a step, taken together, meet a condition."""

    step: Step
    having: Having


@dataclass(frozen=True, slots=True)
class Present:
    """There is such a row."""


Condition = (
    AnyOf
    | Compare
    | Between
    | Within
    | Later
    | Against
    | Lasts
    | ReferredTo
    | Like
    | IsNull
    | Not
    | Either
    | SharedBy
    | HasPartners
    | Present
)


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on a column of `table`; denied, it must not hold.

    `is_apart`: of a row's many, one of its own meets it. `roles` are the stems of the words around
    it, which choose among several ways to the table. `place` is where in the question it stands,
    after an "or" if `is_or`; `either` numbers the alternatives that belong together.
    """

    table: str
    condition: Condition
    is_denied: bool = False
    is_apart: bool = False
    roles: frozenset[str] = frozenset()
    place: int = 0
    is_or: bool = False
    either: int = 0


@dataclass(frozen=True, slots=True)
class ValueOf:
    """What a measure comes to over all rows that meet the filters."""

    measure: Measure
    filters: tuple[Filter, ...] = ()


def compare(column: ColumnRef, operator: str, value: float, high: float | None = None) -> Condition:
    """A comparison with a number, or with the two that a value lies between."""
    if high is None:
        return Compare(column, operator, value)
    return Between(column, min(value, high), max(value, high))


def either(*conditions: Condition) -> Either:
    """One of the conditions, alternatives among them laid open."""
    parts = (one.conditions if isinstance(one, Either) else (one,) for one in conditions)
    return Either(tuple(part for some in parts for part in some))


def columns_of(condition: Condition) -> tuple[ColumnRef, ...]:
    """The columns that a condition is about, each once."""
    match condition:
        case Not():
            return columns_of(condition.condition)
        case Either():
            parts = (columns_of(one) for one in condition.conditions)
            return tuple(dict.fromkeys(column for part in parts for column in part))
        case HasPartners():
            return tuple(ColumnRef(condition.step.right, n) for n in condition.step.right_columns)
        case Present():
            return ()
        case Later() | Against() | Lasts():
            return (condition.column, condition.other)
        case _:
            return (condition.column,)


def is_one_value(condition: Condition) -> bool:
    """Whether a condition says the one value that the column holds."""
    if isinstance(condition, AnyOf):
        return len(condition.values) == 1
    return isinstance(condition, Compare) and condition.operator == "="


def is_equality(condition: Condition) -> bool:
    """Whether a condition says what the column holds."""
    return is_one_value(condition) or isinstance(condition, AnyOf | SharedBy | HasPartners)


def names_values(condition: Condition) -> bool:
    """Whether a condition says what its column holds, or gives alternatives."""
    return is_equality(condition) or isinstance(condition, Either)
