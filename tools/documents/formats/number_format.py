"""Numbers as a spreadsheet shows them, where that says more than the number (ECMA-376, 18.8.31)."""

import re
from contextlib import suppress
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"'
    r"|\\(?P<escaped>.)"
    r"|\[\$(?P<currency>[^\]-]*)[^\]]*\]"
    r"|(?P<passed>\[[^\]]*\]|_.|\*.)"
    r"|(?P<digits>[#0?][#0?,]*(?:\.[#0?]*)?|\.[#0?]+)"
    r"|(?P<plain>[-+ $€£¥%()/:])"
)
_ASKS_FOR_TEXT = re.compile(r'[%$€£¥]|"[^"]*\w[^"]*"|\[\$[^\]-]')


def show(number: float, number_format: str) -> str:
    """The number in a format that gives it a percent sign, a currency or a unit, else as it is.

    Formats that only group digits or round are left aside: the number itself says more.
    """
    section, number = _section(number, number_format)
    if _ASKS_FOR_TEXT.search(section):
        written = _write(number, section)
        if written is not None:
            return written
    if isinstance(number, int):
        return str(number)
    # Arithmetic in binary shows: 0.1 + 0.2 is stored as 0.30000000000000004.
    return f"{number:.15g}"


def _section(number: float, number_format: str) -> tuple[str, float]:
    """The part of a format that is for this sign; one for negative numbers writes its own minus."""
    sections = re.findall(r'(?:"[^"]*"|\\.|[^;"\\])+', number_format) or [""]
    if "[<" in number_format or "[>" in number_format or "[=" in number_format:
        return "", number
    if number < 0 and len(sections) > 1:
        written = sections[1] if re.search(r"[-(]", sections[1]) else f"-{sections[1]}"
        return written, -number if _ASKS_FOR_TEXT.search(written) else number
    return sections[0], number


def _write(number: float, section: str) -> str | None:
    """None where the format is none of numbers, or of ones that are not written here."""
    before, after, digits, place = "", "", "", 0
    while place < len(section):
        token = _TOKEN.match(section, place)
        if token is None or (token["digits"] and digits):
            return None
        place = token.end()
        text = token["quoted"] or token["escaped"] or token["currency"] or token["plain"] or ""
        if token["digits"]:
            digits = token["digits"]
        elif digits:
            after += text
        else:
            before += text
    if not digits:
        return None
    value = Decimal(repr(number)) * 100 ** (before + after).count("%")
    sign = "-" if value < 0 else ""
    with suppress(InvalidOperation):  # more digits than anybody counts, or no number
        return f"{sign}{before}{_digits(abs(value), digits)}{after}".strip()
    return None


def _digits(value: Decimal, pattern: str) -> str:
    whole, _, fraction = pattern.partition(".")
    scaled = whole.rstrip(",")
    value /= 1000 ** (len(whole) - len(scaled))
    least = sum(mark != "#" for mark in fraction)
    rounded = value.quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP)
    written = f"{rounded:,f}" if "," in scaled else f"{rounded:f}"
    for _ in range(len(fraction) - least):
        written = written.removesuffix("0")
    return written.rstrip(".")
