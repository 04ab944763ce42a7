"""The context window of a served chat model, as far as it is known."""

from collections.abc import Awaitable, Callable

from agent.window import estimate_tokens

ASSUMED_TOKENS = 4096
"""For a server that does not say: the least that current instruct models are served with."""
TEMPLATE_TOKENS = 100
"""Tokens reserved for a chat template: a heading (26 in Llama 3's) and 5 around each of up to fourteen
messages. No server counts them before the real request."""

Count = Callable[[str], Awaitable[int | None]]


class ModelWindow:
    """It may be known later. `reply` tokens are reserved for the answer, `template` tokens besides.

    `ask_server` asks the server, and says whether that has answered.
    """

    def __init__(self, context_tokens: int | None, *, reply: int, template: int = 0) -> None:
        self.is_set = context_tokens is not None
        self.context_tokens = context_tokens
        self.input_tokens: int | None = None
        self.counted: Count | None = None
        self.ask_server: Callable[[], Awaitable[bool]] | None = None
        self._reply = reply
        self._template = template

    def room(self, reply: int | None) -> int | None:
        """Tokens that a prompt may take."""
        context = self.context_tokens or ASSUMED_TOKENS
        beside = context - (self._reply if reply is None else reply)
        most = beside if self.input_tokens is None else min(beside, self.input_tokens)
        return max(0, most - self._template)

    def learn(self, context_tokens: int | None, input_tokens: int | None = None) -> None:
        """Take what a server says, unless a setting says otherwise; of several, the least."""
        if context_tokens is None or self.is_set:
            return
        self.context_tokens = _least(self.context_tokens, context_tokens)
        self.input_tokens = _least(self.input_tokens, input_tokens)

    async def look(self) -> None:
        """Ask the server, unless it has answered or a setting says it all."""
        if self.ask_server and self.context_tokens is None and await self.ask_server():
            self.ask_server = None

    async def count(self, text: str) -> int:
        """Tokens as the server counts them, else as they are estimated."""
        counted = await self.counted(text) if self.counted else None
        return estimate_tokens(text) if counted is None else counted


def _least(known: int | None, said: int | None) -> int | None:
    return min((one for one in (known, said) if one is not None), default=None)
