"""The compose files: what their schema, the program's settings and a careful operator ask of them."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner
from composed import composed

from serving.config.settings import load_settings
from serving.observability.metrics import Metrics
from tools.audit import NoAudit

DEPLOYMENT = Path(__file__).parents[2] / "deployment"
FILES = ["compose.yaml", "compose.cpu.yaml"]
KINDS = sorted(file.stem for file in (DEPLOYMENT / "models").glob("*.yaml"))
PARTS = [f"models/{kind}.yaml" for kind in KINDS]

Object = dict[str, Any]


def read(file: str) -> Object:
    return composed(DEPLOYMENT / file)


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of deployment/secrets.sh in a temporary folder."""
    script = tmp_path_factory.mktemp("deployment") / "secrets.sh"
    shutil.copy(DEPLOYMENT / "secrets.sh", script)
    for _ in range(2):  # again, and nothing changes
        subprocess.run([script], check=True, capture_output=True)  # noqa: S603
    return script.parent / "secrets"


def test_a_token_that_comes_later_is_taken_and_the_rest_is_kept(secrets: Path) -> None:
    kept = (secrets / "api_key").read_text(encoding="utf-8")
    assert (secrets / "hugging_face_token").read_text(encoding="utf-8") == ""
    for token in ({"HF_TOKEN": "hf_new"}, {}):
        environment = {"PATH": "/usr/bin:/bin", **token}
        subprocess.run([secrets.parent / "secrets.sh"], check=True, env=environment)  # noqa: S603
        assert (secrets / "hugging_face_token").read_text(encoding="utf-8") == "hf_new"
    assert (secrets / "api_key").read_text(encoding="utf-8") == kept


@pytest.mark.parametrize("file", FILES + PARTS)
def test_compose_takes_the_file(file: str) -> None:
    arguments = ["--builtin-schema", "vendor.compose-spec", str(DEPLOYMENT / file)]
    done = CliRunner().invoke(check_jsonschema, arguments)
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("file", FILES)
def test_the_secrets_that_it_mounts_are_those_that_the_script_makes(
    file: str, secrets: Path
) -> None:
    for secret in read(file)["secrets"].values():
        assert (secrets.parent / secret["file"]).is_file(), secret
    assert len((secrets / "api_key").read_text(encoding="utf-8")) == 43
    password = (secrets / "postgresql_password").read_text(encoding="utf-8")
    assert f":{password}@" in (secrets / "threads_uri").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("program", ["service", "page"])
def test_the_program_knows_every_variable_and_secret_that_it_is_given(
    file: str, program: str, secrets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = read(file)["services"][program]
    for secret in described.get("secrets", ()):
        held = secrets / Path(read(file)["secrets"][secret["source"]]["file"]).name
        shutil.copy(held, tmp_path / secret["target"])
    for variable, value in described["environment"].items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("DOCSQL_SECRETS", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    if program == "page":  # which has no key of its own: everybody who comes has to show one
        assert settings.page.login == "key"
        assert settings.page.api_key is None
    else:
        assert settings.auth.api_key is not None
        key = settings.auth.api_key.get_secret_value()
        assert key == (secrets / "api_key").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", FILES)
def test_only_the_page_and_the_service_are_published_and_to_this_machine(file: str) -> None:
    ports = {name: one["ports"] for name, one in read(file)["services"].items() if "ports" in one}
    assert set(ports) == {"service", "page"}
    assert all(port.startswith("127.0.0.1:") for found in ports.values() for port in found)


@pytest.mark.parametrize("file", FILES)
def test_images_are_pinned_and_everything_says_how_it_is(file: str) -> None:
    for name, one in read(file)["services"].items():
        _, _, tag = one["image"].rpartition(":")
        assert tag not in {"", "latest"}, name
        assert one["healthcheck"]["test"], name
        for other, condition in one.get("depends_on", {}).items():
            assert condition == {"condition": "service_healthy"}, (name, other)


@pytest.mark.parametrize("file", FILES)
def test_no_secret_is_a_variable_and_stores_have_no_way_out(file: str) -> None:
    whole = read(file)
    for name, one in whole["services"].items():
        for variable, value in one.get("environment", {}).items():
            is_file = variable.endswith(("_FILE", "__FILE"))
            assert is_file or not any(
                word in variable for word in ("PASSWORD", "TOKEN", "KEY_ID_")
            ), (name, value)
        for network in one["networks"] if name in {"milvus", "postgresql", "etcd", "minio"} else ():
            assert whole["networks"][network]["internal"] is True, (name, network)


def test_the_dashboard_and_the_alerts_ask_for_metrics_that_there_are(tmp_path: Path) -> None:
    exposed = Metrics(NoAudit()).exposed().decode()
    known = set(re.findall(r"^# TYPE (docsql_\w+) ", exposed, re.MULTILINE))
    for file in ("docsql.json", "rules.yml"):
        text = (DEPLOYMENT / "helm/docsql/monitoring" / file).read_text(encoding="utf-8")
        asked = set(re.findall(r"docsql_\w+", text)) - {"docsql_"}
        assert asked
        assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in asked} <= known


def test_both_programs_are_closed_as_far_as_they_can_be() -> None:
    for file in FILES:
        for program in ("service", "page"):
            one = read(file)["services"][program]
            assert one["read_only"] is True
            assert one["cap_drop"] == ["ALL"]
            assert one["security_opt"] == ["no-new-privileges:true"]
