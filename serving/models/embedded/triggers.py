"""The words that ask for an operation, as data; each one seen must end in the statement."""

from dataclasses import dataclass
from enum import StrEnum

from serving.models.embedded.words import Word, split


class Kind(StrEnum):
    """What a trigger asks for."""

    COUNT = "count"
    AGGREGATE = "aggregate"
    SUPERLATIVE = "superlative"
    MOST = "most"
    TOP = "top"
    COMPARE = "compare"
    SUFFIX = "suffix"
    BETWEEN = "between"
    GROUP = "group"
    BY = "by"
    BUCKET = "bucket"
    ORDER = "order"
    DIRECTION = "direction"
    BEYOND = "beyond"
    NOT = "not"
    WITH = "with"
    DISTINCT = "distinct"
    BEST_SELLING = "best_selling"
    SOLD = "sold"


@dataclass(frozen=True, slots=True)
class Trigger:
    """An operation: `value` is its function, direction or operator, `hints` what a bare adjective measures."""

    kind: Kind
    value: str = ""
    hints: tuple[str, ...] = ()


PRICE = ("price", "cost", "fee", "salary", "amount")
_SIZE = ("size", "area", "capacity", "population", "amount", "total")
_TIME = ("@date",)
_TABLE: dict[Trigger, str] = {
    Trigger(Kind.COUNT): "how many|number of|numbers of|count of|count|total number of|how often",
    Trigger(Kind.AGGREGATE, "AVG"): "average|mean|avg|on average|typical",
    Trigger(Kind.AGGREGATE, "SUM"): "total|sum|sum of|in total|altogether|overall|combined",
    Trigger(Kind.AGGREGATE, "MAX"): "maximum|max",
    Trigger(Kind.AGGREGATE, "MIN"): "minimum|min",
    Trigger(Kind.SUPERLATIVE, "DESC", _SIZE): "highest|largest|biggest|greatest|top most",
    Trigger(Kind.SUPERLATIVE, "ASC", _SIZE): "lowest|smallest|least amount of",
    Trigger(Kind.SUPERLATIVE, "DESC", PRICE): "most expensive|costliest|priciest|dearest|best paid",
    Trigger(Kind.SUPERLATIVE, "ASC", PRICE): "cheapest|least expensive|most affordable",
    Trigger(Kind.SUPERLATIVE, "DESC", _TIME): "newest|latest|most recent|most recently|last",
    Trigger(Kind.SUPERLATIVE, "ASC", _TIME): "earliest|first",
    Trigger(Kind.SUPERLATIVE, "DESC", ("age", "@-date")): "oldest",
    Trigger(Kind.SUPERLATIVE, "ASC", ("age", "@-date")): "youngest",
    Trigger(Kind.SUPERLATIVE, "DESC", ("length", "duration", "pages", "term")): "longest",
    Trigger(Kind.SUPERLATIVE, "ASC", ("length", "duration", "pages", "term")): "shortest",
    Trigger(Kind.SUPERLATIVE, "DESC", ("weight",)): "heaviest",
    Trigger(Kind.SUPERLATIVE, "ASC", ("weight",)): "lightest",
    Trigger(Kind.SUPERLATIVE, "DESC", ("height",)): "tallest",
    Trigger(Kind.SUPERLATIVE, "DESC", ("speed", "network", "horsepower")): "fastest",
    Trigger(Kind.SUPERLATIVE, "DESC", ("rating", "score", "satisfaction")): "best|best rated",
    Trigger(Kind.SUPERLATIVE, "ASC", ("rating", "score", "satisfaction")): "worst|worst rated",
    Trigger(Kind.MOST, "DESC"): "most|the most number of",
    Trigger(Kind.MOST, "ASC"): "fewest|least",
    Trigger(Kind.TOP, "DESC"): "top",
    Trigger(Kind.TOP, "ASC"): "bottom",
    Trigger(
        Kind.COMPARE, ">"
    ): "more than|over|above|greater than|larger than|higher than|exceeding"
    "|exceeds|exceed|bigger than|longer than|older than",
    Trigger(Kind.COMPARE, ">="): "at least|minimum of|no fewer than|no less than|not less than",
    Trigger(Kind.COMPARE, "<"): "less than|under|below|fewer than|smaller than|lower than"
    "|shorter than|cheaper than",
    Trigger(Kind.COMPARE, "<="): "at most|up to|no more than|not more than|maximum of",
    Trigger(Kind.COMPARE, "="): "exactly|equal to|equals",
    Trigger(Kind.SUFFIX, ">="): "or more|or higher|or above|and above|or greater|or over|and up",
    Trigger(Kind.SUFFIX, "<="): "or less|or fewer|or lower|or below|and below|or under",
    Trigger(Kind.BETWEEN): "between",
    Trigger(Kind.GROUP): "per|for each|for every|in each|of each|each|in every|every|grouped by"
    "|broken down by|split by|group by",
    Trigger(Kind.BY): "by",
    Trigger(Kind.BUCKET, "month"): "month|monthly",
    Trigger(Kind.BUCKET, "year"): "year|yearly|annually",
    Trigger(
        Kind.ORDER, "ASC"
    ): "ordered by|sorted by|order by|sort by|in order of|ascending order of|in ascending order of",
    Trigger(Kind.ORDER, "DESC"): "descending order of|in descending order of",
    Trigger(Kind.DIRECTION, "ASC"): "ascending|ascending order|in ascending order|alphabetically"
    "|alphabetical order|in alphabetical order|in alphabetic order",
    Trigger(Kind.DIRECTION, "DESC"): "descending|descending order|in descending order",
    Trigger(
        Kind.NOT
    ): "not|no|no longer|not yet|without|never|excluding|except|other than|but not|lacking|missing"
    "|with no|have no|has no|do not have|does not have|not have|who did not|that did not",
    Trigger(Kind.WITH): "with a|with an|with any|have a|has a|have an|has an",
    Trigger(Kind.WITH, "count"): "with|have|has|having|contain|contains",
    # Seen so that it is refused: nothing consumes it.
    Trigger(Kind.BEYOND): "percentage of|what percentage|what percent|percent of|share of|ratio of"
    "|both|proportion of|median|difference between|compared to|compared with|trend|growth",
    Trigger(Kind.DISTINCT): "distinct|different|unique",
    Trigger(Kind.BEST_SELLING, "DESC"): "best selling|bestselling|best seller|bestseller|most sold"
    "|sold the most|sold most|sells best|sold best|sell best|sells most|sells the most|most popular"
    "|top selling",
    Trigger(Kind.BEST_SELLING, "ASC"): "worst selling|least sold|least popular|sells worst",
    Trigger(Kind.SOLD): "sold|sell|sells|selling|bought|buy|buys|purchased",
}
_PHRASES = {
    tuple(word.lower for word in split(phrase)): trigger
    for trigger, phrases in _TABLE.items()
    for phrase in phrases.split("|")
}
LONGEST = max(map(len, _PHRASES))


def trigger(words: tuple[Word, ...]) -> Trigger | None:
    """The operation that exactly these words ask for."""
    return _PHRASES.get(tuple(word.lower for word in words))
