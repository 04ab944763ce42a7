"""The page's texts by key, and numbers as people of each language write them."""

import json
from functools import cache
from pathlib import Path

from chainlit_app.texts.language import Language, current_language

HERE = Path(__file__).parent


@cache
def texts(language: Language) -> dict[str, str]:
    """Every text of a language by its key; the values to fill in stand in braces."""
    return json.loads((HERE / f"{language}.json").read_text(encoding="utf-8"))


@cache
def wording(language: Language) -> dict[str, str]:
    """Our words in place of Chainlit's, by the path of each in Chainlit's own table."""
    return json.loads((HERE / f"wording.{language}.json").read_text(encoding="utf-8"))


def about(language: Language) -> str:
    """What the page says of itself, as Markdown."""
    return (HERE / f"about.{language}.md").read_text(encoding="utf-8")


def words_for(key: str, **values: object) -> str:
    """A text in the visitor's language, with its values filled in."""
    said = texts(current_language())[key]
    return said.format_map(values) if values else said


def role_name(role: str) -> str:
    """What a model does; a service may have a role that the page does not know."""
    return texts(current_language()).get(f"role.{role}", role.replace("_", " "))


def in_digits(value: float, places: int = 0) -> str:
    """`1,234.5` or `1.234,5`."""
    signs = str.maketrans({",": words_for("number.group"), ".": words_for("number.decimal")})
    return f"{value:,.{places}f}".translate(signs)


def counted(count: int, noun: str) -> str:
    """`1 row`, `1,234 rows`; the noun is a key under `count`."""
    return words_for(f"count.{noun}.{'one' if count == 1 else 'other'}", number=in_digits(count))
