"""What a column is likely to be: a date, a code, a measure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from tools.sql.dates import LENGTHS, date_form, may_be_dates, places
from tools.sql.schema import Column, Table
from tools.sql.semantic.draft.codes import meanings
from tools.sql.semantic.draft.glossary import GERMAN, PEOPLE, ROLES, TERMS
from tools.sql.semantic.draft.key_lists import Codes, KeyLists
from tools.sql.semantic.draft.keys import stored_table
from tools.sql.semantic.draft.look import TableLook
from tools.sql.semantic.draft.names import Label, column_label
from tools.sql.semantic.expressions import stored_column
from tools.sql.values import is_number

_FLAGS = {"j": "yes", "y": "yes", "t": "yes", "1": "yes", "n": "no", "f": "no", "0": "no"}
_CODES, _CODE_LETTERS, _FEWEST_ROWS = 12, 4, 8
"""Most different codes of a column, most letters of one, and rows below which nothing is told."""
_KINDS, _AGAIN = 6, 5
"""Most different words that are kinds of things, and how often each is there at least, on average."""
_CODING = frozenset(
    {"code", "status", "type", "group", "segment", "class", "kind", "category", "flag"}
    | {"gender", "country"}
)
_AVERAGED = frozenset(
    "price rate percent salary age weight unit margin discount temperature grade".split()
)
_ADDED_UP = frozenset(
    """quantity amount total sum cost revenue labour hours minutes count consumption stock tax net gross
    margin distance volume usage balance premium""".split()
)
"""Words of numbers that are put together by their average, and of those that are added up."""
_QUANTITIES = (_AVERAGED | _ADDED_UP | {"longitude", "latitude", "length", "width", "height"}) - {
    "unit", "discount", "grade", "stock", "usage",
}  # fmt: skip
"""Words of what only numbers say."""
_DECIMAL = re.compile(r"REAL|FLOA|DOUB|DEC|NUMERIC", re.IGNORECASE)
_COUNTED = (
    PEOPLE
    | ROLES
    | frozenset("customer supplier patient article product order invoice job position week".split())
)
"""Words of things that no number with decimals is: `unt_cst` is no customer."""
_THINGS = _COUNTED | frozenset("region location city country branch store part flag code".split())
"""Words of things and places, which are no days, and neither true nor false."""
DELETED, _MARK_LETTERS = "deleted", 2
"""What a mark says of rows that are kept and do not count, and the most letters of one."""
_YEARS, _FEWEST_YEARS = range(1850, 2101), 3
_NEVER = (99991231, 99999999)
"""What stands for a day that never comes."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class ColumnDraft:
    """A field that is proposed: `note` shows a person what is stored, `also` are further names."""

    name: str
    column: Column
    label: Label
    expression: str
    datatype: str = ""
    codes: Codes = ()
    aggregation: str = ""
    note: str = ""
    also: tuple[str, ...] = ()


def draft_column(
    table: Table,
    column: Column,
    shared: str,
    look: TableLook,
    lists: KeyLists,
    *,
    is_key: bool,
    is_german: bool,
) -> ColumnDraft:
    """A column with its label, how its dates are read, its codes and its aggregation."""
    mark, listed = _mark(column, look), _listed(column, look, lists)
    label = column_label(
        column.name,
        shared,
        table.own_name,
        is_german=is_german,
        fits=lambda term: _fits(
            term.english, table, column, is_marked=bool(mark), is_listed=bool(listed)
        ),
    )
    plain = stored_column("", column.name)
    column = _with_dates(column, label, look)
    codes = () if is_key else listed or _codes(table, column, label, look)
    if label.words[-1] == DELETED and mark and not is_key:
        codes = ((mark, (DELETED, *(word.lower() for word in label.german))),)
    if not codes and _is_money(look.seen.get(column.name, ())):
        return _amount(column, label, look)
    expression, datatype = _date(plain, column, look.seen.get(column.name, ()))
    is_measure = is_number(column.kind) and not (is_key or codes or column.dates or column.is_flag)
    return ColumnDraft(
        _called(label, is_coded=bool(codes)) + "_year" * _holds_years(table, column, label, look),
        column,
        label,
        expression,
        datatype,
        codes,
        _aggregation(label) if is_measure and not _is_numbering(label) else "",
        _note(column, look),
    )


_MONEY = re.compile(r"-?\d[\d,]*(?:\.\d+)? [A-Z]{3}")
"""An amount with its currency behind it: "1,234.50 EUR"."""


def _is_money(seen: Sequence[object]) -> bool:
    texts = [one for one in seen if one != ""]
    return bool(texts) and all(isinstance(t, str) and _MONEY.fullmatch(t) for t in texts)


def _amount(column: Column, label: Label, look: TableLook) -> ColumnDraft:
    """The number in such an amount; what it is in is a field of its own."""
    name = stored_column("", column.name).sql()
    number = f"REPLACE(SUBSTRING({name}, 1, LENGTH({name}) - 4), ',', '')"
    added = _aggregation(label) or "SUM"
    read = f"CAST({number} AS DOUBLE)"
    note = _note(column, look)
    return ColumnDraft(
        _called(label, is_coded=False), column, label, read, "Float", (), added, note
    )


def currency_of(one: ColumnDraft) -> ColumnDraft | None:
    """The field for the currency behind an amount; None where there is none."""
    if not one.expression.startswith("CAST(REPLACE("):
        return None
    name = stored_column("", one.column.name).sql()
    label = Label((*one.label.words, "currency"))
    read = f"SUBSTRING({name}, LENGTH({name}) - 2, 3)"
    return ColumnDraft(f"{one.name}_currency", one.column, label, read)


def _mark(column: Column, look: TableLook) -> str:
    """What marks some rows of a column that is empty in the others: an "X"; mostly nothing."""
    seen = look.seen.get(column.name, ())
    marks = [one for one in seen if one != ""]
    is_mark = len(marks) == 1 and isinstance(marks[0], str) and len(marks[0]) <= _MARK_LETTERS
    return str(marks[0]) if is_mark and ("" in seen or column.nullable) else ""


def _fits(word: str, table: Table, column: Column, *, is_marked: bool, is_listed: bool) -> bool:
    """Whether a column may be called so: codes of a list of kinds are nobody, "master" is of tables."""
    if word == DELETED:
        return is_marked or _is_flag(column)
    is_somebody = word in PEOPLE or word in ROLES
    return word != "master" and not (is_listed and is_somebody) and _may_be(word, table, column)


def _may_be(word: str, table: Table, column: Column) -> bool:
    """Whether what is stored may be called by a word: texts without a digit are no weights.

    A few short codes tell kinds apart and no articles, as do a few words that come again and again;
    yes and no are no names.
    """
    values = column.samples
    is_yes_or_no = _is_flag(column)
    if word in ("name", "paid"):
        return is_yes_or_no == (word == "paid") or not values
    if _are_days(column) or is_yes_or_no:
        return word not in _THINGS or (word == "flag" and is_yes_or_no)
    if is_number(column.kind):
        return _may_count(word, column)
    if not values:
        return True
    if word in _QUANTITIES or word == "number":
        return any(letter.isdigit() for value in values for letter in value)
    are_codes = len(values) <= _CODES and all(len(value) <= _CODE_LETTERS for value in values)
    are_kinds = len(values) <= _KINDS and (table.rows or 0) >= _AGAIN * len(values)
    is_told = (table.rows or 0) >= _FEWEST_ROWS
    return word != "article" or not is_told or not (are_codes or are_kinds)


def _is_flag(column: Column) -> bool:
    """Whether nothing but yes and no is stored, by a letter."""
    return bool(column.samples) and {value.lower() for value in column.samples} <= set(_FLAGS)


def _are_days(column: Column) -> bool:
    return "%" in column.dates or bool(column.range and all(map(_DAY.match, column.range)))


def _may_count(word: str, column: Column) -> bool:
    """Whether numbers may be called by a word."""
    if column.is_flag:
        return word not in _QUANTITIES
    if _DECIMAL.search(column.kind):
        return word not in _COUNTED
    return word != "flag"


def _with_dates(column: Column, label: Label, look: TableLook) -> Column:
    """The column as one of dates, where its texts are those or empty ("not yet")."""
    if column.dates:
        return column
    if is_number(column.kind):
        return _with_gaps(column, look)
    seen = [one for one in look.seen.get(column.name, ()) if one != ""]
    form = date_form(seen, named="date" in label.words)
    return replace(column, dates=form) if "%" in form else column


def _with_gaps(column: Column, look: TableLook) -> Column:
    """The column as one of dates, where its numbers are those (20240131), 0, or an end that never comes."""
    seen = look.seen.get(column.name, ())
    days = [one for one in seen if one not in (0, *_NEVER)]
    is_named = may_be_dates(column.name) and len(days) < len(seen)
    form = date_form(days, named=True) if is_named else ""
    return replace(column, dates=form) if form == "%Y%m%d" else column


def _called(label: Label, *, is_coded: bool) -> str:
    words = label.text.split()
    if is_coded and len(words) > 1 and words[-1] in ("code", "flag"):
        words = words[:-1]
    return "_".join(words)


def _is_numbering(label: Label) -> bool:
    return label.words[-1] in ("number", "id", "key", "postal code", "year")


def _date(plain: exp.Column, column: Column, seen: Sequence[object]) -> tuple[str, str]:
    """How a date is read, and that it is one; numbers without gaps are left to the reader, which knows them."""
    if "%" in column.dates and not is_number(column.kind):
        return _iso(plain.name, column.dates, has_gaps="" in seen), "Date"
    if column.dates and not {0, *_NEVER}.isdisjoint(seen):
        return _iso_of_number(plain.name, column.dates), "Date"
    is_text = not column.dates and not is_number(column.kind)
    if is_text and column.range and all(map(_DAY.match, column.range)):
        has_time = any(len(end) > 10 for end in column.range)
        return plain.sql(), "DateTime" if has_time else "Date"
    return plain.sql(), ""


def _iso(name: str, form: str, *, has_gaps: bool) -> str:
    """The date in a text of that form, as yyyy-mm-dd, in standard SQL; an empty text is none."""
    stored = stored_column("", name).sql()
    return _parts(f"NULLIF({stored}, '')" if has_gaps else stored, form)


def _iso_of_number(name: str, form: str) -> str:
    """The date in a number; 0 is none."""
    return _parts(f"NULLIF(CAST({stored_column('', name).sql()} AS VARCHAR), '0')", form)


def _parts(stored: str, form: str) -> str:
    """The parts of a text of that form, as yyyy-mm-dd."""
    begins = places(form)
    read = " || '-' || ".join(
        f"SUBSTRING({stored}, {begins[sign]}, {LENGTHS[sign]})" for sign in "Ymd" if sign in begins
    )
    return read if "d" in begins else f"{read} || '-01'"


def _listed(column: Column, look: TableLook, lists: KeyLists) -> Codes:
    """The different values with what a key list says of them."""
    if column.name.lower() not in lists.lists or column.dates:
        return ()
    values = _values(look, column)
    return lists.codes(column.name, values) if len(values) <= _CODES else ()


def _codes(table: Table, column: Column, label: Label, look: TableLook) -> Codes:
    """The different values of a column of codes, with what they mean where that can be told."""
    is_coding = not _CODING.isdisjoint((*label.words, label.text))
    values = column.samples
    if is_number(column.kind):
        if column.is_flag or column.dates or not is_coding:
            return ()
        values = tuple(map(str, _values(look, column)))
    if not values or len(values) > _CODES or (table.rows or 0) < _FEWEST_ROWS:
        return ()
    folded = [value.lower() for value in values]
    if set(folded) <= set(_FLAGS) and not is_number(column.kind):
        return tuple((value, (_FLAGS[value.lower()],)) for value in values)
    are_short = all(len(value) <= _CODE_LETTERS for value in values)
    if is_coding and are_short and not any(map(_is_word, folded)):
        return meanings(label.words, sorted(values))
    return ()


def _is_word(value: str) -> bool:
    """Whether a value is a word that means itself, and no short form of one."""
    return value in GERMAN or (value in TERMS and value == TERMS[value].english)


def _holds_years(table: Table, column: Column, label: Label, look: TableLook) -> bool:
    """Whether numbers are years that the column's name does not call so: "built"."""
    is_year = any("year" in word.split() for word in label.words)
    is_told = is_year or _is_numbering(label) or _aggregation(label) or column.primary_key
    if is_told or not is_number(column.kind) or column.dates or column.is_flag:
        return False
    first, last, count = look.ends(column)
    return first in _YEARS and last in _YEARS and _FEWEST_YEARS <= count < (table.rows or 0)


def _values(look: TableLook, column: Column) -> Sequence[object]:
    node = exp.column(column.name, quoted=True)
    query = exp.select(node).distinct().from_(stored_table(look.table))
    query = query.where(node.copy().is_(exp.null()).not_()).limit(_CODES + 1)
    return [row[0] for row in look.ask(query.sql(look.dialect))]


def _aggregation(label: Label) -> str:
    said = {word for part in label.words for word in part.split()}
    if not said.isdisjoint(_AVERAGED):
        return "AVG"
    return "SUM" if not said.isdisjoint(_ADDED_UP) else ""


def _note(column: Column, look: TableLook) -> str:
    """A few values, so that a person recognises the column."""
    values = column.samples or column.range or tuple(map(str, look.seen.get(column.name, ())[:3]))
    return ", ".join(" ".join(value.split())[:24] for value in values[:3])
