"""Names of their own for the sources of a MariaDB statement.

MariaDB merges a query in FROM, and a view, into the query around it. Where both call a source by the
same name, the column of a window's PARTITION BY or ORDER BY may be taken for one of the inner query,
and the server crashes (10.11).
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import count

from sqlglot import exp

_SAID = "said"


@dataclass(slots=True)
class OwnNames:
    """Gives sources names that nothing else has, in the statement or in what it reads.

    `taken` has all names of the statement; None where every source keeps its name.
    """

    taken: set[str] | None = None
    has_view: bool = False
    made: set[str] = field(default_factory=set[str])

    @classmethod
    def for_statement(cls, tree: exp.Expr, dialect: str, views: Collection[str]) -> "OwnNames":
        """New names where a window could be misread."""
        if dialect != "mysql" or tree.find(exp.Window) is None:
            return cls()
        names = {name.name.lower() for name in tree.find_all(exp.Identifier)}
        return cls(names, any(table.name in views for table in tree.find_all(exp.Table)))

    def given_to(self, given: exp.TableAlias) -> exp.Identifier:
        """The source's name; a new one beside a view, and where its query may be merged."""
        old: exp.Identifier = given.this
        is_free = self.taken is None or not (self.has_view or _is_inner(given))
        if self.taken is None or is_free or old.name in self.made:
            return old
        names = (f"{number}.{old.name}" for number in count(1))
        new = next(name for name in names if name.lower() not in self.taken)
        self.taken.add(new.lower())
        self.made.add(new)
        name = exp.to_identifier(new, quoted=True)
        name.meta[_SAID] = old.name
        given.set("this", name)
        return name


def name_as_said(name: exp.Expr | None) -> str:
    """A source's name as the statement had it."""
    return "" if name is None else str(name.meta.get(_SAID, name.name))


def _is_inner(source: exp.Expr) -> bool:
    """Whether the source's query is inside of another one's FROM or WITH."""
    query = source.find_ancestor(exp.Query)
    if isinstance(query, exp.Subquery):  # the source itself
        query = query.find_ancestor(exp.Query)
    while query is not None:
        if isinstance(query.parent, exp.CTE | exp.From | exp.Join | exp.Table | exp.Lateral):
            return True
        query = query.find_ancestor(exp.Query)
    return False
