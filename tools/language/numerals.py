"""Numbers as a language writes them."""

import re

from tools.language.pack import LanguagePack


def number_of(text: str, pack: LanguagePack) -> float | None:
    """Parse a number as the language writes it; None if it is not one."""
    decimal = re.escape(pack.decimal)
    thousands = re.escape("." if pack.decimal == "," else ",")
    if not re.fullmatch(
        rf"\d+(?:{decimal}\d+)?|\d{{1,3}}(?:{thousands}\d{{3}})+(?:{decimal}\d+)?", text
    ):
        return None
    plain = text.replace("." if pack.decimal == "," else ",", "").replace(pack.decimal, ".")
    return float(plain)
