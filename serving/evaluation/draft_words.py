"""What a schema's tables and columns are called in a drafted question."""

from tools.sql.schema import Column, Schema, Table

_NAMES = ("name", "title", "label", "code")
_TEXTS = ("CHAR", "TEXT", "STRING", "CLOB")
_NUMBERS = ("INT", "NUMERIC", "DECIMAL", "REAL", "DOUBLE", "FLOAT", "NUMBER", "MONEY")
_ID_ENDINGS = ("id", "_id", "_key", "_no", "uuid")
_DATES = ("DATE", "TIMESTAMP", "DATETIME")


def spoken_name(one: Table | Column) -> str:
    """The name that a person reads."""
    own = one.own_name if isinstance(one, Table) else one.name
    return (one.meaning.label or own).replace("_", " ").lower()


def spoken_day(column: Column) -> str:
    """What happened on the days of a column: "were opened" of `opened_on`."""
    name = spoken_name(column)
    stem, _, ending = name.rpartition(" ")
    if ending in {"on", "at"} and stem.endswith("ed"):
        return f"were {stem}"
    what = stem if ending in {"on", "at", "date"} and stem else name
    return f"have {'an' if what[0] in 'aeiou' else 'a'} {what} date"


def one_of(table: Table) -> str:
    """The table's name for one of its rows, as far as English spelling tells."""
    name = spoken_name(table)
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    if name.endswith(("sses", "xes", "ches", "shes")):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def name_column(table: Table) -> Column | None:
    """The column, or what a semantic model makes of several, by which people know a row."""
    texts = [column for column in (*table.columns, *table.fields) if holds_text(column)]
    named = [column for ending in _NAMES for column in texts if ending in _names(column)]
    longer = [
        column
        for ending in _NAMES[:2]
        for column in texts
        if any(name.endswith(f"_{ending}") for name in _names(column))
    ]
    return next(iter((*named, *longer)), None)


def _names(column: Column) -> tuple[str, str]:
    """The column's stored name, and the one in its semantic model."""
    return column.name.lower(), column.meaning.name.lower()


def measures(table: Table) -> list[Column]:
    """The columns whose numbers can be compared and put together."""
    keys = {name for key in table.foreign_keys for name in key.columns}
    return [
        column
        for column in table.columns
        if column.kind.upper().startswith(_NUMBERS)
        and not column.primary_key
        and column.name not in keys
        and not column.name.lower().endswith(_ID_ENDINGS)
        and not (column.is_flag or column.strays or column.dates)
        and not (column.meaning.codes or column.meaning.is_key)
    ]


def categories(table: Table) -> list[Column]:
    """The columns of few values."""
    return [
        column
        for column in table.columns
        if len(values_of(column)) > 1
        and not (column.dates or column.meaning.expression)
        and bool(column.meaning.name)
        >= bool(table.meaning.name)  # a model says what people ask for
    ]


def values_of(column: Column) -> list[tuple[str, str]]:
    """The values of a column of few: what people call each, and how it is stored."""
    if codes := column.meaning.codes:
        return [(words[0], code) for code, words in codes if words]
    return [(value, value) for value in column.samples] if holds_text(column) else []


def days(table: Table) -> list[Column]:
    """The columns of dates: stored as such, or read as such by a semantic model."""
    return [
        column
        for column in table.columns
        if (column.kind.upper().startswith(_DATES) and column.range)
        or (column.meaning.is_date and column.meaning.expression)
    ]


def holds_text(column: Column) -> bool:
    """Whether it holds texts; what a semantic model makes of several columns has no type."""
    kind = column.kind.upper()
    return any(text in kind for text in _TEXTS) or not (column.type or column.meaning.kind)


def asks_for(label: str) -> str:
    """The question for a figure of that name."""
    verb = "are" if label.endswith("s") and not label.endswith("ss") else "is"
    return f"What {verb} the {label}"


def within_reach(table: Table, schema: Schema) -> set[str]:
    """The tables that joins lead to, over however many others, itself among them."""
    pairs = [
        {other.name, key.referred_table} for other in schema.tables for key in other.foreign_keys
    ]
    reached, grown = set[str](), {table.name}
    while grown != reached:
        reached = grown
        grown = reached.union(*(pair for pair in pairs if pair & reached))
    return reached
