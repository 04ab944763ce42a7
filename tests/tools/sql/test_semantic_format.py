"""What is written has the form that Apache Ossie's core metadata gives it, part by part."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

import pytest
import yaml

from tools.caller import Caller
from tools.errors import Correctable
from tools.sql.run import Database
from tools.sql.semantic.draft.draft import draft_model

BAD_NAMES = Path(__file__).parents[2] / "fixtures" / "badnames"
TOLD = {"name", "description", "ai_context", "custom_extensions"}
PARTS: Mapping[str, tuple[set[str], set[str]]] = {
    "": ({"version", "semantic_model"}, {"version", "semantic_model"}),
    "semantic_model": ({"name", "datasets"}, {*TOLD, "datasets", "relationships", "metrics"}),
    "datasets": (
        {"name", "source"},
        {*TOLD, "source", "primary_key", "unique_keys", "fields"},
    ),
    "fields": (
        {"name", "expression"},
        {*TOLD, "expression", "label", "dimension", "datatype"},
    ),
    "relationships": (
        {"name", "from", "to", "from_columns", "to_columns"},
        {"name", "ai_context", "custom_extensions", "from", "to", "from_columns", "to_columns"},
    ),
    "metrics": ({"name", "expression"}, {*TOLD, "expression", "datatype"}),
    "expression": ({"dialects"}, {"dialects"}),
    "dialects": ({"dialect", "expression"}, {"dialect", "expression"}),
    "custom_extensions": ({"vendor_name", "data"}, {"vendor_name", "data"}),
}
"""What each part must have, and what it may have and nothing else, by the name that it stands under."""


def misfits(part: object, under: str = "") -> list[str]:
    """What a part lacks, or has that the format does not know."""
    if isinstance(part, str | int | bool) or part is None or under in ("ai_context", "dimension"):
        return []
    if isinstance(part, Sequence):
        parts = cast("Sequence[object]", part)
        return [said for one in parts for said in misfits(one, under)]
    has = cast("Mapping[str, object]", part)
    must, may = PARTS[under]
    found = [f"{under}: no {name}" for name in sorted(must - set(has))]
    found += [f"{under}: {name}" for name in sorted(set(has) - may)]
    return found + [said for name, inner in has.items() for said in misfits(inner, name)]


@pytest.mark.parametrize("name", sorted(path.stem for path in BAD_NAMES.glob("*.sql")))
def test_a_draft_has_the_form_of_the_format_and_loads(
    make_file: Callable[..., Path], tmp_path: Path, name: str
) -> None:
    url = f"sqlite:///{make_file((BAD_NAMES / f'{name}.sql').read_text('utf-8'))}"
    plain = Database.open(url, name=name)

    def ask(sql: str) -> tuple[tuple[object, ...], ...]:
        try:
            return plain.run(sql, caller=Caller("ada")).rows
        except Correctable:
            return ()

    text = draft_model(name, plain.schema(), ask)
    plain.close()
    assert misfits(yaml.safe_load(text)) == []
    (tmp_path / "model.yaml").write_text(text, "utf-8")
    drafted = Database.open(url, name=name, model=tmp_path / "model.yaml")
    try:
        assert any(table.meaning.name for table in drafted.schema().tables)
    finally:
        drafted.close()


@pytest.mark.parametrize("path", sorted(BAD_NAMES.glob("corrected/*.yaml")), ids=lambda p: p.stem)
def test_a_corrected_model_has_it_too(path: Path) -> None:
    assert misfits(yaml.safe_load(path.read_text("utf-8"))) == []


def test_what_the_format_does_not_know_is_found() -> None:
    model = {"name": "m", "datasets": [{"name": "d", "rows": 3}], "vendor": "x"}
    said = misfits({"version": "0.2", "semantic_model": [model]})
    assert said == ["semantic_model: vendor", "datasets: no source", "datasets: rows"]
