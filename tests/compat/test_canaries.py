"""Private names of other packages that DocSQL uses: an update that takes one away is found here."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# The package, where the name is used, and the names: of a module, or of a class's objects.
USED: list[tuple[str, str, str, list[str]]] = [
    (
        "milvus-lite",
        "tools/compat/milvus_lite.py",
        "milvus_lite.engine.collection:Collection",
        [
            "_compile_filter",
            "_indexed_filter_plan",
            "_memtable",
            "_prepare_sparse_queries",
            "_read_snapshot",
            "_schema",
            "_search_sparse",
        ],
    ),
    (
        "milvus-lite",
        "tools/compat/milvus_lite.py",
        "milvus_lite.engine.collection",
        ["execute_search_with_index"],
    ),
    (
        "milvus-lite",
        "tools/compat/milvus_lite.py",
        "milvus_lite.engine.compaction",
        ["COMPACTION_BUCKET_BOUNDARIES", "COMPACTION_MIN_FILES_PER_BUCKET"],
    ),
    (
        "milvus-lite",
        "tools/compat/milvus_lite.py",
        "milvus_lite.engine.projection",
        ["build_projection_plan"],
    ),
    (
        "milvus-lite",
        "tools/compat/milvus_lite.py",
        "milvus_lite.search.indexed_filter",
        ["evaluate_segment_filter"],
    ),
    (
        "pymysql",
        "tools/compat/pymysql.py",
        "pymysql.connections:Connection",
        [
            "_force_close",
            "_read_bytes",
            "_read_packet",
            "_read_timeout",
            "_result",
            "_sock",
        ],
    ),
    ("python-docx", "tools/compat/docx.py", "docx.table:_Cell", ["_tc"]),
    ("python-docx", "tools/compat/docx.py", "docx.table:Table", ["_tbl"]),
    ("python-pptx", "tools/compat/pptx.py", "pptx.table", ["_Cell"]),
    ("python-pptx", "tools/compat/pptx.py", "pptx.opc.package:XmlPart", ["_element"]),
    (
        "openpyxl",
        "tools/compat/openpyxl.py",
        "openpyxl.worksheet._read_only:ReadOnlyWorksheet",
        ["_get_source"],
    ),
    (
        "sqlglot",
        "tools/sql/guard/handlers.py and strict.py",
        "sqlglot.parser:Parser",
        [
            "_advance",
            "_curr",
            "_index",
            "_match",
            "_match_r_paren",
            "_match_text_seq",
            "_parse_bitwise",
            "_parse_case",
            "_parse_cast",
            "_parse_charset_name",
            "_parse_convert",
            "_parse_csv",
            "_parse_disjunction",
            "_parse_equality",
            "_parse_field",
            "_parse_interval",
            "_parse_json_table",
            "_parse_lambda",
            "_parse_order",
            "_parse_primary",
            "_parse_term",
            "_parse_trim",
            "_parse_unary",
            "_prev",
            "_retreat",
        ],
    ),
    (
        "sqlglot",
        "tools/sql/guard/handlers.py",
        "sqlglot.parsers.mysql:MySQLParser",
        ["_parse_not"],
    ),
    (
        "uvicorn",
        "serving/compat/uvicorn.py",
        "uvicorn.protocols.http.h11_impl:H11Protocol",
        ["config", "conn", "cycle", "flow", "send_400_response", "transport"],
    ),
    (
        "uvicorn",
        "serving/compat/uvicorn.py",
        "uvicorn.protocols.http.h11_impl:RequestResponseCycle",
        ["disconnected", "message_event", "response_started", "waiting_for_100_continue"],
    ),
    (
        "uvicorn",
        "serving/compat/uvicorn.py",
        "uvicorn.protocols.http.flow_control:FlowControl",
        ["read_paused"],
    ),
    ("uvicorn", "serving/compat/uvicorn.py", "uvicorn.config", ["HTTP_PROTOCOLS"]),
    (
        "langchain-core",
        "serving/compat/langchain_core.py",
        "langchain_core.runnables.base:Runnable",
        ["_acall_with_config", "_atransform_stream_with_config"],
    ),
    (
        "langchain-core",
        "serving/compat/langchain_core.py",
        "langchain_core.language_models:BaseChatModel",
        ["_streaming_disabled"],
    ),
    (
        "langchain-huggingface",
        "serving/compat/langchain_huggingface.py",
        "langchain_huggingface:ChatHuggingFace",
        ["_to_chat_prompt"],
    ),
    (
        "langchain-huggingface",
        "serving/compat/langchain_huggingface.py",
        "langchain_huggingface:HuggingFaceEmbeddings",
        ["_client"],
    ),
    ("chainlit", "chainlit_app/compat/cookie.py", "chainlit.auth", ["get_token_from_cookies"]),
    (
        "chainlit",
        "chainlit_app/compat/cookie.py",
        "chainlit.auth.jwt",
        ["create_jwt", "decode_jwt"],
    ),
    (
        "chainlit",
        "chainlit_app/compat/cookie.py",
        "chainlit.auth.cookie",
        ["_auth_cookie_name", "set_auth_cookie"],
    ),
    (
        "chainlit",
        "chainlit_app/compat/server.py",
        "chainlit.server",
        ["app", "get_html_template", "sio"],
    ),
    (
        "chainlit",
        "chainlit_app/compat/server.py",
        "engineio.base_server:BaseServer",
        ["cors_allowed_origins"],
    ),
    (
        "chainlit",
        "chainlit_app/compat/server.py",
        "chainlit.config:CodeSettings",
        ["action_callbacks", "header_auth_callback", "on_chat_start", "password_auth_callback"],
    ),
    (
        "chainlit",
        "chainlit_app/compat/server.py",
        "chainlit.config:RunSettings",
        ["host", "root_path"],
    ),
    (
        "chainlit",
        "chainlit_app/compat/session.py",
        "chainlit.session:WebsocketSession",
        ["current_task", "get", "persist_file", "thread_id"],
    ),
    (
        "chainlit",
        "chainlit_app/compat/session.py",
        "chainlit.emitter:ChainlitEmitter",
        ["emit", "task_end", "task_start"],
    ),
    (
        "chainlit",
        "chainlit_app/compat/session.py",
        "chainlit.context:ChainlitContext",
        ["current_run", "emitter", "session"],
    ),
]


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The names that there are, by where they are looked for."""
    places = {where for _, _, where, _ in USED}
    child = subprocess.run(  # noqa: S603  # our own script
        [sys.executable, Path(__file__).with_name("inside.py"), *places],
        env={"CHAINLIT_APP_ROOT": str(tmp_path_factory.mktemp("page"))},
        capture_output=True,
        check=True,
        timeout=120,
    )
    return json.loads(child.stdout)


@pytest.mark.parametrize(
    ("package", "used_in", "where", "names"), USED, ids=[where for _, _, where, _ in USED]
)
def test_what_is_used_of_the_inside_of_a_package_is_there(
    inside: dict[str, list[str]], package: str, used_in: str, where: str, names: list[str]
) -> None:
    gone = [name for name in names if name not in inside[where]]
    assert not gone, (
        f"{package} {version(package)} has no {', '.join(gone)} in {where}. "
        f"Adapt {used_in}, or lower the package's upper bound in pyproject.toml."
    )


@pytest.mark.parametrize("package", sorted({package for package, *_ in USED}))
def test_a_package_whose_inside_is_used_is_held(package: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["page"]]
    named = [one for one in wanted if re.match(rf"{package}\b(?!-)", one)]
    assert named
    assert all("<" in one for one in named), f"Give {package} an upper bound in pyproject.toml."
