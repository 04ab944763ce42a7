"""The llama.cpp server that `make models` builds, as a process, alone or behind kept replies."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from workplace import ROOT, Process, answers, free_ports, process

MODELS = ROOT / "build" / "models"
SERVER, MODEL = MODELS / "llama-server", MODELS / "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
NAME = "Qwen2.5-Coder-1.5B-Instruct, Q4_K_M"
TEMPLATE = MODELS / "qwen3-coder.jinja"
"""A chat template that llama.cpp brings, with which this model makes native calls."""
CONTEXT = 16_384
PREFERRED = "-15"
"""Its threads wait for each other: beside other work, one that is kept waiting keeps both."""


@contextmanager
def llama(
    scratch: Path, *options: str, slots: int = 1, threads: int | None = None
) -> Generator[str]:
    """The server with the model, and its URL.

    Raises:
        FileNotFoundError: `make models` was not run.
    """
    for file in (SERVER, MODEL):
        if not file.is_file():
            raise FileNotFoundError(f"There is no {file}. Run: make models")
    (port,) = free_ports(1)
    argv = [SERVER, "-m", MODEL, "--host", "127.0.0.1", "--port", str(port), "--jinja"]
    argv += ["-np", str(slots), "-c", str(slots * CONTEXT)]
    argv += ["-t", str(threads or len(os.sched_getaffinity(0))), *options]
    with process(argv, {}, folder=scratch / "llama") as server:
        _prefer(server)
        url = f"http://127.0.0.1:{port}"
        server.wait_for(lambda: answers(f"{url}/health"))
        yield url


@contextmanager
def kept(url: str, replies: Path, scratch: Path) -> Generator[str]:
    """The URL of a process that answers for the server at `url`, and keeps its replies."""
    (port,) = free_ports(1)
    argv = [sys.executable, Path(__file__).with_name("reply_cache.py"), str(port), url, replies]
    with process(argv, {}, folder=scratch / "replies") as cache:
        kept_at = f"http://127.0.0.1:{port}"
        cache.wait_for(lambda: answers(f"{kept_at}/health"))
        yield kept_at


def _prefer(server: Process) -> None:
    """Put its group of processes before others, where Linux lets us."""
    group = Path(f"/proc/{server.running.pid}/autogroup")
    try:
        group.write_text(PREFERRED, encoding="ascii")
    except OSError:
        return  # another system, or no right to
