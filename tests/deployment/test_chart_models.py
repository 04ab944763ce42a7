"""The model servers that the chart runs: their command lines, weights and modes."""

import tomllib
from pathlib import Path

import pytest
import yaml
from rendered import Object, Render, named

ROOT = Path(__file__).parents[2]
GGUF = "Qwen/Qwen2.5-7B-Instruct-GGUF:Q4_K_M"


WAYS = [
    ({"mode": "deployment"}, "Deployment", "tgi"),
    ({"mode": "deployment", "runtime": "vllm"}, "Deployment", "openai"),
    ({"mode": "deployment", "runtime": "sglang"}, "Deployment", "openai"),
    ({"mode": "deployment", "runtime": "llamacpp", "model": GGUF}, "Deployment", "openai"),
    ({"mode": "kserve", "runtime": "sglang"}, "InferenceService", "openai"),
    ({"mode": "kserve", "runtime": "llamacpp", "model": GGUF}, "InferenceService", "openai"),
    (
        {"mode": "deployment", "runtime": "nim", "model": "meta/llama-3.1-8b-instruct"},
        "Deployment",
        "openai",
    ),
    ({"mode": "kserve"}, "InferenceService", "tgi"),
    ({"mode": "kserve", "runtime": "vllm"}, "InferenceService", "openai"),
    (
        {"mode": "llmInferenceService", "url": "http://gateway/apps/chat"},
        "LLMInferenceService",
        "openai",
    ),
    ({"mode": "external", "url": "http://tgi.elsewhere:8080"}, None, "tgi"),
]


@pytest.mark.parametrize(("model", "kind", "api"), WAYS)
def test_a_model_runs_in_any_of_the_ways(
    render: Render, model: dict[str, str], kind: str | None, api: str
) -> None:
    ngc = {"existing": "ngc"} if model.get("runtime") == "nim" else {}
    objects = render(models={"chat": model}, secrets={"ngc": ngc})
    made = [o["kind"] for o in objects if o["metadata"]["name"] == "docsql-chat"]
    assert (kind in made) == (kind is not None)
    chat = tomllib.loads(named(objects, "ConfigMap", "docsql")["data"]["docsql.toml"])["chat"]
    assert chat.get("api", "tgi") == api
    assert chat["url"] == model.get("url", chat["url"])


SERVED = {
    "sglang": ["--served-model-name", "--tp-size", "--model-path"],
    "llamacpp": ["--alias", "--n-gpu-layers", "-hf"],
}


@pytest.mark.parametrize("runtime", SERVED)
def test_a_model_server_is_told_the_model_and_the_port_that_its_probes_ask(
    render: Render, runtime: str
) -> None:
    chat = {"mode": "deployment", "runtime": runtime, "model": GGUF}
    objects = render(models={"chat": {**chat, "autoscaling": {"enabled": True}}})
    [server] = named(objects, "Deployment", "docsql-chat")["spec"]["template"]["spec"]["containers"]
    assert set(SERVED[runtime]) <= set(server["args"])
    port = server["args"][server["args"].index("--port") + 1]
    assert str(server["readinessProbe"]["httpGet"]["port"]) == port
    assert server.get("command", [""])[-1] == ("sglang.launch_server" if "sgl" in runtime else "")
    scaled = named(objects, "ScaledObject", "docsql-chat")["spec"]["triggers"][0]["metadata"]
    assert scaled["query"].startswith(f"sum({runtime}:")


def test_kserve_runs_tgi_by_a_runtime_of_the_chart_with_what_is_each_models(render: Render) -> None:
    chat = {"mode": "kserve", "gpus": 2, "args": ["--quantize", "fp8"]}
    coder = {"mode": "kserve", "image": "tgi:mine", "startupSeconds": 60}
    objects = render(models={"chat": chat, "sqlCoder": coder})
    [runtime] = [found for found in objects if found["kind"] == "ServingRuntime"]
    assert runtime["spec"]["supportedModelFormats"][0]["autoSelect"] is False
    [server] = runtime["spec"]["containers"]
    assert "text-generation-inference:3" in server["image"]
    models = {
        name: named(objects, "InferenceService", name)["spec"]["predictor"]["model"]
        for name in ("docsql-chat", "docsql-sql-coder")
    }
    assert {model["runtime"] for model in models.values()} == {runtime["metadata"]["name"]}
    given = models["docsql-chat"]
    assert given["args"][-4:] == ["--num-shard", "2", "--quantize", "fp8"]
    assert given["resources"]["limits"]["nvidia.com/gpu"] == 2
    assert {mount["mountPath"] for mount in given["volumeMounts"]} >= {"/data"}
    assert "image" not in given
    assert models["docsql-sql-coder"]["image"] == "tgi:mine"
    assert models["docsql-sql-coder"]["startupProbe"]["failureThreshold"] == 6


def test_a_runtime_is_made_only_for_tgi_in_kserve(render: Render) -> None:
    for chat in ({"mode": "deployment"}, {"mode": "kserve", "runtime": "vllm"}):
        assert not [o for o in render(models={"chat": chat}) if o["kind"] == "ServingRuntime"]


CONTEXT = {
    "tgi": ["--max-total-tokens", "16384", "--max-input-tokens", "14336"],
    "vllm": ["--max-model-len", "16384"],
    "sglang": ["--context-length", "16384"],
    "llamacpp": ["--parallel", "4", "--ctx-size", "65536"],
}


@pytest.mark.parametrize("runtime", CONTEXT)
def test_a_window_is_said_in_each_runtimes_own_flags_and_none_is_inherited(
    render: Render, runtime: str
) -> None:
    chat = {"mode": "deployment", "runtime": runtime, "model": GGUF}
    bare, told = (
        command(render(models={"chat": {**chat, **more}}), "docsql-chat")
        for more in ({}, {"contextTokens": 16384})
    )
    assert told == bare + CONTEXT[runtime]
    assert not {
        flag for flag in bare if flag in {each for flags in CONTEXT.values() for each in flags}
    }


def test_tools_are_parsed_where_a_parser_is_named_and_numbers_become_text(render: Render) -> None:
    chat = {"mode": "deployment", "toolParser": "hermes", "args": ["--max-num-seqs", 1048576]}
    args = command(render(models={"chat": {**chat, "runtime": "vllm"}}), "docsql-chat")
    parser = ["--enable-auto-tool-choice", "--tool-call-parser", "hermes"]
    assert args[-5:] == [*parser, "--max-num-seqs", "1048576"]
    told = render(models={"chat": {**chat, "mode": "kserve", "runtime": "vllm"}})
    server = named(told, "InferenceService", "docsql-chat")["spec"]["predictor"]["model"]
    assert server["args"][-5:] == args[-5:]


def test_an_llm_inference_service_is_vllm_and_is_given_what_the_values_say(render: Render) -> None:
    chat: Object = {"mode": "llmInferenceService", "url": "http://gateway/apps/chat"}
    chat |= {"toolParser": "hermes", "image": "vllm:mine", "podAnnotations": {"a/b": "c"}}
    spec = named(render(models={"chat": chat}), "LLMInferenceService", "docsql-chat")["spec"]
    [main] = spec["template"]["containers"]
    assert main["args"] == ["--enable-auto-tool-choice", "--tool-call-parser", "hermes"]
    assert (main["image"], spec["annotations"]) == ("vllm:mine", {"a/b": "c"})
    assert spec["labels"] == {"docsql/model": "chat"}  # the release's policies select others


def test_an_external_server_is_spoken_to_in_its_protocol(render: Render) -> None:
    chat = {"mode": "external", "url": "http://vllm:8000"}
    settings = {"chat": {"model": "Qwen/Qwen2.5-7B-Instruct"}}
    for runtime, api in (("vllm", "openai"), ("", None)):
        told = render(models={"chat": {**chat, "runtime": runtime}}, settings=settings)
        toml = tomllib.loads(named(told, "ConfigMap", "docsql")["data"]["docsql.toml"])["chat"]
        assert (toml.get("api"), toml["model"]) == (api, settings["chat"]["model"])


@pytest.mark.parametrize("runtime", ["tgi", "vllm", "sglang"])
def test_weights_are_downloaded_by_the_services_own_image_to_where_the_server_looks(
    render: Render, runtime: str
) -> None:
    chat: Object = {"mode": "deployment", "runtime": runtime, "cache": {"enabled": True}}
    for mode, image, folder in (
        ("deployment", "", ""),
        ("kserve", "", "/data/Qwen/Qwen2.5-7B-Instruct" if runtime == "vllm" else ""),
        ("kserve", "mine:1", ""),
    ):
        objects = render(models={"chat": {**chat, "mode": mode, "image": image}})
        [job] = [o for o in objects if o["kind"] == "Job"]
        [download] = job["spec"]["template"]["spec"]["containers"]
        assert download["image"] == "docsql-service:0.1.0"
        assert download["args"][-1] == folder, (mode, image)
    assert "text-generation-inference" not in yaml.safe_dump(objects) or runtime == "tgi"


def test_the_services_image_has_the_hubs_client() -> None:
    lock = (ROOT / "requirements-extras.lock").read_text(encoding="utf-8")
    assert "\nhuggingface-hub==" in lock


REPORTS: dict[str, dict[str, str]] = {
    "tgi": {"USAGE_STATS": "off"},
    "vllm": {"VLLM_NO_USAGE_STATS": "1"},
    "sglang": {},
}


def test_a_server_has_a_name_for_its_user_and_a_home_and_reports_to_nobody(render: Render) -> None:
    for runtime in ("tgi", "vllm", "sglang"):
        objects = render(models={"chat": {"mode": "deployment", "runtime": runtime}})
        deployment = named(objects, "Deployment", "docsql-chat")["spec"]["template"]["spec"]
        variables = {v["name"]: v.get("value") for v in deployment["containers"][0]["env"]}
        assert variables["USER"]
        assert REPORTS[runtime].items() <= variables.items()
        assert variables["HOME"] == "/tmp"  # noqa: S108  # the pod's, an emptyDir


def command(objects: list[Object], name: str) -> list[str]:
    """The arguments of a Deployment's only container."""
    deployment = named(objects, "Deployment", name)
    return deployment["spec"]["template"]["spec"]["containers"][0]["args"]
