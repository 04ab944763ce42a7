"""How much of a question a schema explains, found without asking the database."""

from dataclasses import dataclass
from functools import lru_cache

from serving.models.embedded import values
from serving.models.embedded.lexicon import Lexicon
from serving.models.embedded.mentions import scan
from serving.models.embedded.periods import ANY_DAY
from serving.models.embedded.triggers import Kind
from serving.models.embedded.values import Values
from tools.sql.schema import Schema


@dataclass(frozen=True, slots=True)
class Understanding:
    """The words of a question that a schema explains, the ones it does not, and the operations asked."""

    placed: tuple[str, ...]
    unplaced: tuple[str, ...]
    operators: tuple[str, ...]


def understanding(question: str, schema: Schema) -> Understanding:
    """What a schema's names, comments and sample values make of a question.

    Dates and numbers count as operators: any schema with a date explains them.
    """
    placed: list[str] = []
    unplaced: list[str] = []
    operators: list[str] = []
    for mention in scan(question, Lexicon.of(schema), _samples(schema), ANY_DAY):
        if mention.names or mention.values:
            placed.append(mention.text)
        elif mention.trigger is None or mention.trigger.kind is not Kind.WITH:
            (operators if mention.is_placed else unplaced).append(mention.text)
    return Understanding(tuple(placed), tuple(unplaced), tuple(operators))


@lru_cache(maxsize=32)
def _samples(schema: Schema) -> Values:
    return values.samples(schema)
