"""A question in another language, with its small words, numbers and dates in English.

What it speaks of keeps its name: the reader knows the names of a semantic model in any language.
"""

import re
from collections.abc import Iterable, Set
from functools import cache

from tools.language.inflected import NameForms
from tools.language.numerals import number_of
from tools.language.pack import ENGLISH, LanguagePack, language_pack, pack_for, small_words
from tools.language.periods import CalendarPeriod, periods_in

_MONTHS = """January February March April May June July August September October November
December""".split()
_SHORT_MONTH = 3
_SHORTEST_VALUE = 5
"""Letters of a stored word that is not read as a word of the language: "storniert", and not "an"."""
_NUMBER = re.compile(r"(?<![\w.,-])\d[\d.,]*\d(?![\w])")
_LETTERS = re.compile(r"[^\W\d_]+")
_MEASURED = re.compile(r"^\W*wie (\w+)", re.IGNORECASE)
"""What is asked of a thing: "wie groß" is no form of the name "Größe"."""
_QUOTED = re.compile(r"(\"[^\"]*\"|„[^“”]*[“”])")


def in_english(
    question: str,
    names: Iterable[str] = (),
    stored: frozenset[str] = frozenset(),
    values: frozenset[str] = frozenset(),
) -> str:
    """The question with English small words; one in English is left as it is.

    Forms of the words in `names` are written as these are, and neither they nor what is `stored`
    are taken for words of the language. A word that is a value by itself, one of `values`, is not
    put into English either: what is "storniert" is stored so.
    """
    pack = pack_for(question)
    if pack.code == ENGLISH:
        return question
    parts, known = _QUOTED.split(question), NameForms(names, pack)
    return "".join(
        part if at % 2 else _rendered(part, known, stored, values) for at, part in enumerate(parts)
    )


def prose_in_english(text: str, pack: LanguagePack) -> str:
    """A sentence of a document, or a question to one, with English small words, numbers and dates."""
    for pattern, english in _prose(pack.code):
        text = pattern.sub(english, text)
    return _small_words(text, pack, frozenset())


def _rendered(text: str, names: NameForms, stored: frozenset[str], values: Set[str]) -> str:
    # "Längste" has the stem of a name such as "Länge", and asks for the longest.
    measured = frozenset(word.lower() for word in _MEASURED.findall(text))
    text = names.spelt(text, stored | _superlatives(text, names.pack.code) | measured)
    return _small_words(text, names.pack, names.known, _whole_values(text, names.pack, values))


def _whole_values(text: str, pack: LanguagePack, values: Set[str]) -> frozenset[str]:
    """The words of a text that are values, and not read better in English."""
    said = {word.lower() for word in _LETTERS.findall(text) if len(word) >= _SHORTEST_VALUE}
    found = said.intersection(values) - small_words(pack.code)
    return frozenset(word for word in found if not _is_stored_too(word, pack, values))


def _is_stored_too(word: str, pack: LanguagePack, values: Set[str]) -> bool:
    """Whether a value's English is a value as well, which says the same and is read better."""
    found = ((one.fullmatch(word), english) for one, english in _patterns(pack.code))
    return any(match is not None and match.expand(english) in values for match, english in found)


def _small_words(
    text: str, pack: LanguagePack, known: Set[str], values: Set[str] = frozenset()
) -> str:
    for span in reversed(periods_in(text, pack)):
        text = f"{text[: span.begin]}{_said(span.period)}{text[span.end :]}"
    text = _LETTERS.sub(lambda match: _month(match[0], pack, known), text)
    text = _NUMBER.sub(lambda match: _number(match.group(), pack), text)
    for pattern, english in _patterns(pack.code):
        text = pattern.sub(lambda found, to=english: _unless_named(found, to, known, values), text)
    text = _LETTERS.sub(lambda match: _counted(match[0], pack), text)
    return re.sub(r" {2,}", " ", text)


def asked_as(english: str, text: str) -> str:
    """The words of a text that were read as these English ones; empty where none were."""
    for pattern, told in _patterns(pack_for(text).code):
        found = pattern.search(text) if english.lower() in told else None
        if found is not None:
            return found[0]
    return ""


def _unless_named(found: re.Match[str], english: str, known: Set[str], values: Set[str]) -> str:
    """The English, unless it is a name or a value; what was never done is no value."""
    word = found[0].lower()
    is_deed = found.string[: found.start()].lower().endswith("never ")
    return found[0] if word in known or (word in values and not is_deed) else found.expand(english)


def _month(word: str, pack: LanguagePack, known: Set[str]) -> str:
    """The month that a word is, in "from January to June 2024"; short forms may be anything."""
    month = pack.months.get(word.lower(), 0)
    is_whole = word[:1].isupper() and (len(word) > _SHORT_MONTH or word.lower().startswith("ma"))
    return _MONTHS[month - 1] if month and is_whole and word.lower() not in known else word


def _counted(word: str, pack: LanguagePack) -> str:
    number = pack.numbers.get(word.lower(), 0)
    return str(number) if number else word


def _said(period: CalendarPeriod) -> str:
    if period.grain == "year":
        return f"{period.start:%Y}"
    if period.grain == "day":
        return period.start.isoformat()
    if period.grain == "quarter":
        return f"Q{(period.start.month + 2) // 3} {period.start:%Y}"
    return f"{_MONTHS[period.start.month - 1]} {period.start:%Y}"


def _superlatives(text: str, code: str) -> frozenset[str]:
    """The words of a text that put things in order, in lower case."""
    words = {word.lower() for word in _LETTERS.findall(text)}
    ranked = [pattern for pattern, english in _patterns(code) if english.startswith("the ")]
    return frozenset(word for word in words if any(one.fullmatch(word) for one in ranked))


def _number(text: str, pack: LanguagePack) -> str:
    found = number_of(text, pack)
    return text if found is None else f"{found:.10g}"


@cache
def _patterns(code: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(_pattern(said, english) for said, english in language_pack(code).reading)


@cache
def _prose(code: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(_pattern(said, english) for said, english in language_pack(code).prose)


def _pattern(said: str, english: str) -> tuple[re.Pattern[str], str]:
    """A phrase of whole words, or with a hyphen behind it the beginning of a longer word."""
    if said.endswith("-"):
        begun = rf"(?<!\w){said[:-1]}(?=[^\W\d_]{{4}})"
        return re.compile(begun, re.IGNORECASE), f"{english} "
    return re.compile(rf"(?<!\w)(?:{said})(?!\w)", re.IGNORECASE), english
