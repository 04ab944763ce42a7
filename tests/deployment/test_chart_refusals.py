"""Values that cannot work are refused when the chart is rendered, with what to do."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[1] / "fixtures/deployment/refused.yaml").read_text(encoding="utf-8")
)
Refusals = Callable[[list[dict[str, Any]]], list[str | None]]


@pytest.fixture(scope="session")
def said(refusals: Refusals) -> list[str | None]:
    """Helm's words on all cases, rendered together."""
    return refusals([case["values"] for case in CASES])


@pytest.mark.parametrize("number", range(len(CASES)), ids=[str(case["values"]) for case in CASES])
def test_what_cannot_work_is_refused_with_what_to_do(number: int, said: list[str | None]) -> None:
    words = said[number]
    assert words is not None, "Helm took it"
    assert f"- {CASES[number]['says']}\n" in f"{words}\n"


def test_what_only_sounds_alike_is_taken(refusals: Refusals) -> None:
    servers: dict[str, Any] = {"milvus": {"bundled": True}, "postgresql": {"bundled": True}}
    chat: dict[str, Any] = {"mode": "deployment", "runtime": "vllm", "contextTokens": 8192}
    taken = [
        {**servers, "settings": {"service": {"workers": 4}}},
        {**servers, "service": {"autoscaling": {"enabled": True}}},
        {"models": {"chat": {**chat, "args": ["--reasoning-parser", "qwen3", "--seed=1"]}}},
        {"models": {"chat": {"mode": "kserve", "url": "http://gateway/chat"}}},
        {"settings": {"chat": {"url": "http://vllm:8000", "api": "openai", "model": "m"}}},
        {"ingress": {"kind": "ingress", "api": True}, "page": {"enabled": False}},
        {"secrets": {"settings": {"DOCSQL_DATABASES__SALES__URL": "postgresql://a@b/c"}}},
        {"service": {"resources": {"requests": {"cpu": 1}}}, "global": {"imageRegistry": ""}},
        {
            "settings": {
                "service": {"drain_s": 120},
                "limits": {"tokens_per_month_of": {"key:a": 1}},
            }
        },
        {"models": {"chat": {**chat, "toolParser": "qwen3_coder", "args": ["--max-num-seqs=8"]}}},
        {"models": {"chat": {**chat, "gpus": 0, "image": "registry.internal/vllm-cpu:1"}}},
        {"models": {"chat": {**chat, "replicas": 2, "cache": {"enabled": True}}}},
        {
            "models": {
                "chat": {
                    **chat,
                    "runtime": "llamacpp",
                    "model": "/data/a.gguf",
                    "cache": {"enabled": True, "existingClaim": "weights", "download": False},
                }
            }
        },
    ]
    assert refusals(taken) == [None] * len(taken)
