"""A parser whose steps are counted: reading ends, whatever the text is."""

from typing import Any

from sqlglot import Token, TokenType, exp, parser as base

from tools.errors import Refused

_STEPS_FOR_A_TOKEN = 15
"""Steps from token to token, forward and back; honest statements take 2 at most."""

_STEPS_AT_LEAST = 2_000
_LOOKS_FOR_A_STEP = 15
"""Looks at the next token; honest statements take 20 for a token, which is 1.3 for a step."""

_TOO_LONG = "The statement takes too long to read. Reduce the nesting."


class BoundedParser(base.Parser):
    """A parser with a step limit.

    Backtracking at every level doubles its time, and some of its loops do not end on text that is
    not SQL.
    """

    steps_left = 0
    looks_left = 0

    def parse(self, raw_tokens: list[Token], sql: str) -> list[exp.Expr | None]:
        """Parse within a number of steps that grows with the tokens.

        Raises:
            Refused: they take more.
        """
        self.steps_left = _STEPS_AT_LEAST + _STEPS_FOR_A_TOKEN * len(raw_tokens)
        self.looks_left = _LOOKS_FOR_A_STEP * self.steps_left
        return super().parse(raw_tokens, sql)

    def _advance(self, times: int = 1) -> None:
        self.steps_left -= 1
        if self.steps_left < 0:
            raise Refused(_TOO_LONG)
        super()._advance(times)

    def _match(self, token_type: TokenType, *options: Any, **named: Any) -> bool:
        self.looks_left -= 1
        if self.looks_left < 0:
            raise Refused(_TOO_LONG)
        return super()._match(token_type, *options, **named)
