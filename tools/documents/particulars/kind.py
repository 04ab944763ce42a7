"""What kind of document it is, where its title, its file's name or a line of its cover says so."""

import re
from collections.abc import Sequence
from functools import cache

_KINDS = """
annual report|annual financial report|annual accounts|jahresbericht|geschäftsbericht|jahresabschluss
quarterly report|quartalsbericht|interim report|zwischenbericht|half-year report|half-yearly report
half year report|halbjahresbericht|transition report|current report|management report|lagebericht
sustainability report|nachhaltigkeitsbericht|audit report|prüfbericht|prüfungsbericht|test report
inspection report|incident report|progress report|project report|status report|technical report
medical report|case study|white paper|whitepaper|earnings release|press release|pressemitteilung
financial statements|prospectus|proxy statement|tender offer|budget|business plan|balance sheet
employment contract|arbeitsvertrag|lease agreement|mietvertrag|service agreement|dienstvertrag
framework agreement|rahmenvertrag|purchase agreement|kaufvertrag|license agreement|licence agreement
non-disclosure agreement|confidentiality agreement|loan agreement|credit agreement|merger agreement
service level agreement|data processing agreement|agreement|contract|vertrag|terms and conditions
terms of service|allgemeine geschäftsbedingungen|privacy policy|datenschutzerklärung
invoice|rechnung|credit note|gutschrift|quotation|angebot|purchase order|bestellung|delivery note
lieferschein|receipt|quittung|price list|preisliste|catalogue|catalog|katalog
safety data sheet|sicherheitsdatenblatt|data sheet|datasheet|datenblatt|specification|spezifikation
requirements specification|lastenheft|pflichtenheft|user manual|user guide|operating manual
operating instructions|betriebsanleitung|bedienungsanleitung|installation guide|handbook|handbuch
manual|guide|guidelines|guideline|leitfaden|richtlinie|policy|standard operating procedure|procedure
verfahrensanweisung|arbeitsanweisung|work instruction|checklist|checkliste|fact sheet
clinical trial protocol|clinical study protocol|study protocol|minutes of the meeting|meeting minutes
minutes|sitzungsprotokoll|protokoll|memorandum|memo|newsletter|job description|stellenbeschreibung
curriculum vitae|lebenslauf|résumé|thesis|dissertation|patent|frequently asked questions|faq
accident report|investigation report|aviation investigation|release notes|roadmap|tutorial|syllabus
"""
_FORM = re.compile(r"\W*\bform\s+((?:\d+|[A-Z]{1,2})(?:-[A-Z0-9]{1,4})?(?:/A)?)(?![\w-])", re.I)
_OTHER_WORDS = 3
"""Words that a line of the cover may have beside a kind: a sentence may mention any kind."""
_BEGINNING = 12
_TITLED = re.compile(
    r"(?:[^\W\d_]+\s+)?(?:report|plan|statement|study|presentation|letter|notice|strategy)$|\w*bericht$",
    re.IGNORECASE,
)
"""What is a kind at the end of a title, and may be anything elsewhere."""
_MOST_LINES = 25


def stated_kind(lines: Sequence[str], *, title: str, name: str) -> str:
    """The kind, in small letters, with the number of the form where it is one; or nothing."""
    called = [title, re.sub(r"[\W_]+", " ", name)]
    opening = lines[:_MOST_LINES]
    named = [*map(_named, called), *map(_titled, called), *map(_alone, opening)]
    kind = next(filter(None, named), "")
    forms = [*map(_FORM.search, called), *map(_FORM.match, opening)]
    form = next(filter(None, forms), None)
    return ", ".join(filter(None, (kind, f"form {form[1].upper()}" if form else "")))


def without_kind(words: Sequence[str]) -> list[str]:
    """The words after the last that say what kind of document something is."""
    found = list(_pattern().finditer(text := " ".join(words)))
    return text[found[-1].end() :].split() if found else list(words)


def _named(text: str) -> str:
    found = _pattern().search(text)
    return found.group().casefold() if found else ""


def _titled(text: str) -> str:
    found = _TITLED.search(text)
    return found.group().casefold() if found else ""


def _alone(line: str) -> str:
    """The kind that a line gives, with hardly another word, or first of all and in capitals."""
    found = _pattern().search(line)
    if found is None:
        return ""
    kind = found.group()
    is_head = kind.isupper() and found.start() <= _BEGINNING
    is_line = len(line.split()) - len(kind.split()) <= _OTHER_WORDS
    return kind.casefold() if is_head or is_line else ""


@cache
def _pattern() -> re.Pattern[str]:
    kinds = sorted((kind for kind in re.split(r"[|\n]", _KINDS) if kind), key=len, reverse=True)
    any_kind = "|".join(re.escape(kind).replace(r"\ ", r"\s+") for kind in kinds)
    return re.compile(rf"(?<![\w-])(?:{any_kind})(?![\w-])", re.IGNORECASE)
