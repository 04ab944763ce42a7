"""Several tool calls in one reply of a model that can make only one natively, or none.

The reply is JSON, `{"reason", "calls": [{"name", "arguments"}]}`: the tools' descriptions go into the
system message, the schema to the server as its grammar where it has one, and the reply comes back as
tool calls. A model that first says why chooses better, and the reason is its thought. Without a grammar the model may write around the JSON; that much is forgiven, and no more.
"""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import groupby
from string import Template

from jsonschema import Draft202012Validator
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    InvalidToolCall,
    SystemMessage,
    ToolCall,
    ToolMessage,
)
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.utils.json_schema import dereference_refs
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from agent.printed_calls import printed_calls
from agent.prompting import THOUGHT

CALL_LIMIT = 4
_REASON = 200
"""Letters of a reason."""


class _Function(BaseModel):
    model_config = ConfigDict(extra="ignore")
    name: str
    description: str = ""
    parameters: dict[str, JsonValue] = Field(
        default_factory=lambda: {"type": "object", "properties": {}}
    )


class _Tool(BaseModel):
    model_config = ConfigDict(extra="ignore")
    function: _Function


class _Call(BaseModel):
    name: str
    arguments: dict[str, JsonValue]


class _Reply(BaseModel):
    calls: list[JsonValue]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """A tool as the model sees it; `parameters` is a JSON schema without references."""

    name: str
    description: str
    parameters: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which calls are allowed: how many, and of which tools."""

    tools: tuple[OfferedTool, ...]
    fewest: int = 0
    most: int = CALL_LIMIT


def choice_of(
    tools: Iterable[object], tool_choice: object = None, *, parallel: bool = True
) -> Choice:
    """Read OpenAI's `tools` and `tool_choice`: a named tool or "required" asks for a call."""
    offered = tuple(map(_offered, tools))
    most = CALL_LIMIT if parallel else 1
    match tool_choice:
        case {"function": {"name": str(name)}}:
            return Choice(tuple(tool for tool in offered if tool.name == name), 1, most)
        case "required":
            return Choice(offered, 1, most)
        case _:
            return Choice(offered, 0, most)


def _offered(tool: object) -> OfferedTool:
    function = _Tool.model_validate(tool).function
    # A reference is relative to its own schema's root, and the grammar has another root.
    parameters: dict[str, JsonValue] = dereference_refs(function.parameters)
    parameters.pop("$defs", None)
    return OfferedTool(function.name, function.description, parameters)


def schema_of(choice: Choice) -> dict[str, object]:
    """The JSON schema of a reply; each tool's name goes with its own arguments only."""
    calls = [
        {
            "type": "object",
            "properties": {"name": {"enum": [tool.name]}, "arguments": tool.parameters},
            "required": ["name", "arguments"],
            "additionalProperties": False,
        }
        for tool in choice.tools
    ]
    return {
        "type": "object",
        "properties": {
            "reason": {"type": "string", "maxLength": _REASON},
            "calls": {
                "type": "array",
                "items": {"anyOf": calls},
                "minItems": choice.fewest,
                "maxItems": choice.most,
            },
        },
        "required": ["reason", "calls"],
        "additionalProperties": False,
    }


def as_text(messages: Sequence[BaseMessage], choice: Choice) -> list[BaseMessage]:
    """The conversation without the tool role: the tools told first, calls and results as text."""
    told = _instructions(choice)
    match messages:
        case [SystemMessage() as first, *rest]:
            # One system message: many chat templates refuse a second.
            return [SystemMessage(f"{first.text}\n\n{told}"), *_without_tool_role(rest)]
        case _:
            return [SystemMessage(told), *_without_tool_role(messages)]


def _instructions(choice: Choice) -> str:
    tools = "\n\n".join(
        f"{tool.name}: {tool.description}\n{json.dumps(tool.parameters, ensure_ascii=False)}"
        for tool in choice.tools
    )
    return _template().substitute(tools=tools, limit=choice.most)


@cache
def _template() -> Template:
    return Template(resources.files("serving.models.chat").joinpath("calls.md").read_text("utf-8"))


def _without_tool_role(messages: Sequence[BaseMessage]) -> Iterator[BaseMessage]:
    asked: dict[str | None, str] = {}
    for is_result, group in groupby(messages, lambda message: isinstance(message, ToolMessage)):
        if is_result:
            # One message for all results: templates want user and assistant to alternate.
            results = [_told_result(message, asked) for message in group]
            yield HumanMessage("\n\n".join(results))
            continue
        for message in group:
            if isinstance(message, AIMessage) and (
                message.tool_calls or message.invalid_tool_calls
            ):
                asked |= {call["id"]: _told_call(call) for call in message.tool_calls}
                yield AIMessage(_told_calls(message))
            else:
                yield message


def _told_call(call: ToolCall) -> str:
    return f"{call['name']} {json.dumps(call['args'], ensure_ascii=False)}"


def _told_result(message: BaseMessage, asked: Mapping[str | None, str]) -> str:
    call_id = message.tool_call_id if isinstance(message, ToolMessage) else None
    return f"Result of {asked.get(call_id, message.name or 'a call')}:\n{message.text}"


def _told_calls(message: AIMessage) -> str:
    calls = [
        {"name": call["name"], "arguments": call["args"]}
        for call in (*message.tool_calls, *message.invalid_tool_calls)
    ]
    told = json.dumps({"calls": calls}, ensure_ascii=False)
    return f"{message.text}\n{told}" if message.text else told


def read_calls(text: str, choice: Choice) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """The calls of a reply, each with an id of our own, and those that cannot be made, with why."""
    reply = _reply_in(text)
    asked = reply.calls if reply else _printed(text, choice)
    if asked is None:
        return [], [_invalid(None, text, 'The reply is not one JSON object {"calls": [...]}.')]
    good: list[ToolCall] = []
    bad: list[InvalidToolCall] = []
    for one in asked:
        try:
            call = _Call.model_validate(one)
        except ValidationError:
            bad.append(_invalid(None, json.dumps(one), 'A call is {"name": …, "arguments": {…}}.'))
            continue
        if fault := _fault_of(call, choice.tools):
            bad.append(_invalid(call.name, json.dumps(call.arguments), fault))
        else:
            good.append(
                ToolCall(
                    name=call.name, args=call.arguments, id=new_tool_call_id(), type="tool_call"
                )
            )
    return good, bad


def _reply_in(text: str) -> _Reply | None:
    """The one JSON object with calls in a text; None where there is none, or more than one."""
    found: list[_Reply] = []
    decoder, position = json.JSONDecoder(), 0
    while (position := text.find("{", position)) >= 0:
        try:
            value, position = decoder.raw_decode(text, position)
            found.append(_Reply.model_validate(value))
        except ValidationError:
            continue  # an object of some other kind, already skipped
        except ValueError:
            position += 1
    return found[0] if len(found) == 1 else None


def _printed(text: str, choice: Choice) -> list[JsonValue] | None:
    """The calls of a model that keeps to the syntax it was trained on."""
    calls = printed_calls(text, [tool.name for tool in choice.tools])
    return [{"name": call.name, "arguments": call.arguments} for call in calls] or None


def with_calls(result: ChatResult, choice: Choice | None) -> ChatResult:
    """The reply with its text read as calls, if it was asked for so."""
    if choice is None:
        return result
    # ChatGeneration takes its text from the message when it is built.
    generations = [
        ChatGeneration(message=_called(one.message, choice), generation_info=one.generation_info)
        for one in result.generations
    ]
    return ChatResult(generations=generations, llm_output=result.llm_output)


def _called(said: BaseMessage, choice: Choice) -> BaseMessage:
    if isinstance(said, AIMessage) and said.tool_calls:
        return said  # a server that parses the calls itself, whatever it was asked for
    calls, invalid = read_calls(said.text, choice)
    reply = _reply_in(said.text)
    thought = {THOUGHT: reply.reason} if reply and reply.reason else {}
    return AIMessage(
        "",
        tool_calls=calls,
        invalid_tool_calls=invalid,
        additional_kwargs={**thought, **said.additional_kwargs},
        response_metadata=said.response_metadata,
        usage_metadata=said.usage_metadata if isinstance(said, AIMessage) else None,
    )


def _fault_of(call: _Call, tools: Sequence[OfferedTool]) -> str | None:
    for tool in tools:
        if tool.name == call.name:
            errors = Draft202012Validator(tool.parameters).iter_errors(call.arguments)
            told = "; ".join(f"{error.json_path}: {error.message}" for error in errors)
            return told and f"The arguments of {call.name!r} do not fit: {told}"
    return f"There is no tool {call.name!r}; there are: {', '.join(tool.name for tool in tools)}."


def _invalid(name: str | None, args: str, error: str) -> InvalidToolCall:
    return InvalidToolCall(
        name=name, args=args, id=new_tool_call_id(), error=error, type="invalid_tool_call"
    )


def new_tool_call_id() -> str:
    """An id that no other call of any turn has (TGI calls every call "0")."""
    return f"call_{uuid.uuid4().hex}"
