"""Calls of tools that a model wrote as text, where its server did not read them as calls.

Each family of models has a syntax of its own: Hermes and Qwen put JSON between `<tool_call>` tags,
Qwen 3 Coder and GLM write tags for the arguments as well, Mistral and DeepSeek the name before its
JSON, Llama 3 JSON alone or a call as in Python. What they share is the name of a tool that was
offered and its arguments, and these are looked for.
"""

import ast
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

_NAMED = ("name", "tool", "tool_name", "function", "action")
_GIVEN = ("arguments", "parameters", "args", "kwargs", "input", "action_input")
_FARTHEST = 40
"""Characters of markup that may stand between a tool's name and its arguments."""
_LONGEST = 4_000
_TAGGED = re.compile(
    r"""<(?:parameter|arg)(?:=|\s+name=)["']?(?P<name>\w+)["']?\s*>(?P<value>.*?)</(?:parameter|arg)>
      | <arg_key>\s*(?P<key>\w+)\s*</arg_key>\s*<arg_value>(?P<said>.*?)</arg_value>""",
    re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class PrintedCall:
    """A call as it was written: nobody has looked at the arguments yet."""

    name: str
    arguments: dict[str, Any]


def printed_calls(text: str, names: Collection[str]) -> list[PrintedCall]:
    """The calls of tools by those names that stand in a text, in their order."""
    if not any(name in text for name in names):
        return []
    for read in (_in_tags, _in_json, _behind_names, _as_python):
        if calls := list(read(text, names)):
            return calls
    return []


def may_become_call(text: str, names: Iterable[str]) -> bool:
    """Whether a text that has only begun may turn out to be a call and nothing else."""
    begun = re.sub(r"^\s*(?:```\w*\s*)?(?:\[\s*(?![^{\w]))?", "", text)
    begun = begun.lstrip("`")
    return (
        not begun
        or begun.startswith("{")
        or any(begun.startswith(name) or name.startswith(begun) for name in names)
    )


def _in_tags(text: str, names: Collection[str]) -> Iterator[PrintedCall]:
    places = list(_named(text, names))
    ends = [place.start() for place in places[1:]] + [len(text)]
    for place, end in zip(places, ends, strict=True):
        arguments = {
            found["name"] or found["key"]: (found["value"] or found["said"] or "").strip()
            for found in _TAGGED.finditer(text, place.end(), end)
        }
        if arguments:
            yield PrintedCall(place[0], arguments)


def _in_json(text: str, names: Collection[str]) -> Iterator[PrintedCall]:
    decoder, at = json.JSONDecoder(), 0
    while (at := text.find("{", at)) >= 0:
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at += 1
        else:
            yield from _in_value(value, names)


def _in_value(value: object, names: Collection[str]) -> Iterator[PrintedCall]:
    if isinstance(value, list):
        for one in cast("list[object]", value):
            yield from _in_value(one, names)
    elif isinstance(value, dict):
        told = cast("dict[str, Any]", value)
        name = _name_in(told, names)
        if name is None:
            yield from _in_value(list(told.values()), names)
        else:
            yield PrintedCall(name, _arguments_in(told))


def _name_in(told: Mapping[str, Any], names: Collection[str]) -> str | None:
    for key in _NAMED:
        name = str(told.get(key)).rpartition(".")[2]
        if name in names:
            return name
    return None


def _arguments_in(told: Mapping[str, Any]) -> dict[str, Any]:
    given = next((told[key] for key in _GIVEN if key in told), None)
    if isinstance(given, str):
        given = _loaded(given)
    if isinstance(given, dict):
        return cast("dict[str, Any]", given)
    return {
        key: value for key, value in told.items() if key not in (*_NAMED, *_GIVEN, "type", "id")
    }


def _behind_names(text: str, names: Collection[str]) -> Iterator[PrintedCall]:
    for place in _named(text, names):
        begins = text.find("{", place.end(), place.end() + _FARTHEST)
        given = _loaded(text[begins:]) if begins >= 0 else None
        if isinstance(given, dict):
            yield PrintedCall(place[0], cast("dict[str, Any]", given))


def _as_python(text: str, names: Collection[str]) -> Iterator[PrintedCall]:
    for place in _named(text, names):
        opening = re.compile(r"(?:\.call)?\(").match(text, place.end())
        if opening:
            given = _keywords(text[opening.end() : opening.end() + _LONGEST])
            if given is not None:
                yield PrintedCall(place[0], given)


def _keywords(behind: str) -> dict[str, Any] | None:
    """The keyword arguments up to the bracket that closes the call."""
    for closing in re.finditer(r"\)", behind):
        try:
            call = ast.parse(f"f({behind[: closing.end()]}", mode="eval").body
            if isinstance(call, ast.Call):
                return {one.arg: ast.literal_eval(one.value) for one in call.keywords if one.arg}
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


def _named(text: str, names: Collection[str]) -> Iterator[re.Match[str]]:
    return re.finditer(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)", text)


def _loaded(text: str) -> object:
    """The JSON that a text begins with."""
    try:
        return json.JSONDecoder().raw_decode(text.strip())[0]
    except (ValueError, RecursionError):
        return None
