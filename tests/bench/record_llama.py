"""Records what llama.cpp's server says: `python record_llama.py [NAME …]`, after `make models`.

Each request and reply is a file of tests/fixtures/models/llamacpp: the request as it was sent, the
reply's status, type and body as they came. Ids, times and the server's build differ from run to run.
"""

import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import llama
from workplace import ROOT, free_ports, process

FOLDER = ROOT / "tests" / "fixtures" / "models" / "llamacpp"
CHAT = "/v1/chat/completions"
KEY = "a-key-of-the-recording"
CONTEXT = 4096
PATHS = str(llama.MODEL), "/models/qwen.gguf"
TEMPLATE = re.compile(r'"chat_template":"(?:[^"\\\\]|\\\\.)*"')
LIMIT_S = 600.0
Json = dict[str, Any]


def _user(text: str, **more: Any) -> Json:
    return {"messages": [{"role": "user", "content": text}], "temperature": 0, **more}


def _tool(name: str, says: str, **properties: str) -> Json:
    described = {key: {"type": kind} for key, kind in properties.items()}
    parameters = {
        "type": "object",
        "properties": described,
        "required": list(properties),
        "additionalProperties": False,
    }
    function = {"name": name, "description": says, "parameters": parameters}
    return {"type": "function", "function": function}


STREAM = {"stream": True, "stream_options": {"include_usage": True}}
TOOLS = [
    _tool("search_documents", "Find passages in the documents.", query="string"),
    _tool("count_rows", "Count the rows of a table.", table="string", limit="integer"),
]
BOTH = _user(
    "Search the documents for 'warranty', and count the rows of the table orders, at most 5.",
    tools=TOOLS,
    max_tokens=200,
)
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "rooms": {"type": "integer"}},
    "required": ["city", "rooms"],
    "additionalProperties": False,
}
HELD = {"type": "json_schema", "json_schema": {"name": "place", "strict": True, "schema": SCHEMA}}
PLACE = _user("A hotel in Leipzig has 120 rooms.", response_format=HELD, max_tokens=60)
LONG = _user("word " * (2 * CONTEXT), max_tokens=8)
RESULT: Json = {
    "messages": [
        {"role": "user", "content": "How many orders are there?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "call-1",
                    "type": "function",
                    "function": {
                        "name": "count_rows",
                        "arguments": '{"table": "orders", "limit": 5}',
                    },
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call-1", "content": "1100"},
    ],
    "tools": TOOLS,
    "tool_choice": "none",
    "temperature": 0,
    "max_tokens": 40,
}

REQUESTS: dict[str, tuple[str, str, Json | str | None]] = {
    "health": ("GET", "/health", None),
    "models": ("GET", "/v1/models", None),
    "props": ("GET", "/props", None),
    "info": ("GET", "/info", None),
    "tokenize": ("POST", "/tokenize", {"content": "How many orders are there?"}),
    "text": ("POST", CHAT, _user("Say good morning.", max_tokens=30)),
    "text-stream": ("POST", CHAT, _user("Say good morning.", max_tokens=30, **STREAM)),
    "cut": ("POST", CHAT, _user("Count from one to fifty.", max_tokens=6)),
    "cut-stream": ("POST", CHAT, _user("Count from one to fifty.", max_tokens=6, **STREAM)),
    "tools-auto": ("POST", CHAT, BOTH),
    "tools-auto-stream": ("POST", CHAT, BOTH | STREAM),
    "tools-parallel": ("POST", CHAT, BOTH | {"parallel_tool_calls": True}),
    "tools-required": ("POST", CHAT, BOTH | {"tool_choice": "required"}),
    "tools-required-stream": ("POST", CHAT, BOTH | STREAM | {"tool_choice": "required"}),
    "tools-required-parallel": (
        "POST",
        CHAT,
        BOTH | {"tool_choice": "required", "parallel_tool_calls": True},
    ),
    "tools-required-parallel-stream": (
        "POST",
        CHAT,
        BOTH | STREAM | {"tool_choice": "required", "parallel_tool_calls": True},
    ),
    "tool-result": ("POST", CHAT, RESULT),
    "schema": ("POST", CHAT, PLACE),
    "schema-stream": ("POST", CHAT, PLACE | STREAM),
    "schema-and-tools": ("POST", CHAT, PLACE | {"tools": TOOLS}),
    "schema-bad": (
        "POST",
        CHAT,
        PLACE
        | {"response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "no"}}}},
    ),
    "too-long": ("POST", CHAT, LONG),
    "too-long-stream": ("POST", CHAT, LONG | STREAM),
    "no-json": ("POST", CHAT, '{"messages": '),
    "no-messages": ("POST", CHAT, {"max_tokens": 5}),
    "system-last": (
        "POST",
        CHAT,
        {
            "messages": [
                {"role": "user", "content": "Say yes."},
                {"role": "system", "content": "Say no."},
            ],
            "max_tokens": 5,
            "temperature": 0,
        },
    ),
}

TWO = {"tool_choice": "required", "parallel_tool_calls": True}
NATIVE: dict[str, tuple[str, str, Json | str | None]] = {
    "native": ("POST", CHAT, BOTH),
    "native-stream": ("POST", CHAT, BOTH | STREAM),
    "native-two": ("POST", CHAT, BOTH | TWO),
    "native-two-stream": ("POST", CHAT, BOTH | TWO | STREAM),
    "native-result": ("POST", CHAT, RESULT),
}
"""Asked with a chat template in whose way of calling tools this model keeps to."""


def main(names: list[str]) -> None:
    """Record what is named, or everything."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        template = ("--chat-template-file", str(llama.TEMPLATE))
        with _server(scratch, *template) as client:
            for name in [name for name in names or NATIVE if name in NATIVE]:
                _record(client, name, *NATIVE[name])
        with _server(scratch) as client:
            for name in [name for name in names or REQUESTS if name in REQUESTS]:
                _record(client, name, *REQUESTS[name])
            _without_key(client)
            _cancelled(client)
        _loading(scratch)


@contextmanager
def _server(scratch: Path, *options: str) -> Generator[httpx.Client]:
    ours = ("-c", str(CONTEXT), "--alias", "qwen", "--api-key", KEY)
    with (
        llama.llama(scratch, *ours, *options, threads=1) as url,
        _client(url) as client,
    ):
        yield client


def _client(url: str) -> httpx.Client:
    headers = {"authorization": f"Bearer {KEY}"}
    return httpx.Client(base_url=url, headers=headers, timeout=LIMIT_S, trust_env=False)


def _record(
    client: httpx.Client, name: str, method: str, path: str, body: Json | str | None
) -> None:
    sent = body if isinstance(body, str) or body is None else json.dumps(body)
    reply = client.request(method, path, content=sent, headers={"content-type": "application/json"})
    _keep(name, {"method": method, "path": path, "body": body}, reply)


def _keep(name: str, request: Json, reply: httpx.Response) -> None:
    told = {
        "request": request,
        "status": reply.status_code,
        "type": reply.headers.get("content-type", ""),
        "body": TEMPLATE.sub('"chat_template":"…"', reply.text.replace(*PATHS)),
    }
    (FOLDER / f"{name}.json").write_text(
        json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    print(f"{name}: {reply.status_code} {reply.text[:100]!r}", flush=True)  # noqa: T201


def _without_key(client: httpx.Client) -> None:
    reply = client.post(CHAT, json=_user("Hi"), headers={"authorization": "Bearer no"})
    _keep("wrong-key", {"method": "POST", "path": CHAT, "body": _user("Hi")}, reply)


def _cancelled(client: httpx.Client) -> None:
    """Leave a stream, and see that the server does not go on."""
    body = _user("Write a long story about a lighthouse.", max_tokens=800, **STREAM)
    with client.stream("POST", CHAT, json=body) as reply:
        next(reply.iter_lines())
    time.sleep(3)
    (slot,) = client.get("/slots").json()
    if slot["is_processing"]:
        sys.exit("It goes on writing for a client that left.")


def _loading(scratch: Path) -> None:
    """What it says while it reads the model."""
    (port,) = free_ports(1)
    argv = [llama.SERVER, "-m", llama.MODEL, "--port", str(port), "-c", str(CONTEXT)]
    with (
        process(argv, {}, folder=scratch / "loading") as server,
        _client(f"http://127.0.0.1:{port}") as client,
    ):
        server.wait_for(_listens(client))
        _record(client, "loading-health", "GET", "/health", None)
        _record(client, "loading-models", "GET", "/v1/models", None)
        _record(client, "loading-chat", "POST", CHAT, _user("Hi", max_tokens=3))


def _listens(client: httpx.Client) -> Callable[[], bool]:
    def it_does() -> bool:
        try:
            client.get("/health")
        except httpx.TransportError:
            return False
        return True

    return it_does


if __name__ == "__main__":
    main(sys.argv[1:])
