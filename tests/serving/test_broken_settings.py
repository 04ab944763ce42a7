"""Settings that cannot be meant: each is one line that names the setting, and nothing is started."""

from pathlib import Path

import pytest
from docsql_process import Folder

PORT = {"DOCSQL_SERVICE__PORT": "0"}
CASES: list[tuple[dict[str, str], str, str]] = [
    ({"DOCSQL_THREADS__URI": "mysql://x:geheim@y/z"}, "DOCSQL_THREADS__URI", "postgresql://"),
    ({"DOCSQL_THREADS__URI": "postgresql+psycopg://a:geheim@b/c"}, "DOCSQL_THREADS__URI", "postgresql://"),
    ({"DOCSQL_THREADS__URI": "postgresql://a:b@c:geheim@d/e"}, "DOCSQL_THREADS__URI", "as %40 (for @)"),
    ({"DOCSQL_THREADS__URI": "postgresql://a:b@127.0.0.1:geheim/e"}, "DOCSQL_THREADS__URI", "as %40 (for @)"),
    ({"DOCSQL_AUTH__OIDC__ISSUER": "idp", "DOCSQL_AUTH__OIDC__AUDIENCE": '["a"]'}, "DOCSQL_AUTH__OIDC__ISSUER", "not a server address"),
    ({"DOCSQL_AUTH__OIDC__JWKS_URL": "idp/keys"}, "DOCSQL_AUTH__OIDC__JWKS_URL", "not a server address"),
    ({"DOCSQL_TELEMETRY__OTLP_ENDPOINT": "collector"}, "DOCSQL_TELEMETRY__OTLP_ENDPOINT", "not a server address"),
    ({"DOCSQL_PAGE__API_URL": "service"}, "DOCSQL_PAGE__API_URL", "not a server address"),
    ({"DOCSQL_DOCUMENTS__URI": "htp://milvus"}, "DOCSQL_DOCUMENTS__URI", "http"),
    ({"DOCSQL_DATABASES__SHOP__URL": "geheim"}, "DOCSQL_DATABASES__SHOP: ", "looks like"),
    ({"DOCSQL_DATABASES__SHOP__URL": "firebird://a:geheim@b/c"}, "DOCSQL_DATABASES__SHOP: ", "not supported"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "named", "said"), CASES, ids=lambda value: str(value)[:50])
def test_a_setting_that_cannot_be_meant_is_one_line_that_names_it(
    tmp_path: Path, settings: dict[str, str], named: str, said: str
) -> None:
    result = Folder(tmp_path, {**PORT, **settings}).run("ask", "Hello")
    assert result.returncode == 1, result.stdout
    (line,) = result.stderr.splitlines()
    assert line.startswith("docsql: ")
    assert named in line
    assert said in line
    assert "geheim" not in line


def test_a_folder_where_the_file_should_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "docsql.toml").mkdir()  # as Docker makes of a mount whose file is missing
    result = Folder(tmp_path).run("ask", "Hello")
    assert result.returncode == 1
    assert "Cannot read the configuration file 'docsql.toml'" in result.stderr
