"""Probes what a chat model really does; version numbers are not trusted."""

import json

from jsonschema import Draft202012Validator
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from pydantic import BaseModel, ConfigDict

from agent.prompting import thought_of
from serving.models.chat.capabilities import ChatCapabilities, Tools
from serving.models.chat.openai_compatible import CompatibleChatModel
from serving.models.endpoint.identity import ServerIdentity
from tools.errors import BadInput, Unavailable

REPLY_TOKENS = 256
"""Enough for two calls; each trial costs the server at most this much."""
WORD = [SystemMessage("You are being tried out."), HumanMessage("Reply with the word yes.")]
TWO_CALLS = [
    SystemMessage("You look things up with tools and answer nothing from memory."),
    HumanMessage(
        "What is the weather in Paris and in Oslo? Make two calls, one for each city, both now."
    ),
]
WEATHER = {
    "type": "function",
    "function": {
        "name": "look_up_weather",
        "description": "The weather of one city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}
NUMBER = {
    "type": "object",
    "properties": {"number": {"type": "integer", "minimum": 0, "maximum": 9}},
    "required": ["number"],
    "additionalProperties": False,
}


class ProbeReport(BaseModel):
    """The result of a probe, with the reason for how tools are called."""

    model_config = ConfigDict(frozen=True)

    identity: ServerIdentity
    streams: bool
    has_system_role: bool
    opens_thought: bool | None
    tools: Tools
    reason: str

    @property
    def capabilities(self) -> ChatCapabilities:
        """How the model has to be spoken to."""
        return ChatCapabilities(self.tools, has_system_role=self.has_system_role)

    def __str__(self) -> str:
        notes = [
            str(self.identity),
            "streams" if self.streams else "does not stream",
            "" if self.has_system_role else "no system role",
            "thinks first" if self.opens_thought else "",
            f"tools: {self.tools}, because {self.reason}",
        ]
        return "; ".join(filter(None, notes))


async def probe(model: CompatibleChatModel, identity: ServerIdentity) -> ProbeReport:
    """Try streaming, two tool calls at once and JSON by a schema; at most five short requests.

    Raises:
        Unavailable: The server does not answer; nothing is known then.
    """
    trial = model.model_copy()
    streams = await _streams(trial)
    tools, reason = await _choose(trial)
    return ProbeReport(
        identity=identity,
        streams=streams,
        has_system_role=trial.capabilities.has_system_role,
        opens_thought=trial.opens_thought,
        tools=tools,
        reason=reason,
    )


async def _streams(trial: CompatibleChatModel) -> bool:
    """Whether a reply comes as a stream; a template without a system role is met on the way."""
    try:
        pieces = [piece async for piece in trial.astream(WORD, max_tokens=16)]
    except BadInput:
        return False
    return any(piece.text or thought_of(piece) for piece in pieces)


async def _choose(trial: CompatibleChatModel) -> tuple[Tools, str]:
    native = await _calls(trial, "native")
    if native >= 2:
        return "native", "it made two calls at once"
    made = f"asked for two native calls at once, it made {native or 'none'}"
    if not await _obeys_schema(trial):
        return "plain", f"{made}, and it does not keep to a JSON schema"
    if not await _calls(trial, "guided"):
        return "plain", f"{made}, and none as JSON by a schema"
    return "guided", f"{made}, and it keeps to a JSON schema"


async def _calls(trial: CompatibleChatModel, tools: Tools) -> int:
    """How many different calls it makes in one reply, all of them as the tool wants them."""
    trial.capabilities = ChatCapabilities(tools, has_system_role=trial.capabilities.has_system_role)
    try:
        reply = await trial.bind_tools([WEATHER]).ainvoke(TWO_CALLS, max_tokens=REPLY_TOKENS)
    except BadInput:  # vLLM without --enable-auto-tool-choice
        return 0
    cities = {str(call["args"].get("city")) for call in reply.tool_calls}
    return 0 if reply.invalid_tool_calls else len(cities - {"None"})


async def _obeys_schema(trial: CompatibleChatModel) -> bool:
    """Whether a grammar holds the model: the prompt asks for something else."""
    try:
        wanted = trial.grammar("number", NUMBER)
        reply: AIMessage = await trial.ainvoke(WORD, max_tokens=32, **wanted)
        value = json.loads(reply.text)
    except (BadInput, ValueError):
        return False
    return not list(Draft202012Validator(NUMBER).iter_errors(value))


async def probe_if_there(model: CompatibleChatModel, identity: ServerIdentity) -> ProbeReport | str:
    """The report, or in words why there is none."""
    try:
        return await probe(model, identity)
    except Unavailable as error:
        return str(error)
