"""The company that a document belongs to: a name with a legal form, which the document repeats."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tools.documents.particulars.kind import without_kind

_UPPER = "A-ZÀ-ÖØ-Þ"
_QUOTE = "\N{RIGHT SINGLE QUOTATION MARK}"
_FORMS = r"""Inc Incorporated Corporation Corp Company Limited Ltd L\.L\.C LLC L\.L\.P LLP L\.P PLC plc
N\.V B\.V S\.A S\.p\.A SpA S\.r\.l Srl SARL SAS GmbH mbH KGaA KG OHG AG SE e\.V eG AB ASA A/S Oyj Oy
Pty Pte K\.K Holdings Bhd Co INC INCORPORATED CORPORATION CORP COMPANY LIMITED LTD GMBH HOLDINGS""".split()
_TAIL = r"(?:,?\s+(?:(?:&|and|und)\s+Co\b\.?|Inc|Ltd|LTD|Limited|PLC|plc|KGaA|KG|AG|LLC|INC)\b\.?)*"
_TOKEN = rf"(?:(?=[^\s]*[{_UPPER}])[{_UPPER}0-9][\w.'{_QUOTE}+/-]*|&|and|und|of|de|du|der)"
_NAMED = re.compile(
    rf"(?<![\w.])((?:{_TOKEN},?\s+){{1,8}}?)((?:{'|'.join(_FORMS)})(?![\w/])\.?{_TAIL})"
)
_JOINING = frozenset("& and und of de du der the".split())
_GENERAL = frozenset(
    """a an the our this that parent holding public private shell smaller reporting emerging growth
    portfolio investment operating foreign listed joint stock limited insurance trust registrant
    issuer borrower lender seller buyer purchaser service management subsidiary affiliated company bank
    savings corporation documents and of & gesellschaft""".split()
)
"""Words that name no company, however many of them stand before its legal form."""
_LABEL = re.compile(
    r"name of (?:the )?(?:registrant|issuer|company|reporting entity)|^(?:company|issuer|firma)\s*:",
    re.IGNORECASE,
)
_CHARTER = re.compile(r"\W*exact name of (?:the )?(?:registrant|issuer|company)", re.IGNORECASE)
"""Below a company's name, whether that has a legal form or not."""
_PLAIN_NAME = re.compile(rf"(?:{_TOKEN},?\s+){{0,6}}{_TOKEN}\.?")
_SMALL_CAPITALS = re.compile(r"(?<![^\W_])([A-Z]) (?=[A-Z]{2,})")
"""A capital apart from its word, as print in two sizes leaves it: "R ESORTS I NTERNATIONAL"."""
_EXCHANGE = re.compile(r"stock exchange\W*$", re.IGNORECASE)
_MENTIONS, _AHEAD = 2, 3
"""How often a name must stand in the document, and how many times as often as any other."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A company's whole name, its name without the legal form, and whether it stands alone."""

    whole: str
    core: str
    is_labelled: bool = False
    is_line: bool = False


def company_of(lines: Sequence[str], text: str, *, title: str, name: str, stated: str) -> str:
    """The company, or nothing where none is sure; `stated` is what the file's properties say.

    `lines` are the document's opening, `text` is all of it, `name` that of its file.
    """
    text = text.casefold()
    found = list(_candidates([title, *lines], text))
    labelled = {each.core.casefold(): each for each in found if each.is_labelled}
    if len(labelled) == 1:
        return next(iter(labelled.values())).whole
    counted = {each: _mentions(each.core, text) for each in _different(found)}
    called = [each for each in counted if _is_in_name(each.core, f"{title} {name}")]
    if len(called) == 1 and not labelled:
        return called[0].whole
    sure = _most_mentioned(counted)
    if not sure and not counted and stated and _mentions(stated, text) >= _MENTIONS:
        return stated
    return sure


def _most_mentioned(counted: "dict[_Candidate, int]") -> str:
    ranked = sorted(counted.items(), key=lambda item: -item[1])
    if not ranked:
        return ""
    (first, count), *others = ranked
    is_alone = not others and first.is_line
    if count < (1 if is_alone else _MENTIONS) or (others and count < _AHEAD * others[0][1]):
        return ""
    return first.whole


def _candidates(lines: Sequence[str], text: str) -> Iterator[_Candidate]:
    last = len(lines) - 1
    for at, line in enumerate(lines):
        below, next_but_one = (lines[i] if i <= last else "" for i in (at + 1, at + 2))
        is_labelled = _LABEL.search(below) is not None and not _NAMED.search(below)
        # A cover whose lines are read as columns has the state between a name and its label.
        is_labelled = is_labelled or bool(_CHARTER.match(next_but_one) and _plain_name(below))
        above = lines[at - 1] if at else ""
        if _CHARTER.match(below) and not _NAMED.search(above) and (name := _plain_name(line)):
            yield _Candidate(name, name, is_labelled=True, is_line=True)
        for found in _NAMED.finditer(line):
            is_named = _LABEL.search(line[: found.start()]) is not None
            # The first is the title, which is a name of its own.
            is_line = is_named or at == 0 or len(found.group()) + 2 >= len(line)
            words = _bare(found[1].split())
            words = words if is_line else _repeated(words, text)
            core = " ".join(words).strip(" ,")
            if core and not _EXCHANGE.search(core):
                is_named = is_named or (is_labelled and is_line)
                yield _Candidate(f"{core}{_between(found)}{found[2]}", core, is_named, is_line)


def _plain_name(line: str) -> str:
    """The name that a line is, where it has no legal form: "JOHNSON & JOHNSON"."""
    split = _SMALL_CAPITALS.findall(line)
    name = _SMALL_CAPITALS.sub(r"\1", line) if len(split) > 1 else line
    is_name = _PLAIN_NAME.fullmatch(name) and not _NAMED.search(name)
    return name if is_name and _bare(name.split()) else ""


def _between(found: "re.Match[str]") -> str:
    return ", " if found[1].rstrip().endswith(",") else " "


def _bare(words: list[str]) -> list[str]:
    """The words of a name without what stands before it in a title: "Annual report of"."""
    words = without_kind(words)
    while words and words[0].strip(",").casefold() in _JOINING:
        words = words[1:]
    is_name = any(word.strip(",.").casefold() not in _GENERAL for word in words)
    return words if is_name else []


def _repeated(words: list[str], text: str) -> list[str]:
    """The longest end of a name that the text has more than once: sentences run into it.

    Where there is none, the whole: another company is named, whichever it is.
    """
    ends = (words[start:] for start in range(len(words)))
    likely = (end for end in ends if _bare(end) == end)
    return next((e for e in likely if _mentions(" ".join(e).strip(" ,"), text) >= _MENTIONS), words)


def _different(found: Sequence[_Candidate]) -> list[_Candidate]:
    """Each company once, by the way it is named first; "Acme" and "Acme Tools" are not two."""
    kept = dict[str, _Candidate]()
    for each in found:
        core = each.core.casefold()
        if not any(core in other or other in core for other in kept):
            kept[core] = each
    return list(kept.values())


def _mentions(core: str, text: str) -> int:
    """How often a text in small letters has a name, as whole words."""
    name = core.casefold()
    parts = text.split(name) if name else [text]
    return sum(
        not (before[-1:].isalnum() or after[:1].isalnum()) for before, after in pairwise(parts)
    )


def _is_in_name(core: str, name: str) -> bool:
    """Whether a title or a file's name has the name, as such names write it: "ACMETOOLS_2021"."""
    wanted, there = (re.sub(r"[\W_]+", "", each).casefold() for each in (core, name))
    return len(wanted) > 1 and wanted in there
