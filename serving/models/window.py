"""What a served chat model can read at once, as far as is known."""

from collections.abc import Awaitable, Callable

from agent.window import estimate

ASSUMED_TOKENS = 4096
"""For a server that does not say: the least that current instruct models are served with."""

Count = Callable[[str], Awaitable[int | None]]


class ModelWindow:
    """What is known of it may come later; `reply` is kept free for an answer.

    `acquaint` asks the server, and says whether that has answered.
    """

    def __init__(self, context_tokens: int | None, *, reply: int) -> None:
        self.is_set = context_tokens is not None
        self.context_tokens = context_tokens
        self.input_tokens: int | None = None
        self.counted: Count | None = None
        self.acquaint: Callable[[], Awaitable[bool]] | None = None
        self._reply = reply

    def room(self, reply: int | None) -> int | None:
        """Tokens that a prompt may take."""
        context = self.context_tokens or ASSUMED_TOKENS
        beside = max(0, context - (self._reply if reply is None else reply))
        return beside if self.input_tokens is None else min(beside, self.input_tokens)

    def learn(self, context_tokens: int | None, input_tokens: int | None = None) -> None:
        """Take what a server says, unless a setting says otherwise; of several, the least."""
        if context_tokens is None or self.is_set:
            return
        self.context_tokens = _least(self.context_tokens, context_tokens)
        self.input_tokens = _least(self.input_tokens, input_tokens)

    async def look(self) -> None:
        """Ask the server, unless it has answered or a setting says it all."""
        if self.acquaint and self.context_tokens is None and await self.acquaint():
            self.acquaint = None

    async def count(self, text: str) -> int:
        """Tokens as the server counts them, else as they are estimated."""
        counted = await self.counted(text) if self.counted else None
        return estimate(text) if counted is None else counted


def _least(known: int | None, said: int | None) -> int | None:
    return min((one for one in (known, said) if one is not None), default=None)
