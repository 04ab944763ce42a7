"""Words that speak of the same deed: "sold" and "sale", "delivered" and "delivery"."""

import re

from serving.models.embedded.english.words import stem

_FORMS = """pay paid payment payable|sell sold sale|buy bought|hold held|find found|send sent|build built
make made|leave left|begin began begun|win won|lose lost loss|give gave given gift|take took taken
write wrote written|lend lent loan|spend spent|bring brought|meet met meeting|teach taught
catch caught|keep kept|see saw seen|fly flew flown flight|drive drove driven|break broke broken
bear born birth|die died death|grow grew grown|know knew known|draw drew drawn|choose chose chosen
steal stole stolen|wear wore worn|lay laid|lead led|feed fed|fight fought|seek sought|come came
go went gone|eat ate eaten|fall fell fallen|forget forgot|get got|hear heard|ride rode ridden
rise rose risen|run ran|say said|shoot shot|sing sang sung|sink sank sunk|speak spoke spoken speech
stand stood|strike struck|swim swam swum|tell told|think thought|wake woke woken|withdraw withdrew
receive received receipt|arrive arrival|approve approval|expire expired expiry expiration"""
FORMS = tuple(tuple(forms.split()) for line in _FORMS.splitlines() for forms in line.split("|"))
"""The irregular forms of each verb, and its nouns."""
_BASE = {form: forms[0] for forms in FORMS for form in forms}
_ALIKE = {"mend": "repair", "fix": "repair"}
"""Stems of verbs for the same deed as another."""
_GERMAN = 6
"""Letters that a German participle has more than: "gemeldet"."""
_PARTICIPLE = re.compile(
    r"((?:ab|an|auf|aus|bei|ein|fest|her|hin|los|mit|nach|um|vor|weg|zu|zurück)?)ge(\w{3,}?)(?:e?t|en)"
)
"""A German participle, with the prefix that is parted from its verb: "angemeldet"."""
_PREFIXED = re.compile(r"(?:be|ver|er|ent|zer)[a-zäöüß]{3,}t|[a-zäöüß]{3,}iert")
"""A German participle without "ge": "bezahlt", "storniert"."""
_GIVEN = re.compile(r"be(?:ab|an|auf|aus|ein|vor)[a-zäöüß]{4,}t")
"""One that is made of a noun: "beauftragt" of "Auftrag"."""
_SHORTEST = 4
"""Letters that two words must begin with alike to be of one deed: "ship" and "shipment"."""
CHANGES = (("b", "pt"), ("d", "s"), ("t", "ss"), ("ish", "ic"))
"""Ends of verbs, and what becomes of them in nouns: "prescribe" and "prescription", "admit" and "admission"."""


def same_deed(one: str, other: str) -> bool:
    """Whether two words, of any form, speak of the same deed."""
    first, second = (_named(word) for word in (one, other))
    short, long = sorted((first, second), key=len)
    if len(short) < _SHORTEST:
        return first == second
    changed = (short.removesuffix(end) + new for end, new in CHANGES if short.endswith(end))
    return long.startswith((short, *changed)) or short in {
        long.removesuffix(end) + new for end, new in CHANGES if long.endswith(end)
    }


def _named(word: str) -> str:
    """The stem of what a word of any form says was done."""
    found = stem(_BASE.get(word.lower(), _bare(word)))
    return _ALIKE.get(found, found)


def _bare(word: str) -> str:
    """A German participle without what makes it one: "anmeld" of "angemeldet"."""
    lower = word.lower()
    if (done := _PARTICIPLE.fullmatch(lower)) and len(word) > _GERMAN:
        return f"{done[1]}{done[2]}"
    return lower[2:-1] if _GIVEN.fullmatch(lower) else word


def is_participle(word: str) -> bool:
    """Whether a word says that something was done: "sold", "delivered"."""
    lower = word.lower()
    is_german = _PARTICIPLE.fullmatch(lower) is not None and len(lower) > _GERMAN
    is_german = is_german or (word.islower() and _PREFIXED.fullmatch(word) is not None)
    return lower.endswith("ed") or is_german or (lower in _BASE and _BASE[lower] != lower)
