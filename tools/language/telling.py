"""Sentences about the sources in a reader's language: English ones, looked up in its pack."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from tools.language.pack import ENGLISH, LanguagePack, language_pack, language_packs, pack_for

_MOST = 12
_SENTENCE = 16
"""Letters of a sentence beside its places, below which it may be part of another."""
_MARKS = str.maketrans(",.", ".,")
_THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DAY = re.compile(r"\d{1,2} [A-Z][a-z]+ \d{4}")
_PLACE = re.compile(r"\{\w+\}")
_PARTS = re.compile(r"(\{\w+\})")


@dataclass(frozen=True, slots=True)
class Telling:
    """Says things in one language; what its pack has no sentence for stays English."""

    code: str = ENGLISH

    @staticmethod
    def of(text: str) -> "Telling":
        """The language of a text."""
        return Telling(pack_for(text).code)

    @property
    def pack(self) -> LanguagePack:
        """The words of the language."""
        return language_pack(self.code)

    def say(self, english: str, **values: object) -> str:
        """A sentence, with what stands in its places."""
        return self.pack.told.get(english, english).format(**values)

    def retold(self, english: str) -> str:
        """A whole English sentence in the language; as it is where the pack has no such sentence."""
        if english in self.pack.told:
            return self.pack.told[english]
        for form, told in _sentences(self.code):
            if found := form.fullmatch(english):
                return told.format(
                    **{at: self._retold_part(part) for at, part in found.groupdict().items()}
                )
        return english

    def _retold_part(self, part: str) -> str:
        """What stands in a place of a sentence: a number or a day as it is written there."""
        if _THOUSANDS.fullmatch(part):
            return self.written(part)
        if _DAY.fullmatch(part):
            with suppress(ValueError):
                return self.day(datetime.strptime(part, "%d %B %Y").date())  # noqa: DTZ007  # a day
        return self.retold(part)

    def number(self, number: int) -> str:
        """A whole number with its thousands parted: 1,234 or 1.234."""
        return self.written(f"{number:,}")

    def written(self, number: str) -> str:
        """A number that is written as in English, 1,234.5, as it is written there: 1.234,5."""
        return number.translate(_MARKS) if self.pack.decimal == "," else number

    def how_many(self, number: int, noun: str) -> str:
        """`1 table`, `1,234 tables`; the noun is the English one."""
        counted = self.say(noun) if number == 1 else self.say(f"{noun}s")
        return f"{self.number(number)} {counted}"

    def listed(self, names: Sequence[str], most: int = _MOST) -> str:
        """`a, b and c`; of more than `most`, the first and how many others there are."""
        if len(names) > most:
            more = self.say("{count} more", count=self.number(len(names) - most))
            return f"{', '.join(names[:most])} {self.say('and')} {more}"
        if len(names) < 2:
            return "".join(names)
        return f"{', '.join(names[:-1])} {self.say('and')} {names[-1]}"

    def day(self, day: date) -> str:
        """A day as it is written there."""
        return f"{day:{self.pack.day}}"

    def day_in(self, text: str) -> str:
        """A day that is written as yyyy-mm-dd as it is written there; any other text as it is."""
        try:
            return self.day(date.fromisoformat(text[:10])) + text[10:]
        except ValueError:
            return text


IN_ENGLISH = Telling()


@cache
def _sentences(code: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The pack's English sentences that have places, as patterns that find what stands there."""
    told = language_pack(code).told
    whole = (one for one in told if _PLACE.search(one) and len(_PLACE.sub("", one)) >= _SENTENCE)
    return tuple((_placed(one), told[one]) for one in whole)


def _placed(english: str) -> re.Pattern[str]:
    parts = (
        f"(?P<{part[1:-1]}>.+)" if _PLACE.fullmatch(part) else re.escape(part)
        for part in _PARTS.split(english)
    )
    return re.compile("".join(parts), re.DOTALL)


def is_told(english: str, text: str) -> bool:
    """Whether a text has a sentence in any language, whatever stands in its places."""
    return any(form.search(text) for form in _forms(english))


@cache
def _forms(english: str) -> tuple[re.Pattern[str], ...]:
    told = dict.fromkeys(pack.told.get(english, english) for pack in language_packs())
    return tuple(re.compile(".*?".join(map(re.escape, _PLACE.split(one)))) for one in told)
