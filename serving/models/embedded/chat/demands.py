"""What a question demands of a sentence that answers it, beyond words that both have.

A sentence on the same topic need not answer: "14 days after the order date" does not say how many
orders there were. Each demand is general English; a question without any is met by every sentence.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from serving.models.embedded.chat.attributes import (
    OF_ONE,
    PRICED,
    has_attribute,
    speaks_of_priced,
)
from serving.models.embedded.chat.extremes import (
    EXTREME,
    TOTAL,
    TotalAsked,
    compares,
    row_is_extreme,
    sentence_is_extreme,
)
from serving.models.embedded.chat.kinds import kinds_asked
from serving.models.embedded.chat.persons import speaks_of_somebody
from serving.models.embedded.chat.row_counts import AMOUNT, counts_in_column, tells_count
from serving.models.embedded.chat.sentences import stems_of
from serving.models.embedded.chat.wording import ORDINALS
from serving.models.embedded.english.words import SPELLED
from tools.documents.terms import index_terms, query_terms


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence, or a table's row in words, with the passage around it, its title and its heading."""

    text: str
    around: str
    is_row: bool = False
    is_english: bool = True


_SENTENCES_KEPT = 1024
"""Sentences whose numbers are remembered: a turn looks at the same ones up to six times."""
Demand = Callable[[Candidate], bool]
Rule = Callable[[re.Match[str]], Demand]

_CODE = re.compile(r"\b(?=\w*\d)(?=\w*[A-Z])[A-Z0-9]{2,8}\b|\b[A-Z]{1,5}-\d[\d/-]*\d\b(?!\w)")
"""A designation such as G3, ISO9001 or HP-400/22; 2FA and 4XX are as telling."""
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_IN_YEAR = re.compile(
    r"\b(?<!before )(?<!after )(?<!since )(?<!until )(?<!till )(?<!prior to )(?<!than )(?<!by )((?:19|20)\d\d)\b(?!['\u2019]?s\b)",
    re.I,
)
_FIGURE = re.compile(r": \d")
"""A cell of a row in words that begins with a number."""
_NUMBER_WORDS = f"no|{SPELLED}|(?<!at )once|twice|half|third|quarter|dozen|several|unlimited|all|none|never|every|each"
_NUMBER = re.compile(
    rf"\d|\b(?:{_NUMBER_WORDS}|(?:hour|dai|week|month|quarter|year|annual)ly?|until|immediately|at once"
    r"|free|(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mid)?night|noon)\b",
    re.I,
)
_HOW_MUCH = re.compile(
    r"\bhow (?:long|soon|fast|old|tall|high|heavy|far|big|large|many|much|often)\b(?! (?:do|does|did|is|are) \w+ (?:like|matter))",
    re.I,
)
_HOW_LONG = re.compile(r"\bhow (?:long|soon|often)\b", re.I)
_SPAN = re.compile(
    r"\b(?:seconds?|minutes?|hours?|days?|weeks?|months?|quarters?|years?|decades?|centur(?:y|ies)|nights?|(?:hour|dai|week|month|quarter|year|annual)ly"
    r"|until|till|immediately|at once|(?:once|twice|times|every|each|as long as|permanent|life(?:time)?|forever|indefinite)\w*"
    r"|(?:kilo|centi|milli)?met(?:er|re)s?|km|cm|mm|m|feet|foot|ft|inch(?:es)?|miles?|yards?|pages?|characters?|letters?|digits?|words?|zeichen|buchstaben|seiten|(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
    r"|(?:since|from|through|to|in) (?:19|20)\d\d)\b|\b(?:19|20)\d\d ?[-\u2013] ?(?:(?:19|20)\d\d)\b|\b\d+ ?(?:m|h|s|d|w)\b",
    re.I,
)
_HOW_OLD = re.compile(r"\bhow old\b", re.I)
_AGE = re.compile(
    r"\b(?:(?:day|week|month|year|decade)s?|centur(?:y|ies)|old|aged?|born|birthday|since|found(?:ed|ing)|built|made"
    r"|(?:1\d|20)\d\d)\b",
    re.I,
)
_BEHIND_NOUN = (
    "do|does|did|can|could|may|might|must|should|is|are|was|were|has|have|had|will|would|shall"
    "|of|in|on|at|for|with|without|per|to|from|that|which|who|i|we|you|they|it|there|a|an|the"
)
_HOW_MANY = re.compile(
    rf"\bhow many ((?:[\w'-]+ ){{0,3}}?[\w'-]+)(?= (?:{_BEHIND_NOUN})\b|[?.!]*$)", re.I
)
_TIMES = frozenset("second minut hour day week month quarter year night".split())
_MEASURED = re.compile(
    r"(?:st|nd|rd|th)\b|(?: ?(?:to|and|or|und|bis|oder|-|\u2013) ?(?:up to |more than |less than )?\d[\d.,]*)?[ -]?(?:%|percent|per cent|(?:business|working|calendar|full)?[ -]?(?:second|minute|hour|day|week|month|year"
    r"|night)s?\b|o'clock|[ap]\.?m\b|:\d\d|US dollars|dollars|euros?\b|pounds?\b|pence\b|francs?\b|USD|EUR|GBP|CHF|GB|GiB|TB|km\b|kg\b|°|degrees?\b|Grad\b"
    r"|(?:Sekunde|Minute|Stunde|Tag|Woche|Monat|Jahr|Nacht|Nächte|Prozent|Uhr|Kilogramm|Meter)(?:e?n|e)?\b"
    r"|(?:January|February|March|April|May|June|July|August|September|October|November|December)\b)",
    re.I,
)
"""Behind a number: what it measures, or that it is a date, a time or a place in an order."""
_BEHIND = re.compile(r"(?: (?:more |other |new )?[\w-]+(?:\.\w+\.)?){0,3}")
_NO_THING = re.compile(rf" (?:{_BEHIND_NOUN}|and|or|by|as|because)\b|(?! [a-z])", re.I)
"""Behind a number that counts what was named before it."""
_NUMBER_OF = re.compile(r"\b(?:number|count|total) of\b", re.I)
_CURRENCY = re.compile(
    r"(?:[$€£]|USD|EUR|GBP|CHF|(?:January|February|March|April|May|June|July|August|September|October|November|December)) ?$"
)
_IN_ADDRESS = re.compile(
    r",? (?:[A-Z][\w-]+ ){1,3}(?:Road|Street|Avenue|Lane|Way|Square|Park|Drive)\b|, [A-Z][\w-]+(?= ?[(,;]|$)"
)
"""Behind the number of a house: its street, or its town."""
_WHEN = re.compile(
    r"(?:^|, |\band )\W*when (?:is|are|was|were|do|does|did|will|can|must|should|has|have)\b", re.I
)
_TIME = re.compile(
    r"\d|\b(?:after|before|until|till|during|when|once|as soon|while|if|by|from|since|within|between|immediately|at the (?:end|start|beginning)"
    r"|later|earlier|centur|decade|(?:dai|week|month|quarter|year|annual|hour)ly?|spring|summer|autumn|winter"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mid)?night|noon|morning|evening)",
    re.I,
)
_PAID = re.compile(
    r"\bhow much (?:profit|revenue|money|turnover|salary|tax)\b|\bhow much\b.*\b(?:cost|fee|charged?|pay|price|earn|spend|spent)\b|\b(?:cost|fee|charged?|pay|price)\b.*\bhow much\b"
    r"|\bwhat (?:do|does|did|will|would|must|should) (?:[\w'\u2019-]+ ){1,6}(?:pay|charge|cost|spend)\b|\bin (?:US )?(?:dollars|euros)\b",
    re.I,
)
_MONEY = re.compile(
    r"[$€£%]|\b(?:USD|EUR|GBP|CHF|dollars?|euros?|cents?|pounds?|pence|francs?|percent|per cent|free|no charge|nothing|price|rate|half|full)\b",
    re.I,
)
IN_MONEY = re.compile(
    r"[$€£]|\b(?:USD|EUR|GBP|CHF|dollars|euros?|pounds|francs|prices?|fees|rates)\b", re.I
)
"""Said above a table whose numbers are money."""
OF_MONEY = re.compile(r"\b(?:costs?|fees?|charged?|pay|paid|prices?|money|spen[dt])\b", re.I)
_MOST_OF_MANY = re.compile(
    r"\bthe (most|fewest|least) (?!likely\b|important\b|recent\b)[a-z]+s\b|\b(most) often\b|\b(best)[- ]selling\b",
    re.I,
)
_ON_AVERAGE = re.compile(r"\baverage\b|\bon average\b|\bmedian\b", re.I)
_AVERAGED = re.compile(r"\baverage|\bmedian\b|\bmean\b|\btypical|\busual", re.I)
_RIGHT_NOW = re.compile(
    r"^\W*(?:which|how many)\b.*\b(?:right now|at the moment|at present|so far|until now|to date|as of today)\b",
    re.I,
)
_DOER = re.compile(r"^\W*who ([a-z]+ed|built|made|wrote|won|sold|bought|led|ran)\b", re.I)
_WHO = re.compile(
    r"(?:^|, |\band )\W*(?:by |to |for |from |with )?(?:who|whom)\b(?!['\u2019])", re.I
)
_OF_RECORD = re.compile(
    r"\b(?:ticket|order|invoice|case|contract|account|request|issue|customer|employee|number|id|no\.?|#) ?(\d{2,})\b",
    re.I,
)
_UNIT = re.compile(r"\b[Hh]ow many ([kMGT]?i?(?:Hz|B|bps|bit|W|Wh|V|A|m|g))\b")


def demands_of(question: str, rows: frozenset[str] = frozenset()) -> list[Demand]:
    """What sentences must have to answer a question.

    `rows` are stems of what rows of a database are counted of: a sentence has to give their number.
    """
    found = ((rule, ask.search(question)) for ask, rule in _RULES.items())
    demands = [rule(match) for rule, match in found if match]
    demands += [_is_of_kind(has) for has in kinds_asked(question)]
    if rows and (counted := _HOW_MANY.search(question)):
        demands += _counts_rows(rows & {*index_terms(counted[1]).split()})
    return demands


def meets(demands: Sequence[Demand], candidate: Candidate) -> bool:
    """Whether a sentence can answer."""
    return all(demand(candidate) for demand in demands)


def _is_extreme(asked: re.Match[str]) -> Demand:
    row, sentence = row_is_extreme(asked), sentence_is_extreme(asked)
    return lambda one: row(one.text) if one.is_row else sentence(one.text)


def _compares(asked: re.Match[str]) -> Demand:
    word = next(filter(None, asked.groups())).lower()
    return lambda one: compares(one.text, word)


def _is_total(asked: re.Match[str]) -> Demand:
    total = TotalAsked(asked.string)
    return lambda one: (
        total.is_row(one.text, one.around) if one.is_row else total.is_sentence(one.text)
    )


def _is_of_kind(has: Callable[[str], bool]) -> Demand:
    return lambda one: has(one.text)


def _has(pattern: re.Pattern[str]) -> Rule:
    """A sentence must have something of that form."""
    return lambda _: lambda one: bool(pattern.search(one.text))


def _is_money(asked: re.Match[str]) -> Demand:
    """Money, or a row of a table in money that has a number and whatever else is asked."""
    wanted = frozenset(query_terms(OF_MONEY.sub(" ", asked.string)).split())

    def met(one: Candidate) -> bool:
        own = _without_caption(one) if one.is_row else one.text
        if _MONEY.search(own) or not (one.is_row and _FIGURE.search(own)):
            return bool(_MONEY.search(own))
        said = stems_of(one.text) | stems_of(one.around)
        return wanted <= said and bool(IN_MONEY.search(one.around))

    return met


def _without_caption(one: Candidate) -> str:
    """A row in words without its table's name, which may be "Fees in pounds"."""
    named, _, row = one.text.partition(": ")
    return row if named and named in one.around.splitlines() else one.text


def _says(asked: re.Match[str]) -> Demand:
    """The sentence has what was asked for as it is written."""
    wanted = re.compile(rf"(?<![\w.]){re.escape(asked[1])}(?!\w)", re.I)
    return lambda one: bool(wanted.search(one.text))


def _nothing(_: re.Match[str]) -> Demand:
    """No document can answer: it says nothing about this moment."""
    return lambda _: False


def _is_the_nth(asked: re.Match[str]) -> Demand:
    """A row that numbers what it tells of has that number: "Delivery: 3" for the third one."""
    number = ORDINALS[asked[1].lower()]
    said = re.compile(rf"\b{asked[1]}|(?:^|: |\bQ){number}\.?(?:;|$)", re.I)
    return lambda one: (
        not one.is_row or not _NUMBERED.search(one.text) or bool(said.search(one.text))
    )


def _is_named(asked: re.Match[str]) -> Demand:
    codes = _CODE.findall(asked.string)
    return lambda one: all(_names(code, one.around) for code in codes)


def _is_of_the_year(asked: re.Match[str]) -> Demand:
    """No row, and no sentence, that speaks of other years alone; "before 2000" may be any other one.

    Nor a sentence without a year that stands among other years.
    """
    years = frozenset(_YEAR.findall(asked.string))
    exact = frozenset(_IN_YEAR.findall(asked.string))
    return lambda one: (
        _is_of(years, one.text)
        if one.is_row
        else _is_of(exact, one.text) and _is_of(exact, one.around)
    )


def _is_of(years: frozenset[str], text: str) -> bool:
    """Whether a text that speaks of years speaks of one of these, if there are any."""
    held = frozenset(_YEAR.findall(text))
    return not (held and years) or not years.isdisjoint(held)


def _names(code: str, around: str) -> bool:
    """Whether a designation stands there, in whichever way its parts are tied: 10K and form 10-K."""
    parts = re.findall(r"[A-Z]+|\d+", code.upper())
    tied = r"[\s_/-]?".join(map(re.escape, parts))
    return bool(re.search(rf"(?<![^\W_]){tied}(?![^\W_])", around, re.I))


def _counts(asked: re.Match[str]) -> Demand:
    """A number that can be of that thing: not only times, shares and prices, nor one that was asked."""
    stems = frozenset(query_terms(asked[1]).split())
    said = frozenset(AMOUNT.findall(asked.string))

    def met(one: Candidate) -> bool:
        amounts = _amounts(one.text)
        is_spoken_of = bool(amounts) and (
            tells_count(one.text, stems) if one.is_row else not stems.isdisjoint(stems_of(one.text))
        )
        if not amounts or (one.is_row and not is_spoken_of):
            return False
        is_of_it = is_spoken_of and not one.is_row and not _NUMBER_OF.search(one.text)
        return any(
            number not in said
            and (unit is None or not stems.isdisjoint(unit))
            and not (is_of_it and things and stems.isdisjoint(things))  # "employees take 20 calls"
            for number, unit, things in amounts
        )

    return met


@lru_cache(_SENTENCES_KEPT)
def _amounts(sentence: str) -> Sequence[tuple[str, frozenset[str] | None, frozenset[str]]]:
    """The numbers that are neither prices nor years: with the stems of the unit and of what is counted."""
    return [
        (found[0], _unit_behind(sentence, found), _counted_behind(sentence, found.end()))
        for found in AMOUNT.finditer(sentence)
        if not _CURRENCY.search(sentence[: found.start()])
        and not _YEAR.fullmatch(found[0])
        and not _IN_ADDRESS.match(sentence, found.end())
    ]


def _counts_rows(stems: frozenset[str]) -> Iterator[Demand]:
    """A number of these very things: "at most 40 Memory instances", and not "a reply in 8 hours"."""
    if not stems:
        return

    def met(one: Candidate) -> bool:
        if one.is_row:
            return counts_in_column(one.text, stems)
        amounts = (found for found in AMOUNT.finditer(one.text) if found[0].lower() != "one")
        behind = (_behind(one.text, found.end()) for found in amounts)
        is_named = any(stems & {*index_terms(words).split()} for words in behind)
        return is_named or bool(_NUMBER_OF.search(one.text))

    yield met


def _behind(sentence: str, at: int) -> str:
    """The three words from there on."""
    found = _BEHIND.match(sentence, at)
    return found[0] if found else ""


def _counted_behind(sentence: str, at: int) -> frozenset[str]:
    """The stems of what the number before it counts; none in "5,000 were killed"."""
    words = _behind(sentence, at)
    return frozenset() if _NO_THING.match(words) else frozenset(index_terms(words).split())


def _unit_behind(sentence: str, found: re.Match[str]) -> frozenset[str] | None:
    """The stems of what a number measures, None where it measures nothing."""
    measured = _MEASURED.match(sentence, found.end())
    if measured is None:
        return None
    stems = frozenset(index_terms(measured[0]).split())
    return stems | _TIMES if stems & _TIMES else stems


def _says_who(asked: re.Match[str]) -> Demand:
    """Not "it was founded in 2021": passive without the one who did it."""
    verb = re.escape(asked[1])
    passive = re.compile(rf"\b(?:was|were|is|are|been) (?:\w+ly )?{verb}\b(?!.*\bby\b)", re.I)
    return lambda one: not passive.search(one.text)


def _names_somebody(_: re.Match[str]) -> Demand:
    """A sentence, or a cell, that speaks of somebody."""
    return lambda one: any(
        speaks_of_somebody(piece, is_english=one.is_english)
        for piece in (_PIECES.split(_without_caption(one)) if one.is_row else (one.text,))
    )


_PIECES = re.compile(r"\s*(?:[;:,/|]|\([^)]*\))\s*")
"""What parts the names and cells of a row in words; what is in brackets is a unit."""


def _has_attribute(asked: re.Match[str]) -> Demand:
    has = has_attribute(asked)
    return lambda one: has(one.text, is_english=one.is_english)


def _is_of_priced(asked: re.Match[str]) -> Demand:
    has = speaks_of_priced(asked)
    return lambda one: one.is_row or not one.is_english or has(one.around)


_ORDINAL = re.compile(rf"\b({'|'.join(ORDINALS)})\b(?! (?:half|hand))", re.I)
_NUMBERED = re.compile(r"(?:^|: )\d{1,2}\.?(?:;|$)")
"""A cell that is nothing but a small number."""
_RULES: Mapping[re.Pattern[str], Rule] = {
    _CODE: _is_named,
    _YEAR: _is_of_the_year,
    _HOW_MANY: _counts,
    _HOW_MUCH: _has(_NUMBER),
    _HOW_LONG: _has(_SPAN),
    _HOW_OLD: _has(_AGE),
    _WHEN: _has(_TIME),
    _PAID: _is_money,
    _MOST_OF_MANY: _compares,
    EXTREME: _is_extreme,
    TOTAL: _is_total,
    _ON_AVERAGE: _has(_AVERAGED),
    _RIGHT_NOW: _nothing,
    _DOER: _says_who,
    _WHO: _names_somebody,
    OF_ONE: _has_attribute,
    PRICED: _is_of_priced,
    _OF_RECORD: _says,
    _UNIT: _says,
    _ORDINAL: _is_the_nth,
}
