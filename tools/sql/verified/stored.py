"""Which pieces of a question are stored values, looked up as the person who asks."""

from collections.abc import Iterator, Sequence

from sqlglot import exp

from tools.caller import Caller
from tools.errors import Correctable
from tools.sql.run import Database
from tools.sql.schema import Column, Table
from tools.sql.verified.match import AskedQuestion, SpokenValue

_MOST_WORDS = 6
_MOST_COLUMNS = 12
"""Text columns of a table's that are looked at for another meaning of a value."""


class SpokenValues:
    """The stored values of a question, column by column; what was looked at is remembered.

    What the schema shows of a column is taken from there. Else the database is asked, if `may_ask`.
    """

    def __init__(
        self, database: Database, asked: AskedQuestion, caller: Caller, *, may_ask: bool
    ) -> None:
        self._database, self._asked, self._caller, self._may_ask = database, asked, caller, may_ask
        self._schema = database.schema()
        self._found: dict[tuple[str, str], list[SpokenValue]] = {}

    def of(self, table: str, column: str) -> list[SpokenValue]:
        """The values of a column that stand in the question."""
        key = (table.lower(), column.lower())
        if key not in self._found:
            self._found[key] = list(self._looked_up(*key))
        return self._found[key]

    def has(self, table: str, column: str, text: str) -> bool:
        """Whether a column is known to have a value of this text."""
        found = self._schema.table(table)
        known = found.column(column) if found is not None else None
        if found is None or known is None:
            return False
        if known.samples or known.meaning.codes:
            return text.lower() in _known(known)
        return bool(self._asked_for(found, known, [text]))

    def elsewhere(
        self, tables: Sequence[str], columns: Sequence[tuple[str, str]], value: SpokenValue
    ) -> list[tuple[str, str]]:
        """Other columns that have the value too: of these tables, and all that the schema shows."""
        return [
            key
            for key in self._others(tables, columns)
            if any((one.first, one.behind) == (value.first, value.behind) for one in self.of(*key))
        ]

    def _others(
        self, tables: Sequence[str], columns: Sequence[tuple[str, str]]
    ) -> Iterator[tuple[str, str]]:
        read = {name.lower() for name in tables}
        for table in self._schema.tables:
            texts = [column for column in table.columns if _is_text(column)]
            for column in texts[:_MOST_COLUMNS] if table.name.lower() in read else texts:
                key = (table.name.lower(), column.name.lower())
                is_known = bool(column.samples or column.meaning.codes)
                if key not in columns and (is_known or table.name.lower() in read):
                    yield key

    def _looked_up(self, table: str, column: str) -> Iterator[SpokenValue]:
        found = self._schema.table(table)
        known = found.column(column) if found is not None else None
        if found is None or known is None:
            return
        pieces = dict(self._pieces())
        texts = _known(known)
        if not texts:
            texts = {
                one.lower(): [one] for one in self._asked_for(found, known, list(pieces.values()))
            }
        stemmed: dict[str, list[str]] = {}
        for text, literals in texts.items():
            stemmed.setdefault(self._stem(text), []).extend(literals)
        for (first, behind), text in pieces.items():
            literals = texts.get(text.lower()) or stemmed.get(self._stem(text), [])
            if len(set(literals)) == 1:
                yield SpokenValue(first, behind, literals[0])

    def _stem(self, text: str) -> str:
        """A text whose words have no endings: a value may stand in a question as a plural."""
        return " ".join(map(self._asked.pack.stem, text.lower().split()))

    def _pieces(self) -> Iterator[tuple[tuple[int, int], str]]:
        tokens, text = self._asked.tokens, self._asked.text
        for first in range(len(tokens)):
            for behind in range(first + 1, min(first + _MOST_WORDS, len(tokens)) + 1):
                yield (first, behind), text[tokens[first].begin : tokens[behind - 1].end]

    def _asked_for(self, table: Table, column: Column, texts: Sequence[str]) -> list[str]:
        """Which of these texts a column has, however their letters are written."""
        if not self._may_ask or not _is_text(column):
            return []
        spelt = {way for text in texts for way in (text, text.lower(), text.upper(), text.title(), text[:1].upper() + text[1:])}  # fmt: skip
        stored = exp.column(column.name, quoted=True)
        source = exp.table_(table.own_name, db=table.namespace or None, quoted=True)
        wanted = [exp.Literal.string(way) for way in sorted(spelt)]
        look = exp.select(stored).distinct().from_(source).where(stored.copy().isin(*wanted))
        try:
            rows = self._database.run(look.sql(self._database.dialect), caller=self._caller).rows
        except Correctable:
            return []
        return [value for (value,) in rows if isinstance(value, str)]


def _known(column: Column) -> dict[str, list[str]]:
    """What a column is known to hold, by what it is called, in lower case."""
    found: dict[str, list[str]] = {}
    for code, words in column.meaning.codes:
        for word in words:
            found.setdefault(word.lower(), []).append(code)
    if not found:
        for value in column.samples:
            found.setdefault(value.lower(), []).append(value)
    return found


def _is_text(column: Column) -> bool:
    kind = column.type.upper()
    return not kind or any(
        word in kind for word in ("CHAR", "TEXT", "CLOB", "ENUM", "STRING", "NAME")
    )
