"""The values of a database, read on behalf of the one who asks."""

from dataclasses import replace

from serving.models.embedded.schema.numerals import missing_words
from serving.models.embedded.schema.targets import ColumnRef, is_date, is_text
from serving.models.embedded.schema.values import Values, index
from serving.models.embedded.sql.statement import distinct_values
from tools.caller import Caller
from tools.errors import Correctable
from tools.sql.run import Database
from tools.sql.schema import Schema

_CAP = 2_000


async def load(database: Database, schema: Schema, caller: Caller) -> Values:
    """Read the text columns through the gate, at most 2,000 distinct values of each.

    A database with a lower row cap gives fewer. Values past the cap cannot be named in a question.
    """
    found: list[tuple[ColumnRef, list[str]]] = []
    sampled: list[ColumnRef] = []
    for table in schema.tables:
        for column in table.columns:
            if not is_text(column) or is_date(column):
                continue
            ref = ColumnRef(table.name, column.name)
            if column.meaning.codes:
                found.append((ref, [word for _, words in column.meaning.codes for word in words]))
                continue
            try:
                result = await database.arun(distinct_values(ref, _CAP, schema), caller=caller)
            except Correctable:
                continue  # a column that cannot be read in time only loses its values here
            stored = [str(row[0]) for row in result.rows]
            unseen = (label for label in column.samples if label not in stored)
            found.append((ref, [*stored, *unseen]))  # an enumeration's, which no row has yet
            if result.truncated or len(result.rows) == _CAP:
                sampled.append(ref)
    known = ((column, missing_words(stored)) for column, stored in found)
    numerals = {column: words for column, words in known if words is not None}
    return replace(index(found), numerals=numerals, sampled=tuple(sampled))
