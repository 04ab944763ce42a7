"""How much a prompt may hold, and what is left out of one that would hold more."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Protocol

_LETTERS = re.compile(r"[A-Za-z]+")
_OTHERS = re.compile(r"[^A-Za-z\s]")
_WIDE = re.compile("[\u3000-\U0010ffff]")  # two tokens each
LETTERS_A_TOKEN = 3


class Window(Protocol):
    """What the chat model behind it can read at once."""

    def room(self, reply: int | None) -> int | None:
        """Tokens that a prompt may take beside `reply` tokens of an answer; None: any number."""
        ...

    async def look(self) -> None:
        """Find out what is not known yet, before a first prompt is made to fit."""
        ...

    async def count(self, text: str) -> int:
        """Tokens of a text, exact where the server tells and never fewer than it takes."""
        ...


@dataclass(frozen=True, slots=True)
class Unbounded:
    """The window of a model that reads whatever it is given."""

    def room(self, reply: int | None) -> int | None:
        del reply
        return None

    async def look(self) -> None: ...

    async def count(self, text: str) -> int:
        return estimate(text)


def estimate(text: str) -> int:
    """Tokens of a text, rather too many: a word is cut every 3 letters, all else counts by itself.

    Spaces go with the word behind them, as in every byte-pair vocabulary since GPT-2.
    """
    lengths = [len(word) for word in _LETTERS.findall(text)]
    others = len(_OTHERS.findall(text)) + len(_WIDE.findall(text))
    return sum(ceil(length / LETTERS_A_TOKEN) for length in lengths) + others


async def fit(
    window: Window, fixed: str, wanted: Sequence[Sequence[str]], *, reply: int | None
) -> list[str | None]:
    """For each piece that is wanted the first of its forms that there is room for, or None.

    `fixed` goes in before everything; what is wanted stands in the order of its importance, and
    its forms from the longest to the shortest. No form is ever cut.
    """
    room = window.room(reply) if wanted else None
    whole = [forms[0] for forms in wanted]
    if room is None:
        return list(whole)
    guess = sum(map(estimate, [fixed, *whole]))
    if guess <= room:
        return list(whole)
    exact = await window.count("\n".join([fixed, *whole]))
    if exact <= room:
        return list(whole)
    left = room - estimate(fixed) * exact / guess
    chosen: list[str | None] = []
    for forms in wanted:
        taken = next((form for form in forms if estimate(form) * exact / guess <= left), None)
        left -= estimate(taken or "") * exact / guess
        chosen.append(taken)
    return chosen
