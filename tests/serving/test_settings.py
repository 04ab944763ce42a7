from pathlib import Path

import pytest

from serving.config.settings import Settings, SettingsError, load_settings, variables

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty folder, in which no docsql.toml is found."""
    monkeypatch.chdir(tmp_path)


def test_without_any_setting_everything_is_embedded_and_on_this_machine() -> None:
    settings = load_settings()
    assert settings.chat.url is None
    assert (settings.service.host, settings.service.port) == ("127.0.0.1", 8710)
    assert (settings.page.host, settings.page.port) == ("127.0.0.1", 8711)
    assert settings.data == Path("data")


SET = [
    ({"DOCSQL_SERVICE__PORT": "9"}, "service.port", 9),
    ({"docsql_service__port": "9"}, "service.port", 9),
    ({"DOCSQL_DATA": "/srv/x"}, "data", Path("/srv/x")),
    ({"DOCSQL_CHAT__URL": "http://tgi:80"}, "chat.url", "http://tgi:80"),
    ({"DOCSQL_CHAT__API": "openai"}, "chat.api", "openai"),
    ({"DOCSQL_SERVICE__PLAYGROUND": "true"}, "service.playground", True),
]


@pytest.mark.parametrize(("environment", "name", "value"), SET)
def test_a_variable_sets_a_setting(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], name: str, value: object
) -> None:
    for variable, text in environment.items():
        monkeypatch.setenv(variable, text)
    found: object = load_settings()
    for part in name.split("."):
        found = getattr(found, part)
    assert found == value


def test_a_database_is_set_by_variables_with_its_lists_as_json(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCSQL_DATABASES__SALES__URL", "sqlite:///sales.sqlite")
    monkeypatch.setenv("DOCSQL_DATABASES__SALES__ALLOWED_TABLES", '["orders"]')
    sales = load_settings().databases["sales"]
    assert sales.url.get_secret_value() == "sqlite:///sales.sqlite"
    assert sales.allowed_tables == ("orders",)
    assert sales.row_cap == 1_000


def test_the_variable_wins_over_the_file_value_by_value(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    written = """
        [service]
        port = 1
        turn_limit_s = 5
        [databases.sales]
        url = "sqlite:///a.sqlite"
        description = "Sales"
    """
    (tmp_path / "docsql.toml").write_text(written, encoding="utf-8")
    monkeypatch.setenv("DOCSQL_SERVICE__PORT", "2")
    monkeypatch.setenv("DOCSQL_DATABASES__SALES__URL", "sqlite:///b.sqlite")
    settings = load_settings()
    assert (settings.service.port, settings.service.turn_limit_s) == (2, 5.0)
    sales = settings.databases["sales"]
    assert (sales.url.get_secret_value(), sales.description) == ("sqlite:///b.sqlite", "Sales")


def test_a_secret_may_be_a_file_and_a_variable_wins_over_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept = {
        "DOCSQL_CHAT__API_KEY": "a\n",
        "DOCSQL_DATABASES__SALES__URL": "sqlite://",
        "other": "b",
    }
    (tmp_path / "secrets" / "..data").mkdir(parents=True)  # as Kubernetes mounts them
    for name, held in kept.items():
        (tmp_path / "secrets" / "..data" / name).write_text(held, encoding="utf-8")
        (tmp_path / "secrets" / name).symlink_to(tmp_path / "secrets" / "..data" / name)
    monkeypatch.setenv("DOCSQL_SECRETS", "secrets")
    settings = load_settings()
    assert settings.chat.api_key is not None
    assert settings.chat.api_key.get_secret_value() == "a"
    assert settings.databases["sales"].url.get_secret_value() == "sqlite://"
    monkeypatch.setenv("DOCSQL_CHAT__API_KEY", "c")
    chosen = load_settings().chat.api_key
    assert chosen is not None
    assert chosen.get_secret_value() == "c"


def test_a_secret_that_no_setting_has_and_a_folder_that_is_not_there_are_errors(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCSQL_SECRETS", "secrets")
    with pytest.raises(
        SettingsError, match="DOCSQL_SECRETS names 'secrets', which is not a folder"
    ):
        load_settings()
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "DOCSQL_CHAT__KEY").write_text("a", encoding="utf-8")
    with pytest.raises(
        SettingsError, match=r"DOCSQL_CHAT__KEY\. Did you mean DOCSQL_CHAT__API_KEY"
    ):
        load_settings()


def test_another_file_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    chosen = tmp_path / "elsewhere.toml"
    chosen.write_text("data = 'kept'", encoding="utf-8")
    monkeypatch.setenv("DOCSQL_CONFIG", str(chosen))
    assert load_settings().data == Path("kept")


UNKNOWN_VARIABLES = [
    ("DOCSQL_", "DOCSQL_DATA"),
    ("DOCSQL_DATE", "DOCSQL_DATA"),
    ("DOCSQL_CHATT__URL", "DOCSQL_CHAT__URL"),
    ("DOCSQL_CHAT__URLL", "DOCSQL_CHAT__URL"),
    ("docsql_chat__urll", "DOCSQL_CHAT__URL"),
    ("DOCSQL_CHAT_URL", "DOCSQL_CHAT__URL"),
    ("DOCSQL_CHAT__URL__X", "DOCSQL_CHAT__URL"),
    ("DOCSQL_CHAT", "DOCSQL_CHAT__"),
    ("DOCSQL_SERVICE__PROT", "DOCSQL_SERVICE__PORT"),
    ("DOCSQL_DATABASES", "DOCSQL_DATABASES__NAME__"),
    ("DOCSQL_DATABASES__SALES", "DOCSQL_DATABASES__SALES__"),
    ("DOCSQL_DATABASES____URL", "DOCSQL_DATABASES__NAME__URL"),
    ("DOCSQL_DATABASES__SALES__ROWCAP", "DOCSQL_DATABASES__SALES__ROW_CAP"),
    ("DOCSQL_DATABASES__SALES__URL__X", "DOCSQL_DATABASES__SALES__URL"),
]


@pytest.mark.parametrize(("variable", "nearest"), UNKNOWN_VARIABLES)
def test_a_variable_that_sets_nothing_is_an_error_that_names_the_nearest(
    monkeypatch: pytest.MonkeyPatch, variable: str, nearest: str
) -> None:
    monkeypatch.setenv(variable, "x")
    with pytest.raises(SettingsError) as raised:
        load_settings()
    said = str(raised.value)
    assert said.startswith(
        (f"Unknown setting {variable.upper()}.", f"{variable.upper()} is a group")
    )
    assert nearest in str(raised.value)


UNKNOWN_NAMES = [
    ("date = 'x'", "'date'", "'data'"),
    ("[chatt]\nurl = 'x'", "'chatt'", "'chat."),
    ("[service]\nprot = 1", "'service.prot'", "'service.port'"),
    ("[databases.sales]\nurl = 'x'\nrowcap = 1", "'databases.sales.rowcap'", "sales.row_cap'"),
    ("[chat.url]\nx = 1", "'chat.url.x'", "'chat.url'"),
]


@pytest.mark.parametrize(("written", "name", "nearest"), UNKNOWN_NAMES)
def test_a_name_in_the_file_that_no_setting_has_is_an_error_that_names_the_nearest(
    tmp_path: Path, written: str, name: str, nearest: str
) -> None:
    file = tmp_path / "docsql.toml"
    file.write_text(written, encoding="utf-8")
    with pytest.raises(SettingsError) as raised:
        load_settings()
    said = str(raised.value)
    assert said.startswith(f"Unknown setting {name} in ")
    assert nearest in said


UNFIT_VARIABLES = [
    ("DOCSQL_SERVICE__PORT", "banana", "DOCSQL_SERVICE__PORT = 'banana': "),
    ("DOCSQL_SERVICE__PORT", "99999", "less than or equal to 65535"),
    ("DOCSQL_CHAT__API", "grpc", "should be 'tgi', 'openai' or 'local'"),
    ("DOCSQL_CHAT__TEMPERATURE", "9", "less than or equal to 2"),
    ("DOCSQL_DATABASES__SALES__ROW_CAP", "0", "DOCSQL_DATABASES__SALES__URL: it is required"),
    ("DOCSQL_DATABASES__SALES__ALLOWED_TABLES", "a,b", "= 'a,b': write a list as JSON"),
    ("DOCSQL_LIMITS__TOKENS_PER_MONTH_OF", "ann=3000", "DOCSQL_LIMITS__TOKENS_PER_MONTH_OF"),
    ("DOCSQL_AUTH__WRITERS", "admins", 'a list such as ["one", "two"]'),
]


@pytest.mark.parametrize(("variable", "text", "said"), UNFIT_VARIABLES)
def test_a_value_that_does_not_fit_is_named_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, said: str
) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert said in str(raised.value)


UNFIT_FILES = [
    ("service = 1", "service in 'docsql.toml'", "it is a group of settings"),
    ("databases = 3", "databases in 'docsql.toml'", "it is a group of settings"),
    ("[databases.a]\nrow_cap = 1", "databases.a.url in 'docsql.toml'", "it is required"),
    ("[service]\nport = 'x'", "service.port in 'docsql.toml' = 'x'", "valid integer"),
    ("[databases.Sales]\nurl = 'x'", "'Sales'", "lower case"),
    ("x = [", "not valid TOML", "docsql.toml"),
]


@pytest.mark.parametrize(("written", "where", "said"), UNFIT_FILES)
def test_a_file_that_cannot_be_used_is_named_with_the_place(
    tmp_path: Path, written: str, where: str, said: str
) -> None:
    (tmp_path / "docsql.toml").write_text(written, encoding="utf-8")
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert where in str(raised.value)
    assert said in str(raised.value)


def test_a_file_that_is_named_has_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCSQL_CONFIG", "missing.toml")
    with pytest.raises(SettingsError, match=r"Cannot read the configuration file 'missing\.toml'"):
        load_settings()


PASSWORD = "hunter2"  # noqa: S105  # nobody's
LEAKS = [
    f"[databases]\nsales = 'postgresql://u:{PASSWORD}@db/sales'",
    f"[databases.sales]\nurl = ['{PASSWORD}']",
    f"[chat]\napi_key = ['{PASSWORD}']",
    f"[documents.token]\nx = '{PASSWORD}'",
]


@pytest.mark.parametrize("written", LEAKS)
def test_no_message_shows_a_secret(tmp_path: Path, written: str) -> None:
    (tmp_path / "docsql.toml").write_text(written, encoding="utf-8")
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert PASSWORD not in str(raised.value)


def test_settings_do_not_show_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCSQL_CHAT__API_KEY", PASSWORD)
    monkeypatch.setenv("DOCSQL_DATABASES__SALES__URL", f"postgresql://u:{PASSWORD}@db/sales")
    assert PASSWORD not in repr(load_settings())


def test_settings_do_not_change_once_they_are_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        setattr(load_settings(), "data", Path("elsewhere"))  # noqa: B010  # pyright knows better


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, _, description in variables() if not description] == []
    assert Settings.model_fields.keys() >= {"data", "chat", "databases"}
