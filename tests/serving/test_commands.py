"""Commands in processes of their own: what they share, and how they end."""

import json
import os
import signal
import socket
import subprocess
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest
from docsql_process import Folder, Service, address_in
from standin_tgi import Fault, StartTgi, Text

from serving.process.discovery import ADDRESS_FILE

COUNT = "How many repairs has the workshop Harbour?"


def one_line(process: "subprocess.CompletedProcess[str]") -> str:
    assert process.stdout == ""
    (line,) = process.stderr.splitlines()
    return line


def test_the_version_is_printed_whatever_the_settings_are(tmp_path: Path) -> None:
    printed = Folder(tmp_path, {"DOCSQL_NONSENSE": "1"}).run("--version")
    assert (printed.returncode, printed.stderr) == (0, "")
    assert printed.stdout == f"docsql {version('docsql')}\n"


def test_a_thread_is_followed_up_on_from_another_process(folder: Folder) -> None:
    first = folder.run("ask", COUNT, "--json")
    thread = json.loads(first.stdout)["thread_id"]
    second = folder.run("ask", "And Old Mill?", "--thread", thread, "--json")
    rows = [json.loads(run.stdout)["queries"][0]["rows"] for run in (first, second)]
    assert rows == [[[3]], [[2]]]
    assert first.stderr == second.stderr == ""


def test_commands_go_through_the_service_that_holds_the_store(
    folder: Folder, documents: Path, tmp_path: Path
) -> None:
    note = tmp_path / "note.md"
    note.write_text("# Bells\n\nA bell weighs 80 grams.\n", encoding="utf-8")
    # A proxy that answers nobody: what is meant for this machine must not go through it.
    proxy = {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    with folder.serving() as service:
        taken = folder.run("ingest", str(note), str(documents), "missing.md", **proxy)
        assert taken.returncode == 1
        assert "added  note.md" in taken.stdout
        assert "3 of 4 files are ingested." in taken.stdout
        assert "missing.md" in taken.stdout
        asked = folder.run("ask", "What does a bell weigh?", "--json", **proxy)
        assert "80 grams" in json.loads(asked.stdout)["answer"]
        listed = json.loads(folder.run("documents", "list", "--json").stdout)
        (id_,) = [document["id"] for document in listed if document["source"] == "note.md"]
        assert "80 grams" in folder.run("documents", "show", id_).stdout
        assert folder.run("documents", "delete", id_).returncode == 0
        assert "There is no document" in one_line(folder.run("documents", "show", id_))
        assert f"running at {service.url}" in folder.run("doctor").stdout
        # A second service cannot have the same store, whatever its port.
        second = folder.run("serve")
        assert "milvus.db" in one_line(second)
        assert second.returncode == 1
        end(service, signal.SIGTERM)
    # And once it has ended, the parts are opened here.
    assert "not running" in folder.run("doctor").stdout


def test_a_locked_store_is_one_line_and_a_killed_service_leaves_none(folder: Folder) -> None:
    with folder.fresh.serving() as service:
        left = (folder.data / ADDRESS_FILE).read_text(encoding="utf-8")
        (folder.data / ADDRESS_FILE).unlink()  # a process that is no service would leave none
        locked = folder.run("ask", "hello")
        (folder.data / ADDRESS_FILE).write_text(left, encoding="utf-8")
        service.process.kill()
        service.process.wait()
    assert "milvus.db" in one_line(locked)
    assert locked.returncode == 1
    asked = folder.run("ask", COUNT, "--json")
    assert json.loads(asked.stdout)["queries"][0]["rows"] == [[3]]


def test_serve_ends_on_ctrl_c_without_a_word(folder: Folder) -> None:
    with folder.fresh.serving() as service:
        end(service, signal.SIGINT)


def end(service: Service, number: signal.Signals) -> None:
    """A graceful stop: status 0, no error and no address file."""
    assert httpx.get(f"{service.url}/health", trust_env=False).is_success
    service.process.send_signal(number)
    assert service.process.wait(15) == 0
    assert service.process.stderr is not None
    said = service.process.stderr.read()
    assert [line for line in said.splitlines() if '"level": "info"' not in line] == []
    assert not (service.folder.data / ADDRESS_FILE).exists()


@pytest.mark.parametrize("command", ["serve", "demo", "chat"])
def test_a_port_in_use_is_one_line_that_names_the_setting(folder: Folder, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        section = "PAGE" if command == "chat" else "SERVICE"
        result = folder.run(command, **{f"DOCSQL_{section}__PORT": port})
    line = one_line(result)
    assert port in line
    assert f"DOCSQL_{section}__PORT" in line
    assert result.returncode == 1
    assert not (folder.data / "milvus.db").exists()


def test_the_port_of_the_command_line_wins(folder: Folder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"Port {port} " in one_line(folder.run("serve", "--port", str(port)))


def test_a_wrong_command_line_exits_with_2(folder: Folder) -> None:
    for arguments in (
        ("ask",),
        ("fly",),
        ("ask", "x", "--mode", "guess"),
        ("serve", "--port", "x"),
    ):
        result = folder.run(*arguments)
        assert result.returncode == 2
        assert result.stdout == ""
        assert "Traceback" not in result.stderr


def test_ctrl_c_ends_a_question_without_a_word(folder: Folder, tgi_server: StartTgi) -> None:
    silent = tgi_server(lambda _: Fault("silence"))
    home = replace(folder.fresh, settings={**folder.settings, "DOCSQL_CHAT__URL": silent.url})
    with home.started("ask", COUNT) as asking:
        assert silent.wait_asked(30)
        asking.send_signal(signal.SIGINT)
        assert asking.communicate(timeout=15) == ("", "")
    assert asking.returncode == 130
    assert silent.wait_cancelled()


def test_ask_imports_no_model_library_that_it_does_not_use(folder: Folder) -> None:
    result = folder.fresh.run("ask", "hello", PYTHONPROFILEIMPORTTIME="1")
    imported = {line.rsplit("|", 1)[-1].strip() for line in result.stderr.splitlines()}
    assert {"langgraph", "milvus_lite"} <= {name.split(".")[0] for name in imported}
    unwanted = {"langchain_community", "transformers", "torch", "openai", "langserve", "pymilvus"}
    assert (
        imported & {*unwanted, "fastapi", "grpc", "chainlit", "langchain_huggingface", "psycopg"}
        == set()
    )


def test_asking_a_chat_server_imports_no_client_of_openais(
    folder: Folder, tgi_server: StartTgi
) -> None:
    server = tgi_server(lambda _body: Text("Hello."))
    chosen = {"DOCSQL_CHAT__URL": server.url, "DOCSQL_CHAT__TOOLS": "guided"}
    result = folder.fresh.run("ask", "hello", PYTHONPROFILEIMPORTTIME="1", **chosen)
    imported = {line.rsplit("|", 1)[-1].strip() for line in result.stderr.splitlines()}
    assert "serving.models.chat.wire" in imported
    assert imported & {"openai", "langchain_openai", "tiktoken"} == set()


@pytest.mark.parametrize("command", [["sql", "SELECT name FROM workshops"], ["schema"]])
def test_what_asks_a_database_imports_no_model_and_no_other_driver(
    folder: Folder, command: list[str]
) -> None:
    result = folder.fresh.run(*command, PYTHONPROFILEIMPORTTIME="1")
    assert "name" in result.stdout
    imported = {line.rsplit("|", 1)[-1].strip() for line in result.stderr.splitlines()}
    assert "sqlglot" in imported
    assert imported & {"langchain_core", "langgraph", "pymilvus", "psycopg", "pymysql"} == set()


def test_help_imports_next_to_nothing(folder: Folder) -> None:
    result = folder.fresh.run("--help", PYTHONPROFILEIMPORTTIME="1")
    imported = {line.rsplit("|", 1)[-1].strip() for line in result.stderr.splitlines()}
    heavy = {"langgraph", "langchain_core", "pymilvus", "sqlalchemy", "sqlglot", "httpx", "pandas"}
    assert imported & heavy == set()


def test_the_demo_answers_three_questions_and_serves_until_ctrl_c(tmp_path: Path) -> None:
    home = Folder(tmp_path, {"DOCSQL_SERVICE__PORT": "0", "DOCSQL_PAGE__PORT": "0"}).fresh
    with home.started("demo") as demo:
        told = list[str]()
        page = address_in(demo, "chat page", told=told)
        api = address_in(demo, "API").removesuffix("/agent/playground/")
        assert httpx.get(page, trust_env=False, timeout=10).is_success
        said = ["60 days in advance. [1]", "Leipzig", "standard warranty of 24 months"]
        assert [words for words in said if words not in " ".join(" ".join(told).split())] == []
        asked = home.run("ask", "Which region has the most customers?", "--json")
        assert json.loads(asked.stdout)["queries"][0]["rows"][0][0] == "Leipzig"
        assert httpx.get(f"{api}/agent/playground/", trust_env=False, timeout=10).is_success
        os.killpg(demo.pid, signal.SIGINT)  # what a terminal does on Ctrl-C
        assert demo.wait(20) in (0, 130)
    for address in (page, api):
        with pytest.raises(httpx.ConnectError):
            httpx.get(address, trust_env=False)
