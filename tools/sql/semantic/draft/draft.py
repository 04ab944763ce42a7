"""A whole model proposed for a database, and its file."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tools.language.common_words import common_words
from tools.sql.schema import Schema, Table
from tools.sql.semantic.dataset import identifier_of
from tools.sql.semantic.draft.columns import DELETED, ColumnDraft, currency_of, draft_column
from tools.sql.semantic.draft.glossary import PEOPLE, ROLES, Fits
from tools.sql.semantic.draft.key_lists import KeyLists
from tools.sql.semantic.draft.keys import Ask, FoundKeys, find_keys
from tools.sql.semantic.draft.look import TableLook
from tools.sql.semantic.draft.names import (
    Label,
    column_label,
    shared_prefix,
    speaks_german,
    table_label,
)
from tools.sql.semantic.draft.proposed import NOTHING, Proposed, ProposedTable
from tools.sql.semantic.ossie import VERSION
from tools.sql.values import is_number

_DONE = frozenset(("created", "changed"))
"""What is done with rows, which they are not called."""
_FEW_WORDS = 2
"""Words of a code's meaning that calls a row a test: "test account"."""
_PLAIN = re.compile(r"[A-Za-z][\w -]*")
_YAML_WORDS = frozenset("y n yes no on off true false null".split())
_NAMING = ("label", "company", "description", "text")
"""What a row may be known by that has no name, the first of them."""
_HEAD = """\
# Proposed by `docsql model draft`, to be corrected by somebody who knows the company:
# 1. Names and labels: what do people call it? Further names go into `synonyms`.
# 2. Codes: fill in what the values mean ("2": ["dealer", "dealers"]); leave "" where it does not matter.
# 3. Figures: write each one's expression under `metrics`.
# 4. `"filter": "status <> 4"` in a dataset's DOCSQL data says which rows count unless asked otherwise;
#    `"hidden": true` in a field's closes its column.
# Then: docsql model check
"""


@dataclass(frozen=True, slots=True)
class TableDraft:
    """A dataset that is proposed."""

    name: str
    table: Table
    label: Label
    fields: Sequence[ColumnDraft]
    proposed: ProposedTable = NOTHING


def draft_model(
    name: str, schema: Schema, ask: Ask, proposed: Mapping[str, ProposedTable] | None = None
) -> str:
    """A model of a database as a file: labels, keys, dates, codes and figures, all to be looked at.

    `proposed` is what a language model says of tables; it is marked.
    """
    said = proposed or {}
    keys = find_keys(schema, ask)
    is_german = speaks_german(
        n for t in schema.tables for n in (t.own_name, *(c.name for c in t.columns))
    )
    lists = KeyLists.of(schema, ask)
    names: dict[str, str] = {}
    tables: list[TableDraft] = []
    for table in schema.tables:
        label = table_label(table.own_name, is_german=is_german, fits=_rows_of(table))
        names[table.name] = _free("_".join(label.text.split()), names.values())
        fields = list(
            _fields(table, keys, lists, TableLook(table, ask, schema.dialect), is_german=is_german)
        )
        told = said.get(table.name, NOTHING)
        tables.append(TableDraft(names[table.name], table, label, fields, told))
    lines = [
        *_HEAD.splitlines(),
        f"version: {VERSION}",
        "semantic_model:",
        f"  - name: {_scalar(identifier_of(name))}",
        "    custom_extensions:",
        f"      - {_own({'fingerprint': schema.fingerprint})}",
        "    datasets:",
        *(line for one in tables for line in _dataset(one, keys, is_german=is_german)),
        *_relationships(keys, names),
        *_metrics(tables),
    ]
    return "\n".join(lines) + "\n"


def _rows_of(table: Table) -> Fits:
    """What the rows of a table may be: people have names."""
    said = {word for column in table.columns for word in column_label(column.name).text.split()}
    return lambda term: (
        term.english not in _DONE and ("name" in said or term.english not in PEOPLE | ROLES)
    )


def _fields(
    table: Table, keys: FoundKeys, lists: KeyLists, look: TableLook, *, is_german: bool
) -> Iterator[ColumnDraft]:
    shared = shared_prefix([column.name for column in table.columns])
    linked = {column for here, column, _, _ in keys.foreign if here == table.name}
    linked |= {name for key in table.foreign_keys for name in key.columns}
    linked.add(keys.primary.get(table.name, ""))
    found = [
        draft_column(
            table,
            column,
            shared,
            look,
            lists,
            is_key=column.name in linked or column.primary_key,
            is_german=is_german,
        )
        for column in table.columns
    ]
    found = [_as_key(one, table, keys, is_german=is_german) for one in found]
    found += [money for one in found if (money := currency_of(one)) is not None]
    taken: list[str] = []
    for one in _with_a_name(_as_people(found), linked):
        name = _free(identifier_of(one.name), taken)
        taken.append(name)
        yield replace(one, name=name)


def _as_key(one: ColumnDraft, table: Table, keys: FoundKeys, *, is_german: bool) -> ColumnDraft:
    """A field that is called after the key it leads to, where its own name says less."""
    ends = {(here, column): (there, key) for here, column, there, key in keys.foreign}
    there, key = ends.get((table.name, one.column.name), ("", ""))
    if one.label.is_known or not key or common_words().issuperset(one.label.words):
        return one
    label = column_label(key, table=there, is_german=is_german)
    return replace(one, name="_".join(label.text.split()), label=label)


def _as_people(fields: Sequence[ColumnDraft]) -> list[ColumnDraft]:
    """The fields, the name beside a first name called a last one."""
    called = {one.label.text for one in fields}
    if "first name" not in called or "last name" in called:
        return list(fields)
    last = column_label("nachname")
    return [
        replace(one, name="last_name", label=last) if one.label.text in ("name", "line") else one
        for one in fields
    ]


def _with_a_name(fields: Sequence[ColumnDraft], linked: Collection[str]) -> list[ColumnDraft]:
    """The fields, one of them called a name where none is: a row is known by its description."""
    if any(one.name.split("_")[-1] in ("name", "title") for one in fields):
        return list(fields)
    texts = [
        one for one in fields if one.column.name not in linked and not is_number(one.column.kind)
    ]
    named = [one for kind in _NAMING for one in texts if one.name == kind]
    named += [one for kind in _NAMING for one in texts if one.name.split("_")[-1] == kind]
    chosen = next(iter(named), None)
    return [
        replace(one, name="name", also=(one.label.text,)) if one is chosen else one
        for one in fields
    ]


def _free(name: str, taken: Collection[str]) -> str:
    """The name, with a number behind it where it is taken."""
    others = (f"{name}_{number}" for number in range(2, len(taken) + 3))
    return next(one for one in (name, *others) if one not in taken)


def _dataset(one: TableDraft, keys: FoundKeys, *, is_german: bool) -> Iterator[str]:
    yield f"      - name: {_scalar(one.name)}"
    yield f"        source: {_scalar(one.table.name)}"
    if key := keys.primary.get(one.table.name):
        yield f"        primary_key: [{_scalar(key)}]"
    told = one.proposed.table
    yield from _described(one.table.comment, told, " " * 8)
    also = (*(one.label.german if is_german else ()), *told.synonyms)
    if also := _new(also, one.name):
        yield f"        ai_context: {{synonyms: {_list(also)}}}"
    said = _labels(one.label, is_german=is_german) | ({"proposed": True} if told else {})
    said |= _counting(one.fields)
    if said:
        yield "        custom_extensions:"
        yield f"          - {_own(said)}"
    yield "        fields:"
    for field in one.fields:
        said = one.proposed.columns.get(field.column.name, Proposed())
        yield from _field(field, said, is_german=is_german)


def _counting(fields: Sequence[ColumnDraft]) -> dict[str, object]:
    """Which rows count: those that are not marked as deleted."""
    marked = next((f for f in fields if f.label.words[-1] == DELETED and f.codes), None)
    if marked is None:
        return _without_tests(fields)
    meant = (code for code, words in marked.codes if {DELETED, "yes"}.intersection(words))
    mark = next(meant, marked.codes[0][0]).replace("'", "''")
    return {"filter": f"COALESCE({marked.name}, '') <> '{mark}'"}


def _without_tests(fields: Sequence[ColumnDraft]) -> dict[str, object]:
    """What leaves out rows that a code calls a test."""
    tests = ((f.name, code) for f in fields for code, words in f.codes if _is_test(words))
    name, code = next(tests, ("", ""))
    quoted = code.replace("'", "''")
    return {"filter": f"COALESCE({name}, '') <> '{quoted}'"} if name else {}


def _is_test(words: Sequence[str]) -> bool:
    said = {part for word in words for part in word.lower().split()}
    return "test" in said and len(said) <= _FEW_WORDS


def _labels(label: Label, *, is_german: bool) -> dict[str, object]:
    return {"labels": {"de": label.german[0]}} if is_german and label.german else {}


def _described(comment: str, told: Proposed, indent: str) -> Iterator[str]:
    if comment or told.description:
        text = json.dumps(comment or told.description, ensure_ascii=False)
        yield f"{indent}description: {text}{'' if comment else '  # proposed by the model'}"


def _new(words: Sequence[str], name: str) -> list[str]:
    """The words, each once, that are not the name itself."""
    plain = name.replace("_", " ").lower()
    return [word for word in dict.fromkeys(words) if word.lower() != plain]


def _field(one: ColumnDraft, told: Proposed, *, is_german: bool) -> Iterator[str]:
    note = f"  # {one.note}" if one.note else ""
    yield f"          - name: {_scalar(one.name)}{note}"
    yield f"            expression: {{dialects: [{{dialect: ANSI_SQL, expression: {_quoted(one.expression)}}}]}}"
    if one.datatype:
        yield f"            datatype: {one.datatype}"
    yield from _described(one.column.comment, told, " " * 12)
    also = (*one.also, *(one.label.german if is_german else ()), *told.synonyms)
    if also := _new(also, one.name):
        yield f"            ai_context: {{synonyms: {_list(also)}}}"
    said: dict[str, object] = dict(_labels(one.label, is_german=is_german))
    if one.codes:
        said["values"] = {code: _said(words) for code, words in one.codes}
    if one.aggregation:
        said["aggregation"] = one.aggregation
    if told:
        said["proposed"] = True
    if said:
        yield "            custom_extensions:"
        yield f"              - {_own(said)}"


def _said(words: Sequence[str]) -> str | list[str]:
    return list(words) if len(words) > 1 else "".join(words)


def _relationships(keys: FoundKeys, names: Mapping[str, str]) -> Iterator[str]:
    if keys.foreign:
        yield "    relationships:"
    for table, column, other, key in keys.foreign:
        name = f"{names[table]}_to_{names[other]}_by_{identifier_of(column)}"
        ends = f"from: {_scalar(names[table])}, to: {_scalar(names[other])}"
        by = f"from_columns: [{_scalar(column)}], to_columns: [{_scalar(key)}]"
        yield f"      - {{name: {_scalar(name)}, {ends}, {by}}}"


def _metrics(tables: Sequence[TableDraft]) -> Iterator[str]:
    """Figures that can be told from names: what quantities at prices come to."""
    found = [(one, made) for one in tables if (made := _worth(one))]
    if found:
        yield "    metrics:"
    for one, made in found:
        yield f"      - name: {_scalar(f'{one.name}_value')}"
        yield f"        expression: {{dialects: [{{dialect: ANSI_SQL, expression: {_quoted(made)}}}]}}"


def _worth(one: TableDraft) -> str:
    units = [f for f in one.fields if f.label.words[-1] == "quantity" and f.aggregation]
    prices = [f for f in one.fields if f.label.text.endswith("price") and f.aggregation]
    if len(units) != 1 or len(prices) != 1:
        return ""
    return f"SUM({one.name}.{units[0].name} * {one.name}.{prices[0].name})"


def _own(data: dict[str, object]) -> str:
    text = json.dumps(data, ensure_ascii=False).replace("'", "''")
    return f"{{vendor_name: DOCSQL, data: '{text}'}}"


def _scalar(text: str) -> str:
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _YAML_WORDS
    return text if is_plain else _quoted(text)


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _YAML_WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


def _list(words: Sequence[str]) -> str:
    return f"[{', '.join(map(_scalar, words))}]"
