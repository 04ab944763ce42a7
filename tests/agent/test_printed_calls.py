"""Calls that a model prints, in the syntax of each family, are read as calls."""

import json
from typing import Any

import pytest

from agent.printed_calls import may_become_call, printed_calls

TOOLS = ("look_up", "reckon")
RYE: dict[str, Any] = {"grain": "rye", "most": 3}
JSON = json.dumps(RYE)
ONE = [("look_up", RYE)]

# What a model writes, and the calls that it means.
PRINTED: list[tuple[str, list[tuple[str, dict[str, Any]]]]] = [
    (f'<tool_call>\n{{"name": "look_up", "arguments": {JSON}}}\n</tool_call>', ONE),
    (f'I look.\n<tool_call>{{"name": "look_up", "arguments": {JSON}}}', ONE),
    (f'<tool_call>{{"name": "look_up", "arguments": {JSON}}}</tool_call>'
     '<tool_call>{"name": "reckon", "arguments": {}}</tool_call>', [*ONE, ("reckon", {})]),
    (f'[TOOL_CALLS] [{{"name": "look_up", "arguments": {JSON}, "id": "a1"}}]', ONE),
    (f"[TOOL_CALLS]look_up{JSON}", ONE),
    (f"[TOOL_CALLS]look_up[ARGS]{JSON}", ONE),
    (f'<|python_tag|>{{"name": "look_up", "parameters": {JSON}}}', ONE),
    (f'<|python_tag|>{{"type": "function", "name": "look_up", "parameters": {JSON}}}<|eom_id|>', ONE),
    ('<|python_tag|>look_up.call(grain="rye", most=3)', ONE),
    (f"<function=look_up>{JSON}</function>", ONE),
    (f"<function=look_up({JSON})</function>", ONE),
    ("<tool_call>\n<function=look_up>\n<parameter=grain>\nrye\n</parameter>\n<parameter=most>\n3\n"
     "</parameter>\n</function>\n</tool_call>", [("look_up", {"grain": "rye", "most": "3"})]),
    ("<tool_call>look_up\n<arg_key>grain</arg_key>\n<arg_value>rye</arg_value>\n</tool_call>",
     [("look_up", {"grain": "rye"})]),
    ('<invoke name="look_up"><parameter name="grain">rye</parameter></invoke>',
     [("look_up", {"grain": "rye"})]),
    (f"function<\uff5ctool\u2581sep\uff5c>look_up\n```json\n{JSON}\n```", ONE),
    ('[look_up(grain="rye", most=3), reckon()]', [*ONE, ("reckon", {})]),
    (f'```json\n{{"tool": "look_up", "args": {JSON}}}\n```', ONE),
    (json.dumps({"tool_calls": [{"function": {"name": "look_up", "arguments": JSON}}]}), ONE),
    (json.dumps({"name": "functions.look_up", "parameters": RYE}), ONE),
    (json.dumps({"action": "look_up", "action_input": RYE}), ONE),
    (json.dumps({"name": "look_up", **RYE}), ONE),
    ('{"name": "fly", "arguments": {}}', []),
    ("I would look up rye.", []),
    ("`look_up` is for grain (rye, say).", []),
    ("look_up(grain=", []),
    ("", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "calls"), PRINTED)
def test_a_printed_call_is_read(text: str, calls: list[tuple[str, dict[str, Any]]]) -> None:
    assert [(call.name, call.arguments) for call in printed_calls(text, TOOLS)] == calls


BEGUN = [
    ("", True),
    ("{", True),
    ('```json\n{"na', True),
    ("[", True),
    ('[{"name"', True),
    ("[look", True),
    ("look_up(grain", True),
    ("[1] says", False),
    ("[Rye]", False),
    ("Rye", False),
    ("looking", False),
    ("```sql\nSELECT", False),
]


@pytest.mark.parametrize(("text", "may"), BEGUN)
def test_what_cannot_become_a_call_is_not_held(text: str, *, may: bool) -> None:
    assert may_become_call(text, TOOLS) is may
