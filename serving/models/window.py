"""What a served chat model can read at once, as far as is known."""

from collections.abc import Awaitable, Callable

from agent.window import estimate

ASSUMED_TOKENS = 4096
"""For a server that does not say: the least that current instruct models are served with."""

Count = Callable[[str], Awaitable[int | None]]


class ModelWindow:
    """`context_tokens` and `counted` may become known later; `reply` is kept free for an answer."""

    def __init__(self, context_tokens: int | None, *, reply: int) -> None:
        self.is_set = context_tokens is not None
        self.context_tokens = context_tokens
        self.counted: Count | None = None
        self._reply = reply

    def room(self, reply: int | None) -> int | None:
        """Tokens that a prompt may take."""
        context = self.context_tokens or ASSUMED_TOKENS
        return max(0, context - (self._reply if reply is None else reply))

    def learn(self, context_tokens: int | None) -> None:
        """Take what a server says, unless a setting says otherwise; of several, the least."""
        if context_tokens is None or self.is_set:
            return
        known = self.context_tokens
        self.context_tokens = context_tokens if known is None else min(known, context_tokens)

    async def count(self, text: str) -> int:
        """Tokens as the server counts them, else as they are estimated."""
        counted = await self.counted(text) if self.counted else None
        return estimate(text) if counted is None else counted
