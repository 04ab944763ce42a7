"""The words that ask for an operation, as data; each one seen must end in the statement."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from serving.models.embedded.english.words import Word, split


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
    BOTH = "both"
    VERSUS = "versus"
    APART = "apart"
    COMMON = "common"
    SORT = "sort"
    LIKE = "like"
    EVERYTHING = "everything"
    HOW = "how"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Trigger:
    """An operation: `value` is its function, direction or operator, `hints` what a bare adjective measures."""

    kind: Kind
    value: str = ""
    hints: tuple[str, ...] = ()


PRICE = (
    *("price", "cost", "fee", "salary", "amount", "pay", "wage", "rate"),
    *("preis", "einzelpreis", "verkaufspreis", "kosten", "gebühr", "gehalt", "lohn", "betrag"),
)
AMOUNTS = ("amount", "total", "value", "price", "cost", "revenue")
"""What is summed or compared of things that are not numbers themselves: "the total of the payments"."""
SIZE = ("size", "area", "square", "hectares", "acres", "capacity", "population", "amount", "total")
LENGTH = ("length", "duration", "minutes", "pages", "term", "hours", "days")
TIME = ("@date",)
OF_THESE = ("@or",)
OF_WORD = "word"
"""What a denial has as its value that is a part of the word it denies: "unpaid"."""


def _having(names: str) -> str:
    """The ways to say that something has an extreme, rather than to ask for it."""
    forms = ("with the {}", "has the {}", "have the {}", "had the {}", "with {}", "having the {}")
    return "|".join(form.format(name) for name in names.split("|") for form in forms)


def _written(verbs: str) -> str:
    """The ways to speak of the characters that a text is written with."""
    kinds = ("letter", "word", "string", "character", "phrase", "text")
    return "|".join(f"{verb} the {kind}" for verb in verbs.split("|") for kind in kinds)


_TABLE: dict[Trigger, str] = {
    Trigger(
        Kind.COUNT
    ): "how many|number of|the number|the numbers|the count|numbers of|count of|count|total number of|total numbers of|total count of|total count|counts|how often",
    Trigger(Kind.AGGREGATE, "AVG"): "average|mean|avg|on average|typical",
    Trigger(
        Kind.AGGREGATE, "SUM"
    ): "total|sum|sum of|total amount of|in total|altogether|all together|in all|overall|combined|cover together",
    Trigger(Kind.AGGREGATE, "MAX"): "maximum|max",
    Trigger(Kind.AGGREGATE, "MIN"): "minimum|min",
    Trigger(Kind.SUPERLATIVE, "DESC", SIZE): "highest|largest|biggest|greatest|top most",
    Trigger(Kind.SUPERLATIVE, "ASC", SIZE): "lowest|smallest|least amount of",
    Trigger(
        Kind.SUPERLATIVE, "DESC", PRICE
    ): "most expensive|costliest|priciest|dearest|best paid|highest paid|most valuable",
    Trigger(
        Kind.SUPERLATIVE, "ASC", PRICE
    ): "cheapest|least expensive|most affordable|lowest paid|worst paid",
    Trigger(Kind.SUPERLATIVE, "DESC", TIME): "newest|latest|most recent|most recently|last",
    Trigger(Kind.SUPERLATIVE, "ASC", TIME): "earliest|first",
    Trigger(Kind.SUPERLATIVE, "DESC", ("age", "@-date")): "oldest",
    Trigger(Kind.SUPERLATIVE, "ASC", ("age", "@-date")): "youngest",
    Trigger(Kind.SUPERLATIVE, "DESC", LENGTH): "longest",
    Trigger(Kind.SUPERLATIVE, "ASC", LENGTH): "shortest",
    Trigger(Kind.SUPERLATIVE, "DESC", ("weight",)): "heaviest",
    Trigger(Kind.SUPERLATIVE, "ASC", ("weight",)): "lightest",
    Trigger(Kind.SUPERLATIVE, "DESC", ("height",)): "tallest",
    Trigger(Kind.SUPERLATIVE, "DESC", ("speed", "network", "horsepower")): "fastest",
    Trigger(Kind.SUPERLATIVE, "DESC", ("rating", "score", "satisfaction")): "best|best rated",
    Trigger(Kind.SUPERLATIVE, "ASC", ("rating", "score", "satisfaction")): "worst|worst rated",
    Trigger(
        Kind.MOST, "DESC"
    ): "most|most often|most times|the most number of|greatest amount of|largest amount of|highest amount of",
    Trigger(Kind.SUPERLATIVE, "DESC", ()): _having("maximum|max"),
    Trigger(Kind.SUPERLATIVE, "ASC", ()): _having("minimum|min"),
    Trigger(Kind.MOST, "ASC"): "fewest|least|least often|smallest amount of|lowest amount of",
    # "Which has more memory, A or B?": a comparison with nothing is one among what is named.
    Trigger(Kind.MOST, "DESC", OF_THESE): "more",
    Trigger(Kind.MOST, "ASC", OF_THESE): "fewer|less",
    Trigger(Kind.TOP, "DESC"): "top",
    Trigger(Kind.TOP, "ASC"): "bottom",
    Trigger(
        Kind.COMPARE, ">"
    ): ">|more than|over|above|greater than|larger than|higher than|exceeding"
    "|exceeds|exceed|later than",
    Trigger(Kind.COMPARE, ">", TIME): "after",
    Trigger(Kind.COMPARE, "<", TIME): "before",
    Trigger(Kind.COMPARE, "=", TIME): "on the same day|the same day|on the same date|on the day",
    Trigger(Kind.COMPARE, ">", SIZE): "bigger than",
    Trigger(Kind.COMPARE, ">", ("age",)): "older than",
    Trigger(Kind.COMPARE, "<", ("age",)): "younger than",
    Trigger(Kind.COMPARE, ">", LENGTH): "longer than",
    Trigger(Kind.COMPARE, "<", LENGTH): "shorter than",
    Trigger(Kind.COMPARE, ">", ("weight",)): "heavier than",
    Trigger(Kind.COMPARE, "<", ("weight",)): "lighter than",
    Trigger(Kind.COMPARE, ">", ("height",)): "taller than",
    Trigger(Kind.COMPARE, ">", ("speed",)): "faster than",
    Trigger(Kind.COMPARE, "<", ("speed",)): "slower than",
    Trigger(Kind.COMPARE, "<", PRICE): "cheaper than",
    Trigger(Kind.COMPARE, ">", PRICE): "more expensive than",
    Trigger(Kind.COMPARE, ">="): ">=|at least|minimum of|no fewer than|no less than|not less than",
    Trigger(Kind.COMPARE, "<"): "<|less than|under|below|fewer than|smaller than|lower than"
    "|earlier than",
    Trigger(Kind.COMPARE, "<="): "<=|at most|up to|no more than|not more than|maximum of",
    Trigger(Kind.COMPARE, "="): "=|exactly|equal to|equals",
    Trigger(Kind.SUFFIX, ">="): "or more|or higher|or above|and above|or greater|or over|and up",
    Trigger(Kind.SUFFIX, "<="): "or less|or fewer|or lower|or below|and below|or under",
    Trigger(Kind.BETWEEN): "between",
    Trigger(
        Kind.GROUP
    ): "per|for different|for all the different|for all different|for the different|across different|for each|for every|in each|of each|each|in every|every|grouped by"
    "|broken down by|down by|split by|group by",
    Trigger(Kind.BY): "by",
    Trigger(Kind.BUCKET, "month"): "month|monthly",
    Trigger(Kind.BUCKET, "quarter"): "quarter|quarterly",
    Trigger(Kind.BUCKET, "year"): "year|yearly|annually",
    Trigger(
        Kind.ORDER, "ASC"
    ): "ordered by|sorted by|order by|sort by|in order of|order the results by|order results by"
    "|sort the results by|sort them by|order them by|ordered in order of|sorted in order of|ascending order of|in ascending order of",
    Trigger(
        Kind.ORDER, "DESC"
    ): "descending order of|in descending order of|in descending order by|descending by",
    Trigger(Kind.SORT): "sort|sorted|ordered",
    Trigger(
        Kind.DIRECTION, "ASC"
    ): "asc|ascending|ascending order|in ascending order|alphabetically"
    "|alphabetical order|in alphabetical order|in alphabetic order|in ascending alphabetical order"
    "|low to high|from low to high",
    Trigger(
        Kind.DIRECTION, "DESC"
    ): "desc|descending|descending order|in descending order|high to low|from high to low",
    Trigger(
        Kind.NOT
    ): "not|no|neither|out of|no longer|not yet|without|never|excluding|except|other than|but not|lacking|missing"
    "|with no|have no|has no|do not have|does not have|not have|who did not|that did not",
    Trigger(Kind.NOT, OF_WORD): "non",
    Trigger(Kind.WITH): "with a|with an|with any|have a|has a|have an|has an",
    Trigger(Kind.WITH, "count"): "with|have|has|having|contain|contains",
    # Seen so that it is refused: nothing consumes it.
    Trigger(Kind.BEYOND): "percentage of|what percentage|what percent|percent of|share of|ratio of"
    "|proportion of|median|difference between|trend|growth",
    Trigger(Kind.VERSUS): "vs|versus|against|compared to|compared with|compare|comparing",
    Trigger(Kind.APART): "separately|individually|side by side|one by one|each on its own",
    Trigger(Kind.BOTH): "both",
    Trigger(Kind.HOW, hints=("age",)): "how old",
    Trigger(Kind.HOW, hints=LENGTH): "how long",
    Trigger(Kind.HOW, hints=SIZE): "how big|how large|what size",
    Trigger(Kind.HOW, hints=("height",)): "how tall|how high",
    Trigger(Kind.HOW, hints=("weight",)): "how heavy",
    Trigger(Kind.HOW, hints=("speed",)): "how fast",
    Trigger(Kind.HOW, hints=PRICE): "how expensive|how much does it cost|how much do they cost",
    Trigger(
        Kind.EMPTY
    ): "not known|unknown|not specified|not set|not given|not available|is null|is empty",
    Trigger(Kind.LIKE, "%{}%"): _written(
        "contain|contains|containing|include|includes|including|with|has|have"
        "|having|that has|that have"
    )
    + "|the substring|contain the substring|contains the substring",
    Trigger(Kind.LIKE, "{}%"): _written(
        "start with|starts with|starting with|begin with|begins with|beginning with|started with"
    )
    + "|start with|starts with|starting with|begin with|begins with"
    "|beginning with",
    Trigger(Kind.LIKE, "%{}"): _written("end with|ends with|ending with|ending in|end in")
    + "|end with|ends with|ending with",
    Trigger(
        Kind.COMMON, "DESC"
    ): "most common|most frequent|most commonly|most frequently|most prevalent"
    "|commonest|most commonly used|most frequently used|predominantly|most widely",
    Trigger(Kind.COMMON, "ASC"): "least common|least frequent|rarest|least commonly used",
    Trigger(
        Kind.EVERYTHING
    ): "all the information|all information|all the details|all details|all info"
    "|everything|all the info|all the data|all data|all attributes|all columns|all fields",
    Trigger(
        Kind.DISTINCT
    ): "distinct|different|unique|once|only once|once each|without duplicates|no duplicates",
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
WORDS = frozenset(word for phrase in _PHRASES for word in phrase)
"""The words of all operations."""
_RANKING = (Kind.SUPERLATIVE, Kind.MOST, Kind.COMMON)
_ORDER = re.compile(
    r"(?:from )?(?:the )?(.+?)(?: to (?:the )?(.+)|(?: ones?)? (?:first|at the top|on top))"
)
"""An order told by its ends, "from the cheapest to the most expensive", or by its first, "newest first"."""


def trigger(words: Sequence[Word]) -> Trigger | None:
    """The operation that exactly these words ask for."""
    said = tuple(word.lower for word in words)
    return _PHRASES.get(said) or _direction(" ".join(said))


def _direction(said: str) -> Trigger | None:
    """The way to sort that two opposite superlatives tell, or one that comes "first"."""
    found = _ORDER.fullmatch(said)
    ends = [_PHRASES.get(tuple(end.split())) for end in found.groups() if end] if found else []
    ranked = [end for end in ends if end and end.kind in _RANKING and end.value]
    if not ranked or len(ranked) < len(ends):
        return None
    first, last = ranked[0], ranked[-1]
    if last is not first and last.hints == TIME:  # to the newest: old are those of early days
        return Trigger(Kind.DIRECTION, "ASC" if last.value == "DESC" else "DESC", TIME)
    if last is not first and first.value == last.value and first.hints != TIME:
        return None
    return Trigger(Kind.DIRECTION, first.value, () if first.hints == SIZE else first.hints)
