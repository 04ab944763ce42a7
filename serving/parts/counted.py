"""A completion model whose calls are charged to the turn that makes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from agent.sql_writers import CompletionModel
from serving.observability.spending import bill_here
from serving.observability.token_counts import TokenCount, completion_tokens
from tools.errors import Overloaded, Unreached


@dataclass(frozen=True, slots=True)
class CountedCompletion:
    """Asks `model`, and counts its tokens under a name by an estimate: the server tells none."""

    model: CompletionModel
    name: str

    async def complete(self, prompt: str, *, stop: Sequence[str], max_new_tokens: int) -> str:
        """The text that follows the prompt, without the stop sequence that ended it."""
        began, written, is_read = perf_counter(), "", True
        try:
            written = await self.model.complete(prompt, stop=stop, max_new_tokens=max_new_tokens)
        except (Overloaded, Unreached):
            is_read = False
            raise
        finally:
            if bill := bill_here():
                count = completion_tokens(prompt, written) if is_read else TokenCount()
                bill.end(self, self.name, count, seconds=perf_counter() - began)
        return written
