"""Flags of model servers in the chart and the documentation are flags that the servers have."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from rendered import Render, named

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "deployment/helm/docsql/templates/_runtimes.tpl"
FLAGS: dict[str, list[str]] = yaml.safe_load(
    (ROOT / "tests/fixtures/deployment/server_flags.yaml").read_text(encoding="utf-8")
)
GGUF = "Qwen/Qwen2.5-7B-Instruct-GGUF:Q4_K_M"


def table(name: str) -> dict[str, list[str]]:
    """A table of flags in the chart's templates."""
    text = TEMPLATE.read_text(encoding="utf-8").partition(f'define "docsql.{name}" -}}}}')[2]
    return yaml.safe_load(text.partition("{{-")[0])


def test_the_chart_knows_whose_flag_a_flag_is() -> None:
    for owners, flags in table("flags").items():
        for flag in flags:
            having = {runtime for runtime, known in FLAGS.items() if flag in known}
            assert set(owners.split()) == having, flag
    for runtime, flags in table("ownFlags").items():
        assert set(flags) <= set(FLAGS.get(runtime, ())), runtime


@pytest.mark.parametrize("runtime", ["tgi", "vllm", "sglang", "llamacpp"])
def test_the_chart_starts_servers_with_flags_that_they_have(render: Render, runtime: str) -> None:
    chat: dict[str, Any] = {"mode": "deployment", "model": GGUF, "contextTokens": 8192}
    if runtime in {"vllm", "sglang"}:
        chat["toolParser"] = {"vllm": "hermes", "sglang": "qwen"}[runtime]
    deployment = named(
        render(models={"chat": {**chat, "runtime": runtime}}), "Deployment", "docsql-chat"
    )
    [server] = deployment["spec"]["template"]["spec"]["containers"]
    assert {part for part in server["args"] if part.startswith("-")} <= set(FLAGS[runtime])


def test_the_page_on_migrating_names_flags_that_there_are() -> None:
    page = (ROOT / "docs/migrating-from-tgi.md").read_text(encoding="utf-8")
    servers = ["tgi", "vllm", "sglang", "llamacpp"]
    rows = re.findall(r"^\| (`--[^|]*\|.*) \|$", page, re.MULTILINE)
    assert len(rows) > 3
    for row in rows:
        for server, cell in zip(servers, row.split("|"), strict=True):
            for flag in re.findall(r"`(-[\w-]+)", cell):
                assert flag in FLAGS[server], (server, flag)
    for server, command in (
        ("vllm", "vllm serve"),
        ("sglang", "sglang.launch_server"),
        ("llamacpp", "llama-server"),
    ):
        [started] = re.findall(
            rf"^.*{re.escape(command)} (-?[^`]*?[^\\])\n\n?(?:#|```)",
            page,
            re.MULTILINE | re.DOTALL,
        )
        named_flags = set(re.findall(r"(?<!\S)(--?[a-z][\w-]*)", started))
        assert named_flags
        assert named_flags <= set(FLAGS[server]), (server, named_flags)
