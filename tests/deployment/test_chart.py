"""The Helm chart, rendered by the real engine and read object by object."""

import json
import tarfile
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import chart_files
import kubernetes_validate
import pytest
import yaml

from serving.config.settings import load_settings

CHART = chart_files.CHART
READY_MADE = sorted(file.stem for file in (CHART / "values").glob("*.yaml"))
OTHERS = ("kserve.io", "istio.io", "keda.sh", "coreos.com", "gateway.networking", "ray.io")
"""API groups whose schemas their own projects publish; the built-in kinds are checked here."""

Object = dict[str, Any]
Render = Callable[..., list[Object]]


def named(objects: list[Object], kind: str, name: str) -> Object:
    return next(o for o in objects if o["kind"] == kind and o["metadata"]["name"] == name)


def pods(objects: list[Object]) -> Iterator[tuple[str, Object]]:
    """Every pod that an object makes, with the object's name."""
    for found in objects:
        name = f"{found['kind']} {found['metadata']['name']}"
        match found:
            case {"kind": "Pod", "spec": spec}:
                yield name, spec
            case {"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": pod}}}}:
                yield name, pod["spec"]
            case {"kind": "Deployment" | "StatefulSet" | "Job", "spec": {"template": pod}}:
                yield name, pod["spec"]
            case {"kind": "InferenceService", "spec": {"predictor": predictor}}:
                yield name, predictor
            case _:
                pass


@pytest.mark.parametrize("ready_made", [None, *READY_MADE])
def test_every_object_is_what_kubernetes_takes(render: Render, ready_made: str | None) -> None:
    objects = render(ready_made)
    assert len(objects) > 5
    for found in objects:
        if not any(group in found["apiVersion"] for group in OTHERS):
            kubernetes_validate.validate(found, "1.32", strict=True)


@pytest.mark.parametrize("ready_made", [None, *READY_MADE])
def test_names_are_unique_and_every_claim_secret_and_map_that_a_pod_names_is_made_or_given(
    render: Render, ready_made: str | None
) -> None:
    objects = render(ready_made)
    made = [(o["kind"], o["metadata"]["name"]) for o in objects]
    assert len(made) == len(set(made))
    values = {"Secret": "existing", "ConfigMap": "configMap"}
    given = _given(ready_made)
    for name, spec in pods(objects):
        for kind, needed in _named_in(spec):
            assert (kind, needed) in made or needed in given, (name, kind, needed, values)


def _given(ready_made: str | None) -> str:
    """The existing objects that a values file names, as one text."""
    if ready_made is None:
        return ""
    return (CHART / "values" / f"{ready_made}.yaml").read_text(encoding="utf-8")


def _named_in(spec: Object) -> Iterator[tuple[str, str]]:
    for volume in spec.get("volumes", ()):
        match volume:
            case {"persistentVolumeClaim": {"claimName": name}}:
                yield "PersistentVolumeClaim", name
            case {"configMap": {"name": name}}:
                yield "ConfigMap", name
            case {"projected": {"sources": sources}}:
                yield from (("Secret", source["secret"]["name"]) for source in sources)
            case _:
                pass
    for container in spec.get("containers", ()):
        for variable in container.get("env", ()):
            if reference := variable.get("valueFrom", {}).get("secretKeyRef"):
                yield "Secret", reference["name"]


@pytest.mark.parametrize("ready_made", [None, *READY_MADE])
def test_pods_are_restricted(render: Render, ready_made: str | None) -> None:
    for name, spec in pods(render(ready_made)):
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for container in spec.get("containers", ()):
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False, name
            assert security["capabilities"] == {"drop": ["ALL"]}, name
            assert security.get("readOnlyRootFilesystem") or "milvus" in name, name
            assert "memory" in container["resources"]["limits"], name


@pytest.mark.parametrize("ready_made", [None, *READY_MADE])
def test_the_settings_and_secrets_that_it_renders_start_the_service(
    render: Render, ready_made: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = render(ready_made)
    toml = named(objects, "ConfigMap", "docsql")["data"]["docsql.toml"]
    (tmp_path / "docsql.toml").write_text(toml, encoding="utf-8")
    (tmp_path / "secrets").mkdir()
    for key, value in named(objects, "Secret", "docsql-settings")["stringData"].items():
        (tmp_path / "secrets" / key).write_text(value, encoding="utf-8")
    monkeypatch.setenv("DOCSQL_SECRETS", str(tmp_path / "secrets"))
    settings = load_settings(tmp_path / "docsql.toml")
    assert settings.auth.api_key is not None
    key = named(objects, "Secret", "docsql-key")["stringData"]["key"]
    assert settings.auth.api_key.get_secret_value() == key
    variables = named(objects, "Deployment", "docsql-page")["spec"]["template"]["spec"]
    for variable in variables["containers"][0]["env"]:
        monkeypatch.setenv(variable["name"], variable.get("value", key))
    page = load_settings(tmp_path / "docsql.toml").page
    assert page.api_url == "http://docsql:8710"
    assert (page.login, page.api_key) in (("key", None), ("proxy", None))


def test_the_page_signs_people_in_at_the_services_provider(
    render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {"issuer": "https://id.example", "audience": ["docsql"]}
    objects = render(
        page={"login": "oidc", "publicUrl": "https://ask.example", "oidc": {"clientId": "page"}},
        settings={"auth": {"oidc": known}, "page": {"name": "Acme", "starters": ["Who?"]}},
    )
    page = named(objects, "Deployment", "docsql-page")["spec"]["template"]["spec"]
    for variable in page["containers"][0]["env"]:
        monkeypatch.setenv(variable["name"], variable.get("value", "kept" * 10))
    settings = load_settings()
    assert settings.auth.oidc.issuer == "https://id.example"
    assert settings.page.oidc.client_id == "page"
    assert (settings.page.login, settings.page.public_url) == ("oidc", "https://ask.example")
    assert (settings.page.name, settings.page.starters) == ("Acme", ("Who?",))


def test_logins_are_signed_by_what_every_pod_of_the_page_is_given(render: Render) -> None:
    def variables(**values: Any) -> dict[str, Any]:
        page = named(render(**values), "Deployment", "docsql-page")["spec"]["template"]["spec"]
        listed = page["containers"][0]["env"]
        assert len({each["name"] for each in listed}) == len(listed)
        return {each["name"]: each for each in listed}

    reference = {"name": "docsql-page", "key": "login"}
    for values in ({}, {"page": {"replicas": 2}}, {"secrets": {"loginSecret": "s" * 40}}):
        kept = named(render(**values), "Secret", "docsql-page")["stringData"]["login"]
        assert len(kept) >= 40
        assert (kept == "s" * 40) == ("secrets" in values)
        given = variables(**values)["DOCSQL_PAGE__SECRET"]
        assert given["valueFrom"] == {"secretKeyRef": reference}


def test_the_service_believes_the_page_and_the_page_the_proxy(
    render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {"userHeader": "X-Auth-Request-User", "addresses": ["10.1.0.0/16"]}
    objects = render(page={"login": "proxy", "proxy": headers})
    kept = named(objects, "Secret", "docsql-settings")["stringData"]
    secret = kept["DOCSQL_AUTH__PROXY__SECRET"]
    toml = tomllib.loads(named(objects, "ConfigMap", "docsql")["data"]["docsql.toml"])
    assert toml["auth"]["proxy"]["user_header"] == "X-Auth-Request-User"
    assert "addresses" not in toml["auth"]["proxy"]  # the page's pods have no fixed ones
    page = named(objects, "Deployment", "docsql-page")
    for variable in page["spec"]["template"]["spec"]["containers"][0]["env"]:
        monkeypatch.setenv(variable["name"], variable.get("value", secret))
    settings = load_settings()
    assert settings.page.proxy_secret is not None
    assert settings.page.proxy_secret.get_secret_value() == secret
    assert settings.auth.proxy.user_header == "X-Auth-Request-User"
    assert [str(network) for network in settings.auth.proxy.addresses] == ["10.1.0.0/16"]


@pytest.mark.parametrize("ready_made", ["one-gpu", "production", "air-gapped", "ezua"])
def test_nobody_reaches_models_and_stores_but_the_service(render: Render, ready_made: str) -> None:
    policies = [o for o in render(ready_made) if o["kind"] == "NetworkPolicy"]
    closed = named(policies, "NetworkPolicy", "docsql-nothing")["spec"]
    assert closed["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in closed
    for policy in policies:
        name = policy["metadata"]["name"]
        if name in {"docsql-models", "docsql-milvus", "docsql-postgresql"}:
            for peer in policy["spec"]["ingress"][0]["from"]:
                parts = peer.get("podSelector", {}).get("matchLabels", {})
                monitoring = "monitoring" in json.dumps(peer)
                part = parts.get("app.kubernetes.io/component")
                assert part in {"service", "ingestion"} or monitoring, name
    ports = [
        p["port"]
        for o in policies
        for rule in o["spec"].get("ingress", ())
        for p in rule.get("ports", ())
    ]
    assert 9091 not in ports


def test_milvus_shows_no_port_that_asks_for_no_password(render: Render) -> None:
    service = named(render("one-gpu"), "Service", "docsql-milvus")
    assert [port["port"] for port in service["spec"]["ports"]] == [19530]


WAYS = [
    ({"mode": "deployment"}, "Deployment", "tgi"),
    ({"mode": "deployment", "runtime": "vllm"}, "Deployment", "openai"),
    ({"mode": "deployment", "runtime": "sglang", "image": "s:1"}, "Deployment", "openai"),
    ({"mode": "deployment", "runtime": "llamacpp", "image": "l:1"}, "Deployment", "openai"),
    ({"mode": "kserve", "runtime": "sglang", "image": "s:1"}, "InferenceService", "openai"),
    ({"mode": "kserve", "runtime": "llamacpp", "image": "l:1"}, "InferenceService", "openai"),
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
    chat = {"mode": "deployment", "runtime": runtime, "image": "l:1"}
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


INGRESS = [
    ({"kind": "ingress", "api": True}, "Ingress"),
    ({"kind": "httpRoute", "gateway": {"name": "company", "namespace": "gateways"}}, "HTTPRoute"),
    (
        {"kind": "virtualService", "gateway": {"name": "company", "namespace": "istio"}},
        "VirtualService",
    ),
]


@pytest.mark.parametrize(("ingress", "kind"), INGRESS)
def test_people_come_in_by_any_of_the_ways(
    render: Render, ingress: dict[str, Any], kind: str
) -> None:
    way = named(render(ingress=ingress), kind, "docsql")
    assert "docsql-page" in json.dumps(way)
    assert ("/agent" in json.dumps(way)) == ingress.get("api", False)


def test_the_platform_sends_people_to_its_login_first(render: Render) -> None:
    policy = named(render("ezua"), "AuthorizationPolicy", "docsql-apps")
    assert policy["metadata"]["namespace"] == "istio-system"
    assert policy["spec"]["action"] == "CUSTOM"
    assert policy["spec"]["provider"] == {"name": "oauth2-proxy"}


LLAMA = {"mode": "deployment", "runtime": "llamacpp"}
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"service": {"replicas": 2}}, "needs a Milvus server"),
    (
        {"ingestion": {"enabled": True, "claim": "documents"}},
        "belongs to the service's own process",
    ),
    (
        {"settings": {"sources": {"a": {"url": "s3://b", "schedule": "0 3 * * *"}}}},
        "with a schedule need a Milvus server",
    ),
    ({"settings": {"sources": {"a": {"url": "s3://b", "password": "x"}}}}, "password"),
    ({"page": {"login": "oidc"}}, "set settings.auth.oidc.issuer"),
    ({"models": {"chat": {"mode": "external"}}}, "set models.chat.url to its address"),
    ({"models": {"chat": {"mode": "kubernetes"}}}, "models/chat/mode"),
    ({"models": {"chat": LLAMA}}, "Set images.llamacpp"),
    ({"models": {"chat": {**LLAMA, "runtime": "sglang"}}}, "Set images.sglang"),
    (
        {"models": {"chat": {**LLAMA, "image": "l:1", "cache": {"enabled": True}}}},
        "models.chat.cache.download",
    ),
    ({"servise": {}}, "servise"),
    ({"settings": {"chat": {"timeout": 3}}}, "timeout"),
    ({"settings": {"chat": {"api_key": "secret"}}}, "api_key"),
    ({"settings": {"service": {"turn_limit_s": 0}}}, "turn_limit_s"),
]


@pytest.mark.parametrize(("values", "words"), REFUSED)
def test_what_cannot_work_is_refused_with_a_word_on_it(
    render: Render, values: dict[str, Any], words: str
) -> None:
    with pytest.raises(Exception, match=words):
        render(**values)


def test_a_ray_cluster_reads_for_the_job_where_it_is_asked_for(render: Render) -> None:
    ingestion = {"enabled": True, "claim": "documents", "ray": {"enabled": True}}
    objects = render(milvus={"bundled": True}, ingestion=ingestion)
    job = next(o for o in objects if o["kind"] == "Job")
    assert (
        "ray://docsql-ray-head-svc:10001"
        in job["spec"]["template"]["spec"]["containers"][0]["args"]
    )
    assert named(objects, "RayCluster", "docsql-ray")["apiVersion"] == "ray.io/v1"


def test_a_source_with_a_schedule_is_brought_up_to_date_by_a_job_with_its_own_record(
    render: Render, tmp_path: Path
) -> None:
    schedule = {"url": "s3://papers/handbook", "schedule": "0 3 * * *", "groups": ["staff"]}
    by_hand = {"url": "https://intranet/rules.pdf"}
    sources = {"handbook": schedule, "old_" + "papers" * 9: schedule, "rules": by_hand}
    objects = render(milvus={"bundled": True}, settings={"sources": sources})

    jobs = [o for o in objects if o["kind"] == "CronJob"]
    claims = {o["metadata"]["name"] for o in objects if o["kind"] == "PersistentVolumeClaim"}
    for job in jobs:
        kubernetes_validate.validate(job, "1.32", strict=True)
        assert len(job["metadata"]["name"]) <= 52
    assert [job["spec"]["schedule"] for job in jobs] == ["0 3 * * *"] * 2
    pod = named(jobs, "CronJob", "docsql-sync-handbook")["spec"]["jobTemplate"]["spec"]["template"]
    assert pod["spec"]["containers"][0]["args"] == ["sync", "handbook"]
    assert {job["metadata"]["name"] for job in jobs} <= claims
    policy = named(objects, "NetworkPolicy", "docsql-ingestion")["spec"]
    reached = [
        peer["ipBlock"] for rule in policy["egress"] for peer in rule["to"] if "ipBlock" in peer
    ]
    assert [block["cidr"] for block in reached] == ["0.0.0.0/0"]
    assert "169.254.0.0/16" in reached[0]["except"]
    toml = named(objects, "ConfigMap", "docsql")["data"]["docsql.toml"]
    (tmp_path / "docsql.toml").write_text(toml, encoding="utf-8")
    assert load_settings(tmp_path / "docsql.toml").sources["handbook"].groups == ("staff",)


def test_its_settings_and_schema_are_those_of_the_program() -> None:
    text = chart_files.VALUES.read_text(encoding="utf-8")
    assert text == chart_files.values_with_settings(text), "run `make chart`"
    assert json.loads(chart_files.SCHEMA.read_text(encoding="utf-8")) == chart_files.schema(), (
        "run `make chart`"
    )


def test_the_tarball_holds_the_chart_under_its_name(tmp_path: Path) -> None:
    with tarfile.open(chart_files.package(tmp_path)) as archive:
        names = archive.getnames()
        meta = archive.extractfile("docsql/Chart.yaml")
        assert meta is not None
        read = cast("Object", yaml.safe_load(meta.read()))
    assert read["name"] == "docsql"
    assert {"docsql/values.yaml", "docsql/values.schema.json", "docsql/templates/NOTES.txt"} <= set(
        names
    )


def test_no_image_is_latest() -> None:
    values = cast("Object", yaml.safe_load(chart_files.VALUES.read_text(encoding="utf-8")))
    for name in ("service", "page", "tgi", "tei", "vllm", "nim", "milvus", "postgresql"):
        tag = values["images"][name].rsplit(":", 1)[1]
        assert tag[0].isdigit() or tag[0] == "v", name
