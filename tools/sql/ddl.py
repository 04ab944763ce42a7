from tools.sql.dates import FORMS
from tools.sql.schema import Column, Schema, Table


def create_statements(schema: Schema) -> str:
    """The schema as CREATE TABLE statements, the form that SQL models were trained to read.

    For prompts only: views appear as tables, and nothing of it is ever run.
    """
    return "\n\n".join(_create(table) for table in schema.tables)


def _create(table: Table) -> str:
    lines = [_column(column) for column in table.columns]
    lines += [
        f"  FOREIGN KEY ({', '.join(key.columns)}) REFERENCES "
        f"{key.referred_table} ({', '.join(key.referred_columns)})"
        for key in table.foreign_keys
    ]
    comment = f" -- {table.comment}" if table.comment else ""
    return f"CREATE TABLE {table.name} ({comment}\n" + ",\n".join(lines) + "\n);"


def _column(column: Column) -> str:
    key = " PRIMARY KEY" if column.primary_key else ""
    known = [column.comment] if column.comment else []
    if column.samples:
        known.append(f"values: {', '.join(column.samples)}")
    if column.dates:
        known.append(f"dates as {FORMS[column.dates]}")
    if column.strays:
        known.append(f"{column.strays} cells hold text instead of a number")
    comment = f" /* {'; '.join(known).replace('*/', '* /')} */" if known else ""
    return f"  {column.name} {column.type}{key}{comment}"
