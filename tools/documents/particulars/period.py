"""The period that a document covers, as its cover, its title or its file's name gives it."""

import re
from collections.abc import Iterable, Sequence

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|januar|februar|märz|mai|juni|juli|oktober|dezember)"
)
_YEAR = r"(?:19|20)\d\d"
_DATE = (
    rf"(?:{_MONTH}\.?\s+\d{{1,2}}\s*,?\s+{_YEAR}|\d{{1,2}}\.?\s+{_MONTH}\.?,?\s+{_YEAR}"
    rf"|{_YEAR}-\d\d-\d\d|\d{{1,2}}[./]\d{{1,2}}[./]{_YEAR}|{_MONTH}\s+{_YEAR})"
)
_ENDED = re.compile(
    rf"\b(?:(?:fiscal|financial|calendar)\s+)?(?:(?:\d+|three|six|nine|twelve|thirteen|fifty-two|"
    rf"fifty-three)\s+(?:months|weeks)|(?:quarterly\s+)?period|(?:first\s+)?half[- ]year|year|quarter)\s+"
    rf"(?:ended|ending)\s*:?\s+{_DATE}"
    rf"|\b(?:geschäftsjahr|wirtschaftsjahr|quartal|halbjahr)\s+(?:vom\s+{_DATE}\s+)?(?:bis\s+)?(?:zum\s+)?{_DATE}",
    re.IGNORECASE,
)
_GAP = r"[ _-]?"
_TO = "/\N{EN DASH}-"
_NUMBERS = {"first": "1", "second": "2", "third": "3", "fourth": "4"}
_PART = re.compile(
    rf"(?<![^\W_])(?:(?P<part>[QH][1-4]|[1-4][QH]){_GAP}(?:FY|CY)?{_GAP}'?(?P<year>{_YEAR}|\d\d)"
    rf"|(?P<year2>{_YEAR}){_GAP}(?P<part2>[QH][1-4]|[1-4][QH])"
    rf"|(?P<word>first|second|third|fourth|[1-4]\.)\s+(?P<length>quarter|quartal|half|halbjahr)"
    rf"(?:\s+(?:of|fiscal|year))*,?\s+(?P<year3>{_YEAR}))(?![^\W_])",
    re.IGNORECASE,
)
_FISCAL = re.compile(
    rf"(?<![^\W_])(?:FY|fiscal(?:\s+year)?|financial\s+year|geschäftsjahr)[ _'-]*"
    rf"(?P<year>{_YEAR}|\d\d)(?:\s?[{_TO}]\s?(?P<to>\d\d(?:\d\d)?))?(?![^\W_])",
    re.IGNORECASE,
)
_ALONE = re.compile(rf"(?<![^\W_]){_YEAR}(?:[{_TO}]\d\d(?![\d{_TO}]))?(?![^\W_])")
_LONGEST_LINE = 12


def period_of(lines: Sequence[str], *, title: str, name: str) -> str:
    """The period, or nothing: "year ended December 31, 2021", "Q3 2023", "fiscal 2022", "2021"."""
    ended = _ENDED.search(" ".join([title, *lines]))  # the date may stand in another cell
    short = [line for line in lines if len(line.split()) <= _LONGEST_LINE]
    part = _part([title, name, *short])
    named = part or _fiscal([title, name, *short]) or _alone(title) or _alone(name)
    if not ended:
        return named
    shown = " ".join(ended.group().split())
    return f"{shown} ({part})" if part else shown


def _first(pattern: re.Pattern[str], texts: Iterable[str]) -> "re.Match[str] | None":
    return next(filter(None, map(pattern.search, texts)), None)


def _part(texts: Iterable[str]) -> str:
    found = _first(_PART, texts)
    if found is None:
        return ""
    year = _whole(found["year"] or found["year2"] or found["year3"])
    if found["word"]:
        number = _NUMBERS.get(found["word"].lower(), found["word"][0])
        return f"{'Q' if found['length'].lower().startswith('q') else 'H'}{number} {year}"
    part = (found["part"] or found["part2"]).upper()
    return f"{part if part[0].isalpha() else part[::-1]} {year}"


def _fiscal(texts: Iterable[str]) -> str:
    found = _first(_FISCAL, texts)
    if found is None:
        return ""
    to = f"/{found['to']}" if found["to"] else ""
    return f"fiscal {_whole(found['year'])}{to}"


def _alone(text: str) -> str:
    """The years of a title or a file's name, where it has one, or two as ends of a span."""
    years = list(dict.fromkeys(_ALONE.findall(text)))
    return "\N{EN DASH}".join(years) if len(years) <= 2 and years == sorted(years) else ""


def _whole(year: str) -> str:
    return year if len(year) > 2 else f"20{year}"
