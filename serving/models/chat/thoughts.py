"""A model's thoughts, taken out of its replies: from the server's own field, or from between tags.

The field is `reasoning_content` (vLLM, SGLang, llama.cpp) or `reasoning` (vLLM since 0.12, Ollama);
either way a message has its thoughts in `additional_kwargs`, under THOUGHT, and nowhere else.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from agent.asides import AsideSplitter, Beginning, SplitReply
from agent.prompting import CUT_OFF, THOUGHT

_FIELDS = ("reasoning_content", "reasoning")


def told_apart(body: Mapping[str, Any], of: Literal["message", "delta"]) -> str:
    """The thoughts that a server gives beside the text."""
    choices = cast("Sequence[Mapping[str, Any]]", body.get("choices") or ())
    message = cast("Mapping[str, object]", (choices[0].get(of) if choices else None) or {})
    values = (message.get(name) for name in _FIELDS)
    return next((value for value in values if isinstance(value, str) and value), "")


def beginning(*, opens_thought: bool | None) -> Beginning:
    """What a stream begins with, by whether the model's template opens a thought, where known."""
    match opens_thought:
        case True:
            return "thought"
        case False:
            return "said"
        case None:
            return "unsure"


def was_cut(result: ChatResult) -> bool:
    """Whether a whole reply was cut off by the most tokens that it may have."""
    return (result.generations[0].generation_info or {}).get("finish_reason") in CUT_OFF


def part_result(result: ChatResult, apart: str) -> tuple[ChatResult, AsideSplitter]:
    """A whole reply without its thoughts, and how they were found; `apart` are those of the field."""
    parting = AsideSplitter(leaves_calls=True)
    generations: list[ChatGeneration] = []
    for one in result.generations[:1]:
        message, text = one.message, one.message.text
        first, last = parting.take(text), parting.end(is_cut=was_cut(result))
        thought = apart + first.thought + last.thought
        if isinstance(message, AIMessage) and (thought or first.said + last.said != text):
            message = message.model_copy(
                update=_told(message, SplitReply(first.said + last.said, thought))
            )
        generations.append(ChatGeneration(message=message, generation_info=one.generation_info))
    return ChatResult(generations=generations, llm_output=result.llm_output), parting


def part_chunk(
    chunk: ChatGenerationChunk, apart: str, parting: AsideSplitter
) -> ChatGenerationChunk:
    """A piece of a stream without its thoughts; one that is held back has an empty thought."""
    message, text = chunk.message, chunk.text
    if not isinstance(message, AIMessageChunk) or not (text or apart):
        return chunk
    if apart:
        parting.begin()  # a server that reads the tags leaves none
    given = parting.take(text)
    given.thought = apart + given.thought
    if given.said == text and not given.thought:
        return chunk
    own = message.model_copy(update=_told(message, given))
    return ChatGenerationChunk(message=own, generation_info=chunk.generation_info)


def last_chunk(given: SplitReply, usage: UsageMetadata | None = None) -> ChatGenerationChunk:
    """What was held back until the end, with the tokens that the reply took."""
    thought = {THOUGHT: given.thought} if given.thought else {}
    return ChatGenerationChunk(
        message=AIMessageChunk(content=given.said, additional_kwargs=thought, usage_metadata=usage)
    )


def _told(message: AIMessage, given: SplitReply) -> dict[str, Any]:
    thoughts = {**message.additional_kwargs, THOUGHT: given.thought}
    return {"content": given.said, "additional_kwargs": thoughts}
