"""Other agents on the same tools and models, to measure what this one's graph is worth."""

from typing import Literal

from langgraph.checkpoint.base import BaseCheckpointSaver

from agent.evaluation.pipeline import build_pipeline
from agent.evaluation.tool_calling import build_tool_calling
from agent.graph import Machine, build_graph
from agent.toolbox import Toolbox

AgentName = Literal["docsql", "pipeline", "tool-calling"]
"""This agent, the pipeline that it grew from, and a plain agent that calls tools."""


def build_agent(
    name: AgentName,
    toolbox: Toolbox,
    *,
    checkpointer: BaseCheckpointSaver[str] | None = None,
    chooses_by_calls: bool = False,
) -> Machine:
    """The machine of that name; all of them take and leave the same state.

    A chat model that `chooses_by_calls` reads tasks and tools instead of words, as the embedded one
    does: the pipeline's router is its choice of a tool.
    """
    match name:
        case "docsql":
            return build_graph(toolbox, checkpointer=checkpointer)
        case "pipeline":
            return build_pipeline(
                toolbox, checkpointer=checkpointer, chooses_by_calls=chooses_by_calls
            )
        case "tool-calling":
            return build_tool_calling(toolbox, checkpointer=checkpointer)
