"""Who can have done something: people, firms and teams."""

from serving.models.embedded.english.words import ACTORS, PERSONAL, name_stems
from serving.models.embedded.schema.lexicon import Lexicon


def may_act(lexicon: Lexicon, table: str) -> bool:
    """Whether the rows of a table are somebody, by its name or by what is known of them."""
    columns = {stem for one in lexicon.table(table).columns for stem in name_stems(one.name)}
    return not (ACTORS.isdisjoint(name_stems(table)) and PERSONAL.isdisjoint(columns))
