"""The kind of thing that a question asks for, recognised by how such things are written.

A weight is a number with a unit of weight, a telephone number a row of digits: a sentence without
one does not answer, whatever words it shares with the question. English and German.
"""

import re
from collections.abc import Callable

_IN_WEIGHT = (
    r"\d\s?(?:kg|kilos?|kilogram(?:me)?s?|g|gram(?:me)?s?|mg|t|tonnes?|tons?|lbs?|pounds?|oz|ounces?"
    r"|Kilo(?:gramm)?|Gramm|Tonnen?|Pfund)\b"
)
_WEIGHT = (
    r"\bhow heavy\b|\bhow much (?:does|do|can|may|must|should|will)\b.*\b(?:weigh|carry|lift|bear)\b|\bwie ?viel (?:kann|darf|must|may|can)\b.*\b(?:tragen|heben)\b|\bwie schwer\b|\bwie viel wiegt\b",
    rf"{_IN_WEIGHT}|"
    r"\b(?:weigh|mass|load|wieg|gewicht|last)\w*\b(?: \w+){0,4}:? \d[\d.,]*(?! ?[a-z])|\b(?:weigh|wieg|gewicht)\w*\b.*\d",
)
_OWN_WEIGHT = (
    r"\bwhat (?:does|do|did|will)\b.*\bweigh\b|\bhow much (?:does|do|did|will)?\b.*\bweigh\b|\bhow heavy (?:is|are|was|were)\b"
    r"|\bwhat (?:is|are|was|were) the weights? of\b|\bwie ?viel wieg(?:t|en)\b|\bwie schwer (?:ist|sind|war)\b",
    r"\b(?:weigh|heavy|mass|wieg|gewicht|schwer)\w*\b.*\d|\d.*\b(?:weigh|heavy|wieg|schwer)\w*"
    rf"|^(?!.*\b(?:load|carr(?:y|ies)|lifts?|bears?|trag|last)).*{_IN_WEIGHT}",
)
"""What something weighs is not what it can carry."""
_LENGTH = (
    r"\bhow (?:tall|wide|thick)\b|\bwie (?:breit|dick)\b",
    r"\d\s?(?:[mcdk\u00b5]?m|(?:milli|centi|kilo)?met(?:er|re)s?|feet|foot|ft|in|inch(?:es)?|yards?|miles?|Meter|Zentimeter|Millimeter|[\"'\u2032\u2033])(?!\w)"
    r"|\b(?:tall|height|wide|width|thick|breit|dick)\w*\b.*\d|\d.*\b(?:tall|height|wide|width|thick|breit|dick)",
)
_HEAT = (
    r"\bhow (?:hot|cold|warm)\b|\b(?:what|which) temperature\b|\bwie (?:heiß|kalt|warm)\b|\bwelche[rn]? temperatur\b",
    r"\d\s?°|\b(?:degrees?|grad|celsius|fahrenheit|kelvin)\b|\broom temperature\b|\braumtemperatur\b",
)
_PHONE = (
    r"\b(?:tele)?phone numbers?\b|\b(?:which|what) number (?:do|can|should|must) (?:i|we|one) (?:call|ring|dial|phone)\b"
    r"|\btelefonnummer\b|\bhandynummer\b",
    r"\+?\(?\d[\d\s/().-]*\d|\b(?:ext(?:ension)?|durchwahl)\b\.?\s*\d",
)
_MAIL = (r"\be-?mail[- ]?address\b|\be-?mail-?adresse\b", r"\S@\S")
_HOUR = (
    r"\b(?:at|until|till|from|by|before|after) what time\b|^\W*what time\b|\bum wie ?viel uhr\b|\bbis wie ?viel uhr\b|\bab wie ?viel uhr\b",
    r"\b\d{1,2}[:.]\d\d\b|\b\d{1,2}\s?[ap]\.?\s?m\b|o.clock|\bnoon\b|\bmidnight\b|\buhr\b|\bmittags?\b|\bmitternacht\b",
)
_DEADLINE = (
    r"\bhow late\b|\bwie spät\b",
    r"\d|\b(?:noon|midnight|mittags?|mitternacht|before|until|within|days?|weeks?|months?|hours?|evening|night)\b",
)
_SHARE = (
    r"\b(?:what|which) (?:percentage|proportion|fraction)\b|\bhow many per ?cent\b|\bwie ?viel prozent\b|\bwelche[rn]? anteil\b",
    r"%|\bper ?cent\b|\bprozent\b|\b(?:half|third|quarter|fifth|tenth|all|none|hälfte|drittel|viertel)\b|\d\s?/\s?\d|\b(?:in|of|out of|von) (?:every )?\d",
)
_DENIED = (
    r"^\W*(?:what|which|who|where|when)\b[^,;]*(?:\b(?:not|never)\b|n['\u2019]t\b)",
    r"\b(?:not|no|never|nor|nobody|none|nothing|without|except|exclud\w*|only|unless|forbidden|prohibited|banned|instead)\b"
    r"|n['\u2019]t\b|\b(?:nicht|kein\w*|nie|niemals|ohne|au\u00dfer|ausgenommen|ausgeschlossen|untersagt|verboten|nur)\b",
)
_KINDS = tuple(
    (re.compile(asked, re.I), re.compile(written, re.I))
    for asked, written in (
        _WEIGHT,
        _OWN_WEIGHT,
        _LENGTH,
        _HEAT,
        _PHONE,
        _MAIL,
        _HOUR,
        _DEADLINE,
        _SHARE,
        _DENIED,
    )
)


def kinds_asked(question: str) -> list[Callable[[str], bool]]:
    """Whether a text has the kinds of thing that a question asks for, each apart."""

    def has(written: re.Pattern[str]) -> Callable[[str], bool]:
        return lambda text: bool(written.search(text))

    return [has(written) for asked, written in _KINDS if asked.search(question)]
