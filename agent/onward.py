"""A node and its route in one step of the graph.

LangGraph's own conditional edges copy every channel of the state for each look, and run it as a
chain of its own: for the seven edges of a turn that was a tenth of its processor time.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from inspect import signature
from typing import Any, get_type_hints

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command, Overwrite, Send

Update = Mapping[str, Any]
Goto = str | Sequence[Send]
Reducer = Callable[[Any, Any], Any]


class Onward:
    """Runs a node, then routes on the state that it leaves.

    `state` is the type of the state, whose reducers say what becomes of an update.
    """

    def __init__(
        self,
        node: Callable[..., Awaitable[Any]],
        route: Callable[[Any], Awaitable[Goto]],
        state: type,
    ) -> None:
        self._node, self._route, self._reducers = node, route, _reducers(state)
        self._takes_config = "config" in signature(node).parameters

    async def __call__(self, state: Any, config: RunnableConfig) -> Command[str]:
        """The node's update, with where to go."""
        update = await (self._node(state, config) if self._takes_config else self._node(state))
        return Command(update=update, goto=await self._route(self._left(state, update)))

    def _left(self, state: Update, update: Update) -> dict[str, Any]:
        """The state after this node's own update, without those of parallel branches."""
        written = {key: self._written(key, state, value) for key, value in update.items()}
        return {**state, **written}

    def _written(self, key: str, state: Update, value: Any) -> Any:
        if isinstance(value, Overwrite):
            return value.value
        if key not in self._reducers or key not in state:
            return value
        return self._reducers[key](state[key], value)


def _reducers(state: type) -> dict[str, Reducer]:
    """The reducer of each part of a state that has one."""
    hints = get_type_hints(state, include_extras=True)
    found = {key: getattr(hint, "__metadata__", ())[-1:] for key, hint in hints.items()}
    return {key: reducer[0] for key, reducer in found.items() if reducer and callable(reducer[0])}
