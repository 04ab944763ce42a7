from dataclasses import dataclass

from langchain_core.runnables import RunnableConfig

from agent.caller import caller_of
from agent.calls import DESCRIBE_SOURCES
from agent.events import step
from agent.sources.description import Description, nothing_called
from agent.state import Branch, DescribeState
from agent.toolbox import Toolbox


@dataclass(frozen=True, slots=True)
class DescribeSources:
    """Say what there is: documents, tables, what a name stands for, how far the data go.

    The text is finished: the answer hands it on as it is, and no model puts it into other words.
    """

    toolbox: Toolbox

    async def __call__(self, state: DescribeState, config: RunnableConfig) -> Branch:
        call = state["call"]
        with step(DESCRIBE_SOURCES, call=call.id, detail=call.about) as working:
            description = Description(self.toolbox, state, caller_of(config))
            told, examples = await description.text(), await description.examples()
            working.outcome = told.split("\n", 1)[0]
        done: Branch = {"used": [DESCRIBE_SOURCES], "settled": [call.id]}
        if told:
            return {**done, "described": [told], "suggestions": examples}
        return {**done, "notes": [nothing_called(call.subject, description.to)]}
