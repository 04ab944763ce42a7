"""A node, its route and the nodes that follow at once, in one step of the graph.

LangGraph's own conditional edges copy every channel of the state for each look, and run it as a
chain of its own: for the seven edges of a turn that was a tenth of its processor time. A step that
only one branch goes through costs another thirtieth.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from inspect import signature
from types import MappingProxyType
from typing import Any, get_type_hints

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END
from langgraph.types import Command, Overwrite, Send

Update = Mapping[str, Any]
Goto = str | Sequence[Send]
Reducer = Callable[[Any, Any], Any]


def _in_a_step(_: Send) -> None:
    """Every branch runs in a step of its own."""


class Onward:
    """Runs a node, then routes on the state that it leaves.

    `state` is the type of the state, whose reducers say what becomes of an update; they have to be
    associative. Where the route leads to one of the nodes `at_once`, that node runs in the same step.
    So does a branch that the route sends alone, if there is a node for it in what `alone` returns.
    None of a step may wait for a person: the whole of it would run again.
    """

    def __init__(
        self,
        node: Callable[..., Awaitable[Any]],
        route: Callable[[Any], Awaitable[Goto]],
        state: type,
        *,
        at_once: Mapping[str, "Onward"] = MappingProxyType({}),
        alone: Callable[[Send], "Onward | None"] = _in_a_step,
    ) -> None:
        self._node, self._route, self._reducers = node, route, _reducers(state)
        self._at_once, self._alone = dict(at_once), alone
        self._takes_config = "config" in signature(node).parameters

    def follow_with(self, name: str, node: "Onward") -> None:
        """Have a node run at once that did not exist yet, since this one follows it as well."""
        self._at_once[name] = node

    async def to_the_end(self, state: Any, config: RunnableConfig) -> dict[str, Any]:
        """The state at the end of a branch that needs no further step.

        Raises:
            RuntimeError: it does.
        """
        update, goto = await self._run(state, config)
        if goto != END:
            raise RuntimeError(f"{goto!r} does not run at once.")
        return self._left(state, update)

    async def __call__(self, state: Any, config: RunnableConfig) -> Command[str]:
        """The update of all the nodes that ran, with where to go."""
        update, goto = await self._run(state, config)
        return Command(update=update, goto=goto)

    async def _run(
        self, state: Any, config: RunnableConfig, sent: Any = None
    ) -> tuple[Update, Goto]:
        """The update and where to go; a branch is `sent` its own input beside the state."""
        given = state if sent is None else sent
        update = await (self._node(given, config) if self._takes_config else self._node(given))
        left = self._left(state, update)
        goto = await self._route(left)
        follower, sent = self._follower(goto)
        if follower is None:
            return update, goto
        more, goto = await follower._run(left, config, sent)
        return {**update, **{key: self._both(key, update, more[key]) for key in more}}, goto

    def _follower(self, goto: Goto) -> tuple["Onward | None", Any]:
        """The node that runs at once, if any, with what it is sent."""
        if isinstance(goto, str):
            return self._at_once.get(goto), None
        return (self._alone(goto[0]), goto[0].arg) if len(goto) == 1 else (None, None)

    def _both(self, key: str, update: Update, value: Any) -> Any:
        """What two updates in a row come to as one."""
        if key not in self._reducers or key not in update or isinstance(value, Overwrite):
            return value
        earlier = update[key]
        if isinstance(earlier, Overwrite):
            return Overwrite(self._reducers[key](earlier.value, value))
        return self._reducers[key](earlier, value)

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
