"""Language packs: the small words of a language, its months, numbers and dates, from a TOML file."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from tools.stem import stem_word

ENGLISH = "en"
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class LanguagePack:
    """The small words of one language; what a word means is a class, the same in every language.

    `soft` words carry nothing, `light` ones nothing unless a schema has a name for them. `polar`
    words begin a question that asks whether, `openings` are what politeness puts before one.
    `classes` maps phrases to what they mean ("more than" is GT), `groups` are words that mean the
    same. `who` asks for persons, `which` for one thing of several, `asks` for a time,
    a place or a reason. `reading` maps phrases, as regular expressions, to English, first things first. `links` are
    the letters that join two words into one, none among them. `deeds` are how a word says that something
    was done, and how the noun of the same deed ends ("-": it has no ending). `whether` is how a question begins that asks
    whether there is any of something. `day` is how a day is written, and `told` has the sentences of
    answers, by the English ones. `courtesy` has whole messages that no source has to answer, by what
    they are: greeting, thanks, farewell, personal. `prose` goes before `reading` where sentences of
    documents are read, `noise` are words that tell nothing there, `alike` words that say nearly the
    same, and `short` what has a point behind it that ends no sentence, as a regular expression.
    """

    code: str
    name: str
    decimal: str
    months: Mapping[str, int]
    numbers: Mapping[str, int]
    soft: frozenset[str]
    light: frozenset[str]
    polar: frozenset[str]
    openings: tuple[str, ...]
    calendar: frozenset[str]
    classes: Mapping[tuple[str, ...], str]
    groups: Mapping[str, frozenset[str]]
    reading: tuple[tuple[str, str], ...] = ()
    prose: tuple[tuple[str, str], ...] = ()
    noise: frozenset[str] = frozenset()
    alike: tuple[tuple[str, ...], ...] = ()
    short: re.Pattern[str] | None = None
    who: frozenset[str] = frozenset()
    which: frozenset[str] = frozenset()
    asks: frozenset[str] = frozenset()
    links: tuple[str, ...] = ("",)
    deeds: tuple[tuple[re.Pattern[str], str], ...] = ()
    whether: re.Pattern[str] | None = None
    day: str = "%Y-%m-%d"
    told: Mapping[str, str] = field(default_factory=dict[str, str])
    courtesy: Mapping[str, re.Pattern[str]] = field(default_factory=dict[str, re.Pattern[str]])

    def stem(self, word: str) -> str:
        """The stem of a word in lower case."""
        return stem_word(word, language=self.code)

    def groups_of(self, word: str) -> frozenset[str]:
        """The groups of words that mean the same as this one."""
        found = self.groups.get(self.stem(word))
        return found or self.groups.get(self.stem(word.removesuffix("s")), frozenset())


@cache
def language_pack(code: str) -> LanguagePack:
    """The pack of a language, by its ISO 639 code."""
    return _pack(tomllib.loads((files("tools.language") / f"{code}.toml").read_text("utf-8")))


@cache
def language_packs() -> tuple[LanguagePack, ...]:
    """Every pack there is, English first."""
    names = sorted(each.name for each in files("tools.language").iterdir())
    codes = [name.removesuffix(".toml") for name in names if name.endswith(".toml")]
    codes.sort(key=lambda code: code != ENGLISH)
    return tuple(map(language_pack, codes))


def pack_for(text: str) -> LanguagePack:
    """The pack that knows most of a text's words; English where two know as many."""
    words = [word.lower() for word in _WORD.findall(text)]
    return max(
        language_packs(), key=lambda pack: sum(word in small_words(pack.code) for word in words)
    )


@cache
def small_words(code: str) -> frozenset[str]:
    """The words of a language that name nothing of their own."""
    pack = language_pack(code)
    told = {word for phrase in pack.classes for word in phrase}
    return frozenset({*pack.soft, *pack.light, *pack.polar, *pack.months, *told})


def _pack(said: Mapping[str, "Mapping[str, str] | str | list[str]"]) -> LanguagePack:
    code = str(said["code"])
    groups: dict[str, set[str]] = {}
    for number, line in enumerate(_lines(said["groups"])):
        for word in line.split():
            groups.setdefault(stem_word(word, language=code), set()).add(f"{code}{number}")
    return LanguagePack(
        code=code,
        name=str(said["name"]),
        decimal=str(said["decimal"]),
        months={
            word: at for at, line in enumerate(_lines(said["months"]), 1) for word in line.split()
        },
        numbers={
            word: int(line.split()[0])
            for line in _lines(said["numbers"])
            for word in line.split()[1:]
        },
        soft=_words(said["soft"]),
        light=_words(said["light"]),
        polar=_words(said["polar"]),
        openings=tuple(_lines(said["openings"])),
        calendar=_words(said["calendar"]),
        classes={
            tuple(phrase.split()): name
            for name, phrases in _table(said["classes"]).items()
            for phrase in map(str.strip, phrases.split(","))
        },
        groups={stem: frozenset(ids) for stem, ids in groups.items()},
        reading=tuple(_both(line) for line in _lines(said.get("reading", ""))),
        prose=tuple(_both(line) for line in _lines(said.get("prose", ""))),
        noise=_words(said.get("noise", "")),
        short=_pattern(said.get("short")),
        alike=tuple(tuple(line.split()) for line in _lines(said.get("alike", ""))),
        links=("", *str(said.get("links", "")).split()),
        who=_words(said.get("who", "")),
        which=_words(said.get("which", "")),
        asks=_words(said.get("asks", "")),
        whether=_pattern(said.get("whether")),
        day=str(said.get("day", "%Y-%m-%d")),
        told=_table(said.get("told", {})),
        courtesy={
            kind: re.compile(rf"\W*(?:{form})\W*", re.IGNORECASE)
            for kind, form in _table(said.get("courtesy", {})).items()
        },
        deeds=tuple(
            (re.compile(form), ending.removeprefix("-"))
            for line in _lines(said.get("deeds", ""))
            for form, ending in [line.split()]
        ),
    )


def _pattern(said: object) -> re.Pattern[str] | None:
    return re.compile(str(said).strip(), re.IGNORECASE) if said else None


def _table(said: object) -> Mapping[str, str]:
    return said if isinstance(said, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def _both(line: str) -> tuple[str, str]:
    said, _, english = line.partition(" =")
    return said.strip(), english.strip()


def _lines(said: object) -> list[str]:
    return [line.strip() for line in str(said).splitlines() if line.strip()]


def _words(said: object) -> frozenset[str]:
    return frozenset(str(said).split())
