"""The chat servers among which MODEL_SERVER chooses in compose.yaml."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner
from composed import composed

from serving.config.settings import load_settings

ROOT = Path(__file__).parents[2]
DEPLOYMENT = ROOT / "deployment"
FLAGS: dict[str, list[str]] = yaml.safe_load(
    (ROOT / "tests/fixtures/deployment/server_flags.yaml").read_text(encoding="utf-8")
)
KINDS = ["tgi", "vllm", "sglang", "llamacpp"]
STARTED = {
    "tgi": "text-generation-launcher",
    "vllm": "vllm serve",
    "sglang": "python3 -m sglang.launch_server",
    "llamacpp": "/app/llama-server",
}


def services(kind: str, **variables: str) -> dict[str, Any]:
    return composed(DEPLOYMENT / "compose.yaml", {"MODEL_SERVER": kind, **variables})["services"]


def flags(command: list[str]) -> set[str]:
    return {part for part in command if part.startswith("-")}


def test_each_kind_has_its_file_and_tgi_is_the_default() -> None:
    assert {file.stem for file in (DEPLOYMENT / "models").iterdir()} == set(KINDS)
    assert composed(DEPLOYMENT / "compose.yaml")["services"] == services("tgi")


@pytest.mark.parametrize("kind", KINDS)
def test_compose_takes_what_it_makes_of_the_files(kind: str, tmp_path: Path) -> None:
    whole = composed(DEPLOYMENT / "compose.yaml", {"MODEL_SERVER": kind})
    (tmp_path / "compose.json").write_text(json.dumps(whole), encoding="utf-8")
    arguments = ["--builtin-schema", "vendor.compose-spec", str(tmp_path / "compose.json")]
    done = CliRunner().invoke(check_jsonschema, arguments)
    assert done.exit_code == 0, done.output
    assert set(whole["services"]) == set(services("tgi"))


@pytest.mark.parametrize("kind", KINDS)
def test_the_server_is_started_with_flags_that_it_has_and_answers_where_it_is_asked(
    kind: str,
) -> None:
    chat = services(kind)["chat"]
    assert STARTED[kind] in chat["entrypoint"][2]
    assert flags(chat["command"]) <= set(FLAGS[kind])
    port = chat["command"][chat["command"].index("--port") + 1]
    assert f":{port}/health" in chat["healthcheck"]["test"][1]
    assert "HF_TOKEN" not in json.dumps(chat["environment"])
    assert chat["image"].rpartition(":")[2] not in {"", "latest"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_service_speaks_the_servers_protocol_and_knows_its_model(
    kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one = services(kind)
    for variable, value in one["service"]["environment"].items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("DOCSQL_SECRETS", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert settings.chat.url == "http://chat:8080"
    assert settings.chat.api == ("tgi" if kind == "tgi" else "openai")
    if kind != "tgi":
        assert settings.chat.model in one["chat"]["command"]
        assert settings.sql_coder.url is None
        assert one["sql-coder"]["profiles"]
    waited = set(one["service"]["depends_on"])
    assert ("sql-coder" in waited) == (kind == "tgi") == ("profiles" not in one["sql-coder"])


@pytest.mark.parametrize("kind", KINDS)
def test_another_model_image_and_gpu_are_variables(kind: str) -> None:
    chat = services(kind, CHAT_MODEL="a/b", CHAT_IMAGE="mirror/x:1", CHAT_GPU="3")["chat"]
    assert "a/b" in chat["command"]
    assert chat["image"] == "mirror/x:1"
    [device] = chat["deploy"]["resources"]["reservations"]["devices"]
    assert device["device_ids"] == ["3"]


@pytest.mark.parametrize("kind", ["tgi", "vllm", "sglang"])
def test_a_server_leaves_others_room_on_its_gpu(kind: str) -> None:
    command = services(kind, CHAT_MEMORY="0.6")["chat"]["command"]
    assert command[command.index("0.6") - 1] in FLAGS[kind]


def test_nothing_is_said_home_by_servers_that_would() -> None:
    assert services("tgi")["chat"]["environment"]["USAGE_STATS"] == "off"
    assert services("vllm")["chat"]["environment"]["VLLM_NO_USAGE_STATS"] == "1"
