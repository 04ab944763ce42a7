"""Names as an engine compares them: what it takes for the same is written the same."""

from string import ascii_lowercase, ascii_uppercase

from sqlglot import exp
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers

_ASCII = str.maketrans(ascii_uppercase, ascii_lowercase)


def fold(query: exp.Query, *, dialect: str) -> exp.Query:
    """The query with its identifiers folded, in place.

    SQLite and Trino compare without case, even what is quoted. PostgreSQL lowers the ASCII letters of what is not quoted.
    MariaDB compares columns without case, and tables and their aliases as they are.
    """
    match dialect:
        case "postgres":
            for name in query.find_all(exp.Identifier):
                if not name.quoted:
                    name.set("this", name.this.translate(_ASCII))
        case "mysql":
            for name in query.find_all(exp.Identifier):
                if _names_a_column(name):
                    name.set("this", name.this.lower())
        case _:
            normalize_identifiers(query, dialect=dialect)
    return query


def _names_a_column(name: exp.Identifier) -> bool:
    match name.parent:
        case exp.Column() | exp.Join():
            return name.arg_key in ("this", "using")
        case exp.Alias():
            return True
        case exp.TableAlias():
            return name.arg_key == "columns"
        case _:
            return False
