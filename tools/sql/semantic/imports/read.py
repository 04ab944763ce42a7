"""A file of another tool, told by its form and written in Ossie's."""

from pathlib import Path
from typing import Any, cast

import yaml

from tools.errors import BadInput
from tools.sql.semantic.file import parse_model
from tools.sql.semantic.imports.dbt import from_dbt
from tools.sql.semantic.imports.parts import Part
from tools.sql.semantic.imports.snowflake import from_snowflake
from tools.sql.semantic.ossie import VERSION


def imported(path: Path) -> tuple[str, list[str]]:
    """The model as the text of an Ossie file, and what of it could not be taken over.

    Raises:
        BadInput: the file cannot be read, or is of no form that is known.
    """
    try:
        found: Any = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise BadInput(f"{str(path)!r} cannot be read as YAML: {error}.") from error
    whole = cast("Part", found) if isinstance(found, dict) else {}
    if "semantic_models" in whole:
        model, left = from_dbt(whole)
    elif "tables" in whole:
        model, left = from_snowflake(whole)
    else:
        raise BadInput(
            f"{str(path)!r} is neither a dbt file with `semantic_models` nor a Cortex Analyst model "
            "with `tables`. A file in Ossie's format needs no import: name it in `model`."
        )
    document = {"version": VERSION, "semantic_model": [model]}
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    parse_model(text, str(path))
    return text, left
