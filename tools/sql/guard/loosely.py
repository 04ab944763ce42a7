"""Names as the most generous engine compares them, and words that may be names."""

import unicodedata

from sqlglot import exp

_KEPT = frozenset("_$#@ -.")
_KANA = {kana: kana + 0x60 for kana in range(0x3041, 0x3097)}
_SAME = (
    str.maketrans(
        {
            "æ": "ae",
            "œ": "oe",
            "þ": "th",
            "ð": "d",
            "đ": "d",
            "ø": "o",
            "ł": "l",
            "ħ": "h",
            "ŧ": "t",
        }
        | {
            "\u0131": "i",
            "ĸ": "k",
            "ŋ": "n",
            "ŀ": "l",
            "ŉ": "n",
            "ƒ": "f",
            "ƀ": "b",
            "ɨ": "i",
            "ʉ": "u",
        }
    )
    | _KANA
)
"""Letters that a collation of SQL Server takes for others, and hiragana for katakana."""

_WORDS: dict[type[exp.Expr], str] = {
    exp.CurrentDate: "current_date",
    exp.CurrentTime: "current_time",
    exp.CurrentTimestamp: "current_timestamp",
    exp.Localtime: "localtime",
    exp.Localtimestamp: "localtimestamp",
}


def loose(name: str) -> str:
    """A name without all that some collation gives no weight: case, accents, width, spaces at its end.

    SQL Server takes `[secret ]` and, by its collation, `[secrét]` for `secret`, and `[þx]` for `thx`;
    signs without a weight, such as a zero-width space, are nothing to it.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    folded = unicodedata.normalize("NFKD", folded.translate(_SAME))
    kept = (each for each in folded if each.isalnum() or each in _KEPT)
    return "".join(map(_as_digit, kept)).rstrip(" ")


def _as_digit(sign: str) -> str:
    """An ASCII digit for the digit of any script."""
    return str(unicodedata.decimal(sign, sign))


def bare_word(node: exp.Expr) -> str:
    """The word that is written for a node without parentheses, which an engine takes for a column first."""
    if isinstance(node, exp.Anonymous) and not node.expressions:
        return loose(node.name)
    return _WORDS.get(type(node), "")
