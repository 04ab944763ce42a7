"""The Helm chart, rendered by the real engine and read object by object."""

import json
import re
import tarfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import chart_files
import kubernetes_validate
import pytest
import yaml
from rendered import Object, Render, named

from serving.config.settings import load_settings

CHART = chart_files.CHART
READY_MADE = sorted(file.stem for file in (CHART / "values").glob("*.yaml"))
OTHERS = ("kserve.io", "istio.io", "keda.sh", "coreos.com", "gateway.networking", "ray.io")
"""API groups whose schemas their own projects publish; the built-in kinds are checked here."""


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


def test_the_deployment_key_is_kept_under_the_name_that_its_readers_use(render: Render) -> None:
    objects = render(secrets={"apiKey": {"key": "api"}})
    assert set(named(objects, "Secret", "docsql-key")["stringData"]) == {"api"}
    [variable] = named(objects, "Pod", "docsql-test")["spec"]["containers"][0]["env"]
    assert variable["valueFrom"]["secretKeyRef"] == {"name": "docsql-key", "key": "api"}


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
    for name, image in values["images"].items():
        if name not in {"registry", "pullPolicy", "pullSecrets"}:
            assert any(part.isdigit() for part in image.rsplit(":", 1)[1]), name


NOT_READ = {"domainName"}
"""Values that only a platform reads."""


def test_every_value_is_read_by_a_template() -> None:
    templates = (CHART / "templates").rglob("*.*")
    text = "\n".join(file.read_text(encoding="utf-8") for file in templates if file.is_file())
    values = yaml.safe_load(chart_files.VALUES.read_text(encoding="utf-8"))
    values["images"] = {name: values["images"][name] for name in ("registry", "pullSecrets")}
    unread = {name for name in _names_in(values) if not re.search(rf"[.\"]{name}\b", text)}
    assert unread == NOT_READ


def _names_in(values: Object) -> Iterator[str]:
    """The names of values, without those within Kubernetes' own objects and DocSQL's settings."""
    for name, value in values.items():
        yield name
        if isinstance(value, dict) and name not in chart_files.FREE | {"settings", "resources"}:
            yield from _names_in(cast("Object", value))
