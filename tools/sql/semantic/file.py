"""A semantic model as it stands in its file."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from pydantic import ValidationError

from tools.errors import BadInput
from tools.sql.semantic.lines import Place, composed, line_at, lines_of, repeated_keys
from tools.sql.semantic.ossie import Dataset, OssieDocument, OssieField, OssieMetric, Relationship

_FORMS = {
    "model_type": "is not a mapping, such as `version: 0.2.0.dev0`",
    "tuple_type": "is not a list",
    "too_short": "is empty",
    "string_too_short": "is empty",
    "string_type": "is not a text; put it in quotation marks",
}
"""What is said of a value that has not the form which the format wants."""
_MOST_SAID = 5
"""Misfits of a file that one message names."""


@dataclass(frozen=True, slots=True)
class SemanticFile:
    """A valid file: what it says and on which lines. `version` changes when its text does."""

    path: str
    document: OssieDocument
    lines: Mapping[Place, int] = field(repr=False)
    version: str

    def datasets(self) -> Iterator[tuple[Place, Dataset]]:
        """Every dataset with its place."""
        for n, model in enumerate(self.document.semantic_model):
            for m, dataset in enumerate(model.datasets):
                yield ("semantic_model", n, "datasets", m), dataset

    def relationships(self) -> Iterator[tuple[Place, Relationship]]:
        """Every relationship with its place."""
        for n, model in enumerate(self.document.semantic_model):
            for m, one in enumerate(model.relationships):
                yield ("semantic_model", n, "relationships", m), one

    def metrics(self) -> Iterator[tuple[Place, OssieMetric]]:
        """Every metric with its place."""
        for n, model in enumerate(self.document.semantic_model):
            for m, one in enumerate(model.metrics):
                yield ("semantic_model", n, "metrics", m), one

    def line(self, place: Place) -> int:
        """The line of a value."""
        return line_at(self.lines, place)

    def at(self, place: Place, message: str) -> str:
        """A sentence about a place, beginning with where that is."""
        return f"{self.path}, line {self.line(place)}: {message}"

    @property
    def time_zone(self) -> str:
        """Where "today" begins, by its name; empty where the file does not say."""
        zones = (model.said.time_zone for model in self.document.semantic_model)
        return next(filter(None, zones), "")


def fields_of(place: Place, dataset: Dataset) -> Iterator[tuple[Place, OssieField]]:
    """Every field of a dataset with its place."""
    for n, one in enumerate(dataset.fields):
        yield (*place, "fields", n), one


def read_model(path: Path) -> SemanticFile:
    """The semantic model of a file.

    Raises:
        BadInput: it cannot be read, is not YAML, or is not of Ossie's form; the message says where.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The semantic model {str(path)!r} cannot be read: {error}.") from error
    return parse_model(text, str(path))


def parse_model(text: str, path: str) -> SemanticFile:
    """The semantic model of a text, which messages call by its path.

    Raises:
        BadInput: it is not YAML, or not of Ossie's form; the message says where.
    """
    try:
        root = composed(text)
        lines, data = lines_of(root), yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        raise BadInput(f"{path}, line {line}: this is not valid YAML: {error.problem}.") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise BadInput(f"{path}: this is not valid YAML: {error}.") from error
    for line, name in sorted(repeated_keys(root).items()):
        raise BadInput(f"{path}, line {line}: {name!r} stands here for the second time.")
    try:
        document = OssieDocument.model_validate(data)
    except ValidationError as error:
        raise BadInput(_misfits(error, lines, path)) from error
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    read = SemanticFile(path, document, lines, digest)
    _check_extensions(read)
    return read


def _check_extensions(read: SemanticFile) -> None:
    """Read what DocSQL's own extensions say, wherever they may stand."""
    fields = [one for place, dataset in read.datasets() for one in fields_of(place, dataset)]
    models = (
        (("semantic_model", n), model) for n, model in enumerate(read.document.semantic_model)
    )
    for place, part in (*models, *read.datasets(), *fields, *read.metrics()):
        try:
            _ = part.said
        except (ValueError, TypeError) as error:
            raise BadInput(f"{read.at((*place, 'custom_extensions'), str(error))}.") from error


def _misfits(error: ValidationError, lines: Mapping[Place, int], path: str) -> str:
    places = [one["loc"] for one in error.errors()]
    # A list with a problem inside is called too short as well, since that part was left out of it.
    problems = [one for one in error.errors() if not _is_around(one["loc"], places)]
    said = dict.fromkeys(
        f"line {line_at(lines, p['loc'])}: {_spoken(p['loc'], p['type'], p['msg'])}"
        for p in problems
    )
    listed = list(said)[:_MOST_SAID]
    more = f"; and {len(said) - _MOST_SAID} more" if len(said) > _MOST_SAID else ""
    return f"{path}, {'; '.join(listed)}{more}."


def _is_around(place: Place, places: Sequence[Place]) -> bool:
    return any(len(one) > len(place) and one[: len(place)] == place for one in places)


def _spoken(loc: tuple[int | str, ...], kind: str, said: str) -> str:
    name = str(loc[-1]) if loc else "the file"
    match kind:
        case "missing":
            return f"{name!r} is missing"
        case "extra_forbidden":
            return f"the format has no {name!r} here"
        case "string_pattern_mismatch" if name == "version":
            return "DocSQL reads version 0.2.0.dev0 of the format, or 0.1"
        case _:
            return (
                f"{name!r} {_FORMS[kind]}"
                if kind in _FORMS
                else f"{name!r}: {said[:1].lower()}{said[1:]}"
            )
