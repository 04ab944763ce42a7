"""How much a prompt may hold, and what is left out of one that would hold more."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

_PIECES = re.compile(r"[A-Za-z]{1,3}|[^A-Za-z\s]")
_WIDE = re.compile("[\u3000-\U0010ffff]")  # two tokens each


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
    return len(_PIECES.findall(text)) + (0 if text.isascii() else len(_WIDE.findall(text)))


def _at_most(text: str) -> int:
    """What no estimate of a text exceeds, without reading it."""
    return len(text) if text.isascii() else 2 * len(text)


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
    if sum(map(_at_most, [fixed, *whole])) <= room:
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
