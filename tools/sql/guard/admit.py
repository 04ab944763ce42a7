"""The guard: what a statement must be before an engine sees it.

What is judged is what runs. The input is parsed into a tree, every part and every name of the tree
is judged, and the output is rendered from the tree and parsed again to check that it is that tree.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import Token, exp
from sqlglot.errors import SqlglotError

from tools.errors import Refused
from tools.sql.access import VisibleSchema
from tools.sql.dialects import DIALECTS, Allowed
from tools.sql.guard import bounds, shape
from tools.sql.guard.headings import headings, with_unlike_names
from tools.sql.guard.losses import refuse_losses
from tools.sql.guard.names import NameResolver, fold
from tools.sql.guard.reading import parse_query, tokenize_sql
from tools.sql.guard.syntax import told_syntax
from tools.sql.guard.writing import write

_LOG = logging.getLogger(__name__)
_TOO_DEEP = "The statement is nested too deeply. Reduce the nesting."


@dataclass(frozen=True, slots=True)
class Admitted:
    """A statement that passed: its tree, the text to run, and what its names reach.

    `headings` are the names of its columns as the statement writes them; None where the engine's
    own are right.
    """

    tree: exp.Query
    text: str
    names: NameResolver
    headings: tuple[str | None, ...]

    @property
    def tables(self) -> tuple[str, ...]:
        """The stored tables that it reads, each once, in order."""
        return self.names.tables

    def headed(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """The engine's names of the columns, with the statement's own text where that is meant.

        Columns of one name are told apart.
        """
        names = columns
        if len(columns) == len(self.headings):
            pairs = zip(columns, self.headings, strict=True)
            names = tuple(column if heading is None else heading for column, heading in pairs)
        return with_unlike_names(names, self.tree, self.names.table_of)


def admit(sql: str, *, sight: VisibleSchema) -> Admitted:
    """Let one read-only question through, or say what to change.

    `sql` is in the dialect of `sight.schema`, and `sight` has all that may be read. What runs is
    the text of what comes back, and never `sql`: it is written from the tree that was judged.

    Raises:
        Refused: the statement breaks one of this package's promises; the message names it.
    """
    try:
        return _admit(sql, sight)
    except Refused:
        raise
    except SqlglotError as error:
        raise Refused(told_syntax(error)) from error
    except RecursionError as error:
        raise Refused(_TOO_DEEP) from error
    except Exception as error:  # what cannot be judged does not run, whatever broke
        _LOG.warning("A statement could not be judged: %s", type(error).__name__)
        raise Refused("This cannot be read as SQL. Write it in a plainer way.") from error


def _admit(sql: str, sight: VisibleSchema) -> Admitted:
    dialect = sight.schema.dialect
    allowed = replace(DIALECTS[dialect], opened=sight.functions)
    bounds.check_text(sql)
    said = bounds.one_statement(tokenize_sql(sql, dialect, allowed.opened))
    tree = parse_query(list(said), sql, dialect)
    shape.check(tree, dialect, allowed)
    fold(tree, dialect)
    given = headings(tree, said, sql, dialect)
    names = NameResolver(tree, sight, allowed)
    for name in tree.find_all(exp.Identifier):
        name.set("quoted", True)  # noqa: FBT003  # sqlglot's own way to set a part
    text = write(tree, dialect)
    _is_the_same(tree, text, dialect, allowed, said)
    if sight.operators:
        text = write(tree, dialect, sight.operators)
    return Admitted(tree, text, names, given)


def _is_the_same(
    tree: exp.Query, text: str, dialect: str, allowed: Allowed, said: Sequence[Token]
) -> None:
    """Check that the rendered text parses to the judged tree and loses nothing."""
    written = bounds.one_statement(tokenize_sql(text, dialect, allowed.opened))
    again = parse_query(list(written), text, dialect)
    shape.check(again, dialect, allowed)
    if again != tree:
        raise Refused("This can be read in more than one way. Write it in a plainer way.")
    refuse_losses(said, written, dialect)
