"""The context window of a prompt, and what is left out to fit it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

_PIECES = re.compile(r"[A-Za-z]{1,3}|[^A-Za-z\s]")
_WIDE = re.compile("[\u3000-\U0010ffff]")  # two tokens each
_LOOKS = 3
"""Times that a choice is counted: what was left out may have had fewer tokens for its letters."""


class Window(Protocol):
    """The window of the chat model."""

    def room(self, reply: int | None) -> int | None:
        """Prompt tokens that leave room for a `reply`; None: unlimited."""
        ...

    async def look(self) -> None:
        """Find out what is not known yet, before a first prompt is made to fit."""
        ...

    async def count(self, text: str) -> int:
        """Tokens of a text, exact where the server tells and never fewer than it takes."""
        ...


@dataclass(frozen=True, slots=True)
class UnboundedWindow:
    """The window of a model that reads whatever it is given."""

    def room(self, reply: int | None) -> int | None:
        del reply
        return None

    async def look(self) -> None: ...

    async def count(self, text: str) -> int:
        return estimate_tokens(text)


@lru_cache(maxsize=64)  # a schema is counted in every turn that asks its database
def estimate_tokens(text: str) -> int:
    """Tokens of a text, rather too many: a word is cut every 3 letters, all else counts by itself.

    Spaces go with the word behind them, as in every byte-pair vocabulary since GPT-2.
    """
    return len(_PIECES.findall(text)) + (0 if text.isascii() else len(_WIDE.findall(text)))


def _at_most(text: str) -> int:
    """An upper bound for the tokens of a text, without tokenizing it."""
    return len(text) if text.isascii() else 2 * len(text)


async def fit_forms(
    window: Window, fixed: str, wanted: Sequence[Sequence[str]], *, reply: int | None
) -> list[str | None]:
    """For each wanted piece, the first of its forms that fits, or None.

    `fixed` goes in first. Pieces are ordered by importance, and their forms from longest to
    shortest. Forms are never cut. If the window can count exactly, the choice is exact.
    """
    room = window.room(reply) if wanted else None
    whole = [forms[0] for forms in wanted]
    if room is None:
        return list(whole)
    if sum(map(_at_most, [fixed, *whole])) <= room:
        return list(whole)
    guess = sum(map(estimate_tokens, [fixed, *whole]))
    if guess <= room:
        return list(whole)
    exact = await window.count("\n".join([fixed, *whole]))
    if exact <= room:
        return list(whole)
    chosen: list[str | None] = []
    for _ in range(_LOOKS):
        chosen = _chosen(wanted, exact / guess, room - estimate_tokens(fixed) * exact / guess)
        shown = [fixed, *(form for form in chosen if form is not None)]
        exact, guess = await window.count("\n".join(shown)), sum(map(estimate_tokens, shown))
        if exact <= room:
            break
    return chosen


def _chosen(wanted: Sequence[Sequence[str]], rate: float, left: float) -> list[str | None]:
    """The forms that go into what is `left`, at `rate` tokens for an estimated one."""
    chosen: list[str | None] = []
    for forms in wanted:
        taken = next((form for form in forms if estimate_tokens(form) * rate <= left), None)
        left -= estimate_tokens(taken or "") * rate
        chosen.append(taken)
    return chosen
