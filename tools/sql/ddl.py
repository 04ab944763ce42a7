from tools.sql.dates import FORMS
from tools.sql.schema import Column, Schema, Table


def create_statements(schema: Schema) -> str:
    """The schema as CREATE TABLE statements, the form that SQL models were trained to read.

    For prompts only: views appear as tables, and nothing of it is ever run.
    """
    told = [f"-- {line}" for line in schema.glossary.in_words().splitlines()]
    return "\n\n".join([*map(_create, schema.tables), *filter(None, ["\n".join(told)])])


def _create(table: Table) -> str:
    lines = [_column(column) for column in table.columns]
    lines += [
        f"  FOREIGN KEY ({', '.join(key.columns)}) REFERENCES "
        f"{key.referred_table} ({', '.join(key.referred_columns)})"
        for key in table.foreign_keys
    ]
    known = "; ".join(filter(None, [*table.meaning.in_words(table.own_name), table.comment]))
    comment = f" -- {known}" if known else ""
    worked_out = "".join(f"\n  -- {'; '.join(one.meaning.in_words(''))}" for one in table.fields)
    return f"CREATE TABLE {table.name} ({comment}\n" + ",\n".join(lines) + f"{worked_out}\n);"


def _column(column: Column) -> str:
    key = " PRIMARY KEY" if column.primary_key or column.meaning.is_key else ""
    known = column.meaning.in_words(column.name)
    known += [column.comment] if column.comment else []
    if column.samples and not column.meaning.codes:
        known.append(f"values: {', '.join(column.samples)}")
    if column.dates and not column.meaning.expression:
        known.append(f"dates as {FORMS[column.dates]}")
    if column.strays:
        known.append(f"{column.strays} cells hold text instead of a number")
    comment = f" /* {'; '.join(known).replace('*/', '* /')} */" if known else ""
    return f"  {column.name} {column.type}{key}{comment}"
