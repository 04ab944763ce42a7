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
    """The column by which people know a row."""
    texts = [column for column in table.columns if holds_text(column)]
    named = [column for ending in _NAMES for column in texts if column.name.lower() == ending]
    longer = [c for ending in _NAMES[:2] for c in texts if c.name.lower().endswith(f"_{ending}")]
    return next(iter((*named, *longer)), None)


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
    ]


def categories(table: Table) -> list[Column]:
    """The columns of few texts."""
    return [c for c in table.columns if len(c.samples) > 1 and holds_text(c) and not c.dates]


def days(table: Table) -> list[tuple[Column, str]]:
    """The columns of dates whose range is known, each with its last date."""
    dates = [column for column in table.columns if column.kind.upper().startswith(_DATES)]
    return [(column, column.range[1]) for column in dates if column.range]


def holds_text(column: Column) -> bool:
    """Whether it holds texts."""
    return any(kind in column.kind.upper() for kind in _TEXTS)


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
