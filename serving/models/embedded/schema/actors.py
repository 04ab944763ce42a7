"""Who can have done something: people, firms and teams."""

from serving.models.embedded.english.words import ACTORS, name_stems
from serving.models.embedded.schema.lexicon import Lexicon


def may_act(lexicon: Lexicon, table: str) -> bool:
    """Whether the rows of a table are somebody, by its name or by what they are called."""
    told = (table, *(column.column for column in lexicon.display(table)))
    return any(not ACTORS.isdisjoint(name_stems(name)) for name in told)
