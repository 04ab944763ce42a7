"""API keys: `docsql keys`, and a service that asks for one."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from docsql_process import Folder, Service, address_in

FIXTURES = Path(__file__).parents[1] / "fixtures" / "identity"
ASKED = {"input": {"question": "How many repairs are there?"}}


def created(folder: Folder, name: str, *options: str) -> str:
    made = folder.run("keys", "create", name, *options)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, shop_settings: dict[str, str]) -> Folder:
    return Folder(tmp_path_factory.mktemp("guarded"), shop_settings)


@pytest.fixture(scope="module")
def key(home: Folder) -> str:
    return created(home, "alice", "--groups", "sales,board", "--scopes", "ask,documents:read")


@pytest.fixture(scope="module")
def guarded(home: Folder, key: str) -> Iterator[Service]:
    """A service that asks for a key, because one was made before it began."""
    with home.serving() as running:
        yield running


@pytest.fixture
def client(guarded: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=guarded.url, trust_env=False, timeout=30) as client:
        yield client


def test_a_key_says_who_comes_and_with_what(client: httpx.Client, key: str) -> None:
    assert client.get("/whoami", headers=bearer(key)).json() == {
        "id": "key:alice",
        "groups": ["board", "sales"],
        "scopes": ["ask", "documents:read"],
    }
    answered = client.post("/agent/invoke", json=ASKED, headers=bearer(key))
    assert answered.json()["output"]["queries"][0]["rows"] == [[7]]


def test_a_key_is_kept_as_a_digest_that_others_cannot_read(home: Folder, key: str) -> None:
    file = home.data / "keys.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert key.rpartition("_")[2] not in file.read_text(encoding="utf-8")
    listed = home.run("keys", "list", "--json").stdout
    assert key not in listed
    assert "sha256" not in listed
    assert json.loads(listed)[0]["name"] == "alice"


def test_without_a_key_one_is_asked_for(client: httpx.Client) -> None:
    refused = client.post("/agent/invoke", json=ASKED)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert "Authorization: Bearer" in refused.json()["error"]


@pytest.mark.parametrize(
    "sent", json.loads((FIXTURES / "authorizations.json").read_text(encoding="utf-8"))
)
def test_nothing_but_the_whole_key_opens(client: httpx.Client, key: str, sent: str) -> None:
    refused = client.get("/whoami", headers={"Authorization": sent.replace("{key}", key)})
    assert refused.status_code == 401
    assert key not in refused.text


def test_two_authorizations_are_none(client: httpx.Client, key: str) -> None:
    twice = [("Authorization", f"Bearer {key}"), ("Authorization", f"Bearer {key}")]
    refused = client.get("/whoami", headers=twice)
    assert refused.status_code == 401
    assert "The header Authorization came twice" in refused.json()["error"]


def test_a_scope_that_a_key_lacks_is_named(client: httpx.Client, key: str) -> None:
    refused = client.delete("/documents/any", headers=bearer(key))
    assert refused.status_code == 403
    assert "'documents:write'" in refused.json()["error"]


def test_a_stranger_learns_that_the_service_is_ready_and_no_name(
    client: httpx.Client, key: str
) -> None:
    assert client.get("/health").status_code == 200
    told = client.get("/ready").json()
    assert (told["ready"], told["databases"], told["models"]) == (True, [], {})
    known = client.get("/ready", headers=bearer(key)).json()
    assert [database["name"] for database in known["databases"]] == ["shop"]


def test_a_revoked_key_is_refused_from_the_next_request_on(
    home: Folder, client: httpx.Client
) -> None:
    made = created(home, "bob")
    assert client.get("/whoami", headers=bearer(made)).status_code == 200
    assert home.run("keys", "revoke", "bob").returncode == 0
    assert client.get("/whoami", headers=bearer(made)).status_code == 401
    assert "revoked" in home.run("keys", "list").stdout
    again = home.run("keys", "revoke", "bob")
    assert (again.returncode, "There is no active key 'bob'" in again.stderr) == (1, True)


def test_a_thread_is_not_seen_with_another_key(home: Folder, client: httpx.Client) -> None:
    carol, dave = created(home, "carol"), created(home, "dave")
    asked = {"question": "How many repairs has the workshop Harbour?", "thread_id": "mine"}
    follow_up = {"input": {"question": "And Old Mill?", "thread_id": "mine"}}

    def rows(key: str) -> list[object]:
        answered = client.post("/agent/invoke", json=follow_up, headers=bearer(key)).json()
        return [query["rows"] for query in answered["output"]["queries"]]

    assert client.post("/agent/invoke", json={"input": asked}, headers=bearer(carol)).is_success
    assert rows(dave) != [[[2]]]
    assert rows(carol) == [[[2]]]


def test_the_commands_on_the_data_folder_need_no_key_of_their_own(
    home: Folder, guarded: Service
) -> None:
    asked = home.run("ask", "How many repairs are there?", "--json")
    assert json.loads(asked.stdout)["queries"][0]["rows"] == [[7]]
    assert home.run("documents", "list").returncode == 0
    examined = json.loads(home.run("doctor", "--json").stdout)
    assert {"service", "database shop"} <= {found["part"] for found in examined}
    assert stat.S_IMODE((home.data / "local.key").stat().st_mode) == 0o600


REFUSED = [
    (("create", "no spaces"), "is not a valid key name"),
    (("create", "../x"), "is not a valid key name"),
    (("create", ""), "is not a valid key name"),
    (("create", "erin", "--scopes", "everything"), "There is no scope 'everything'"),
    (("create", "alice"), "docsql keys revoke alice"),
    (("create", "deployment"), "the name of the caller with DOCSQL_AUTH__API_KEY. Choose another."),
    (("revoke", "nobody"), "There is no active key 'nobody'"),
]


@pytest.mark.parametrize(("arguments", "said"), REFUSED)
def test_what_cannot_be_made_or_revoked_is_said(
    home: Folder, key: str, arguments: tuple[str, ...], said: str
) -> None:
    refused = home.run("keys", *arguments)
    assert (refused.returncode, said in refused.stderr) == (1, True), refused.stderr


def test_from_the_first_key_on_a_running_service_asks_for_one(folder: Folder) -> None:
    with folder.serving() as running:
        assert httpx.get(f"{running.url}/whoami", trust_env=False).json()["id"] == "local"
        made = created(folder, "first")
        assert httpx.get(f"{running.url}/whoami", trust_env=False).status_code == 401
        found = httpx.get(f"{running.url}/whoami", trust_env=False, headers=bearer(made))
        assert found.json()["id"] == "key:first"


def test_a_deployments_key_opens_every_door(tmp_path: Path, shop_settings: dict[str, str]) -> None:
    given = {"DOCSQL_AUTH__API_KEY": "generated-0123456789abcdef"}
    groups = {"DOCSQL_AUTH__API_KEY_GROUPS": '["ops"]'}
    with Folder(tmp_path, {**shop_settings, **given, **groups}).serving() as running:
        url = f"{running.url}/whoami"
        assert httpx.get(url, trust_env=False).status_code == 401
        found = httpx.get(url, trust_env=False, headers=bearer(given["DOCSQL_AUTH__API_KEY"]))
    assert found.json()["groups"] == ["ops"]
    assert set(found.json()["scopes"]) == {
        *("ask", "sql", "documents:read", "documents:write", "metrics")
    }


def test_an_older_key_with_the_deployments_name_is_refused_beside_the_deployments_key(
    folder: Folder,
) -> None:
    older = created(folder, "older")
    file = folder.data / "keys.json"
    file.write_text(file.read_text("utf-8").replace('"older"', '"deployment"'), "utf-8")
    deployments = "generated-0123456789abcdef"
    both = Folder(folder.path, {**folder.settings, "DOCSQL_AUTH__API_KEY": deployments})
    with both.serving() as running:
        url = f"{running.url}/whoami"
        refused = httpx.get(url, trust_env=False, headers=bearer(older))
        found = httpx.get(url, trust_env=False, headers=bearer(deployments))
    assert found.json()["id"] == "key:deployment"
    assert refused.status_code == 401
    assert "Run `docsql keys revoke deployment`" in refused.json()["error"]
    with folder.serving() as running:  # where the name is nobody else's, the key goes on opening
        found = httpx.get(f"{running.url}/whoami", trust_env=False, headers=bearer(older))
    assert found.json()["id"] == "key:deployment"


def test_two_authorizations_are_refused_also_where_nobody_is_asked(service: Service) -> None:
    twice = [("Authorization", "Bearer a"), ("authorization", "Bearer b")]
    refused = httpx.get(f"{service.url}/whoami", headers=twice, trust_env=False)
    assert refused.status_code == 401
    assert "The header Authorization came twice" in refused.json()["error"]


def test_listening_elsewhere_is_refused_until_something_asks_who_comes(folder: Folder) -> None:
    elsewhere = "127.1"  # this machine after all, and the service cannot know it
    refused = folder.run("serve", "--host", elsewhere)
    assert refused.returncode == 1
    assert "docsql keys create" in refused.stderr
    created(folder, "first")
    with folder.started("serve", "--host", elsewhere) as process:
        assert httpx.get(f"{address_in(process)}/whoami", trust_env=False).status_code == 401


def test_a_key_that_is_too_short_is_refused_at_start_without_being_shown(folder: Folder) -> None:
    refused = folder.run("serve", DOCSQL_AUTH__API_KEY="hunter2")
    assert refused.returncode == 1
    assert "DOCSQL_AUTH__API_KEY" in refused.stderr
    assert "hunter2" not in refused.stderr


def test_keys_that_cannot_be_read_let_nobody_in(folder: Folder) -> None:
    with folder.serving() as running:
        (folder.data / "keys.json").write_text("{", encoding="utf-8")
        shaped = bearer(f"docsql_00000000_{'A' * 43}")
        for headers, status in (({}, 401), (shaped, 503)):
            answer = httpx.get(f"{running.url}/whoami", headers=headers, trust_env=False)
            assert answer.status_code == status
        assert httpx.get(f"{running.url}/health", trust_env=False).status_code == 200


def test_a_page_of_another_site_cannot_use_an_open_service(service: Service) -> None:
    def sent(**headers: str) -> int:
        body = b'{"input": {"question": "How many repairs are there?"}}'
        url = f"{service.url}/agent/invoke"
        return httpx.post(url, content=body, headers=headers, trust_env=False).status_code

    assert sent(Origin="https://evil.example") == 403
    assert sent(Origin="null") == 403
    assert sent(**{"Sec-Fetch-Site": "cross-site"}) == 403
    assert sent(Origin=service.url) == 200
    assert sent() == 200
