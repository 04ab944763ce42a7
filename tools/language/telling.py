"""Sentences about the sources in a reader's language: English ones, looked up in its pack."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tools.language.pack import ENGLISH, LanguagePack, language_pack, pack_for

_MOST = 12


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

    def number(self, number: int) -> str:
        """A whole number with its thousands parted: 1,234 or 1.234."""
        plain = f"{number:,}"
        return plain.replace(",", ".") if self.pack.decimal == "," else plain

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
