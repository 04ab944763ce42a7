"""Files of questions, databases and documents to measure with."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tools.errors import BadInput
from tools.strict_json import strict_json


class Case(BaseModel):
    """A question about the database `db`; other fields (gold answers) are not looked at.

    `expect` are the routes that are right for it, for those who measure the choice of a tool.
    """

    id: str
    question: str
    db: str
    expect: list[str] = []


class CorpusEntry(BaseModel):
    """A document of a corpus in BEIR's layout (https://github.com/beir-cellar/beir)."""

    model_config = ConfigDict(populate_by_name=True)

    id: str = Field(validation_alias="_id")
    title: str = ""
    text: str


class RetrievalQuery(BaseModel):
    """A query in BEIR's layout."""

    model_config = ConfigDict(populate_by_name=True)

    id: str = Field(validation_alias="_id")
    text: str


Record = TypeVar("Record", bound=BaseModel)


def read_lines(path: Path, kind: type[Record]) -> list[Record]:
    """The records of a JSON-lines file.

    Raises:
        BadInput: the file cannot be read, or a line is not a valid record.
    """
    records: list[Record] = []
    try:
        with path.open(encoding="utf-8-sig") as lines:  # some editors put a mark first
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    records.append(_read(line, kind, f"{path}, line {number}"))
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{str(path)!r} is not text in UTF-8.") from error
    return records


def _read(line: str, kind: type[Record], place: str) -> Record:
    try:
        found = kind.model_validate_json(line)
        strict_json(line)
    except ValidationError as error:
        raise BadInput(f"{place}: {told_of(error)}.") from error
    except ValueError as error:
        raise BadInput(f"{place}: {error}.") from error
    return found


def told_of(error: ValidationError) -> str:
    """The first thing that is wrong with a record, by its field."""
    problem = error.errors()[0]
    field = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"there is no field {field!r}"
    return f"{field or 'the line'}: {problem['msg']}"


def find_databases(folder: Path) -> dict[str, Path]:
    """The SQLite files under a folder, by their names without `.sqlite`.

    Raises:
        BadInput: there is none, or two have one name.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.sqlite")):
        if path.stem in found:
            raise BadInput(f"{str(path)!r} and {str(found[path.stem])!r} have the same name.")
        found[path.stem] = path
    if not found:
        raise BadInput(f"There is no .sqlite file under {str(folder)!r}.")
    return found


def find_models(folder: Path) -> dict[str, Path]:
    """The semantic models in a folder, by the names of their databases.

    Raises:
        BadInput: it is not a folder, or has none.
    """
    if not folder.is_dir():
        raise BadInput(f"{str(folder)!r} is not a folder.")
    found = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    if not found:
        raise BadInput(f"There is no semantic model, such as 'DB.yaml', in {str(folder)!r}.")
    return found
