"""Golden queries: reviewed pairs of a question and its SQL, and whether the schema still has it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import cast

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from rapidfuzz import fuzz, process

from tools.errors import BadInput, Refused
from tools.sql.guard import Admitted
from tools.sql.introspect import fingerprint
from tools.sql.schema import Schema
from tools.sql.words import terms

NEAREST = 3
"""Pairs that a writer is shown."""
_LEAST_LIKENESS = 50.0


class _Pair(BaseModel):
    model_config = ConfigDict(extra="forbid")

    question: str = Field(min_length=1)
    sql: str = Field(min_length=1)
    also: tuple[str, ...] = ()
    verified_by: str = ""
    verified_at: date | None = None
    fingerprint: str | None = None


_PAIRS = TypeAdapter(list[_Pair])


@dataclass(frozen=True, slots=True)
class GoldenQuery:
    """A reviewed pair; `fingerprint` is that of the tables it reads, as they were when reviewed.

    `problem` says why it is not used, and is empty while it is. `also` are other wordings of the
    question; `verified_by` and `verified_at` say who reviewed the pair, and on which day.
    """

    question: str
    sql: str
    fingerprint: str | None
    problem: str = ""
    also: tuple[str, ...] = ()
    verified_by: str = ""
    verified_at: str = ""


@dataclass(frozen=True, slots=True)
class VerifiedUse:
    """That an answer is a verified query's: its question, who verified it and on which day.

    `filled` are the (verified, asked) words that differ; an unknown person or day is empty.
    """

    question: str
    by: str = ""
    at: str = ""
    filled: tuple[tuple[str, str], ...] = ()


def read_golden(path: Path) -> tuple[GoldenQuery, ...]:
    """The pairs of a YAML file: a list of `question`, `sql` and `fingerprint`.

    Raises:
        BadInput: the file cannot be read or is of another form; the message says where.
    """
    try:
        found = yaml.safe_load(path.read_text("utf-8"))
        pairs = _PAIRS.validate_python(found or [])
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The golden queries in {str(path)!r} cannot be read: {error}.") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise BadInput(
            f"The golden queries in {str(path)!r} are not valid YAML: {_no_yaml(error)}."
        ) from error
    except ValidationError as error:
        raise BadInput(f"The golden queries in {str(path)!r} {_misfit(error)}.") from error
    return tuple(map(_golden, pairs))


def _golden(pair: _Pair) -> GoldenQuery:
    day = pair.verified_at.isoformat() if pair.verified_at is not None else ""
    return GoldenQuery(
        pair.question, pair.sql, pair.fingerprint, "", pair.also, pair.verified_by, day
    )


def beside_model(model: Path | None) -> Path | None:
    """The file of golden queries beside a semantic model, `shop.golden.yaml` beside `shop.yaml`."""
    path = model.with_name(f"{model.stem}.golden.yaml") if model is not None else None
    return path if path is not None and path.is_file() else None


def check_golden(
    pairs: Sequence[GoldenQuery], schema: Schema, admit: Callable[[str], Admitted]
) -> tuple[GoldenQuery, ...]:
    """The pairs with their problems; a pair whose tables have changed is not used."""
    return tuple(replace(pair, problem=_problem(pair, schema, admit)) for pair in pairs)


def nearest_golden(pairs: Sequence[GoldenQuery], question: str) -> tuple[GoldenQuery, ...]:
    """The usable pairs whose questions share most words with this one, most alike first."""
    usable = [pair for pair in pairs if not pair.problem]
    found = process.extract(
        _in_terms(question),
        [_in_terms(pair.question) for pair in usable],
        scorer=fuzz.token_set_ratio,
        score_cutoff=_LEAST_LIKENESS,
        limit=NEAREST,
    )
    return tuple(usable[place] for _, _, place in found)


def same_question(pairs: Sequence[GoldenQuery], question: str) -> GoldenQuery | None:
    """The usable pair of the very same question, whatever its case, spaces and full stop."""
    asked = _plain(question)
    return next((p for p in pairs if not p.problem and _plain(p.question) == asked), None)


def with_fingerprints(
    text: str,
    pairs: Sequence[GoldenQuery],
    schema: Schema,
    admit: Callable[[str], Admitted],
    *,
    by: str = "",
    on: str = "",
    only: Sequence[str] | None = None,
) -> str:
    """The file's text with a new fingerprint for every pair that passes the guard.

    With `only`, just the pairs of these questions. A pair that was changed since it was verified, or
    never was, now counts as verified `by` that person `on` that day. The rest of the text, comments
    too, stays as it is.
    """
    root = cast("yaml.SequenceNode | None", yaml.compose(text, yaml.SafeLoader))
    nodes = cast("Sequence[yaml.MappingNode]", root.value) if root is not None else ()
    for node, pair in reversed(list(zip(nodes, pairs, strict=True))):
        if only is not None and pair.question not in only:
            continue
        try:
            value = _fingerprint_of(pair, schema, admit)
        except Refused:
            continue
        values = {"fingerprint": value}
        if by and (pair.fingerprint != value or not pair.verified_by):
            values |= {"verified_by": json.dumps(by, ensure_ascii=False), "verified_at": on}
        text = _written(text, node, values)
    return text


def _problem(pair: GoldenQuery, schema: Schema, admit: Callable[[str], Admitted]) -> str:
    try:
        now = _fingerprint_of(pair, schema, admit)
    except Refused as error:
        return f"its SQL no longer passes the gate: {error}"
    if pair.fingerprint is None:
        return "it has no fingerprint yet"
    return "" if pair.fingerprint == now else "the tables it reads have changed"


def _fingerprint_of(pair: GoldenQuery, schema: Schema, admit: Callable[[str], Admitted]) -> str:
    names = admit(pair.sql).tables
    return fingerprint(tuple(t for t in schema.tables if t.name in names))


def _written(text: str, pair: yaml.MappingNode, values: Mapping[str, str]) -> str:
    """The text with these values of a pair; those that it has not stand before its first one."""
    entries = cast("Sequence[tuple[yaml.ScalarNode, yaml.ScalarNode]]", pair.value)
    there = {key.value: old for key, old in entries}
    place = entries[0][0].start_mark
    gap = ", " if pair.flow_style else f"\n{' ' * place.column}"
    new = "".join(f"{key}: {value}{gap}" for key, value in values.items() if key not in there)
    edits = [(place.index, place.index, new)]
    edits += [
        (there[key].start_mark.index, there[key].end_mark.index, value)
        for key, value in values.items()
        if key in there
    ]
    for begin, end, value in sorted(edits, reverse=True):
        text = f"{text[:begin]}{value}{text[end:]}"
    return text


def _in_terms(question: str) -> str:
    return " ".join(terms(question))


def _plain(question: str) -> str:
    return " ".join(question.lower().split()).rstrip(" ?.!")


def _no_yaml(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    if not isinstance(error, yaml.MarkedYAMLError) or mark is None:
        return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return f"{error.problem}, in line {mark.line + 1}"


def _misfit(error: ValidationError) -> str:
    return "; ".join(_spoken(problem["loc"], problem["msg"]) for problem in error.errors()[:3])


def _spoken(place: tuple[int | str, ...], said: str) -> str:
    match place:
        case (int() as number, *rest):
            field = f", {'.'.join(map(str, rest))}" if rest else ""
            return f"do not fit at entry {number + 1}{field}: {said.lower()}"
        case _:
            return "have to be a list of question and sql"
