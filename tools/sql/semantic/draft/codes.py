"""What stored codes are likely to mean: countries, genders, and what a state is shortened to."""

from collections.abc import Sequence

from tools.sql.words import abbreviates

_COUNTRIES = {
    "at": ("Austria", "Österreich"), "be": ("Belgium", "Belgien"), "ca": ("Canada", "Kanada"),
    "ch": ("Switzerland", "Schweiz"), "cn": ("China",), "cz": ("Czechia", "Tschechien"),
    "de": ("Germany", "Deutschland"), "dk": ("Denmark", "Dänemark"), "es": ("Spain", "Spanien"),
    "fi": ("Finland", "Finnland"), "fr": ("France", "Frankreich"), "gb": ("United Kingdom", "Großbritannien"),
    "hu": ("Hungary", "Ungarn"), "ie": ("Ireland", "Irland"), "in": ("India", "Indien"),
    "it": ("Italy", "Italien"), "jp": ("Japan",), "li": ("Liechtenstein",), "lu": ("Luxembourg", "Luxemburg"),
    "nl": ("Netherlands", "Niederlande"), "no": ("Norway", "Norwegen"), "pl": ("Poland", "Polen"),
    "pt": ("Portugal",), "se": ("Sweden", "Schweden"), "tr": ("Turkey", "Türkei"),
    "uk": ("United Kingdom", "Großbritannien"), "us": ("United States", "USA"),
}  # fmt: skip
_GENDERS = {
    "f": ("female", "weiblich"),
    "w": ("female", "weiblich"),
    "m": ("male", "männlich"),
    "d": ("diverse", "divers"),
    "x": ("diverse", "divers"),
}
_STATES = """open closed completed cancelled pending active inactive shipped delivered returned paid unpaid
approved rejected confirmed draft sent received processing private public self-pay no-show scheduled
overdue blocked expired suspended available reserved sold""".split()
_SHORT_STATES = {"cxl": "cancelled", "cnl": "cancelled", "dne": "done", "wip": "in progress"}
_SHORTEST = 3


def meanings(
    words: Sequence[str], values: Sequence[str]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each code with the words that it stands for, where they can be told; without any otherwise."""
    folded = [value.lower() for value in values]
    for kind, known in (("country", _COUNTRIES), ("gender", _GENDERS)):
        if kind in words and set(folded) <= set(known):
            return tuple((value, known[value.lower()]) for value in values)
    states = [_state(value) for value in folded]
    return tuple((value, state) for value, state in zip(values, states, strict=True))


def _state(code: str) -> tuple[str, ...]:
    """The one state that a code shortens."""
    if code in _SHORT_STATES:
        return (_SHORT_STATES[code],)
    if len(code) < _SHORTEST or not code.isalpha():
        return ()
    found = [state for state in _STATES if state == code or abbreviates(code, state)]
    return (found[0],) if len(found) == 1 else ()
