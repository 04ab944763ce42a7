"""From nothing to an answer: `docsql ask` and `make demo` as a person starts them."""

import json
import subprocess
import time
from pathlib import Path
from statistics import median

from figure import Figure, Section
from workplace import BIN, ROOT, Workplace, answers, environment, free_ports, process

ASKED = {
    "documents": "How many days in advance are customers told about a higher list price?",
    "sql": "Which region has the most customers?",
}
NAMES = {"documents": "a documents question", "sql": "a database question"}
RUNS = 3
ANSWERED = "· chat: "
"""Stands in the last line of every answer that a terminal shows."""


def measure(place: Workplace) -> Section:
    """`docsql ask` by question, `docsql serve`, and the demo with an empty and a loaded folder."""
    figures: list[Figure] = []
    for route in ASKED:
        figures += _ask(place, route)
    figures += _serve(place)
    data = place.scratch / "demo-data"
    for state in ("an empty", "a loaded"):
        figures += _demo(place, data, state)
    return Section(
        "From nothing to an answer",
        "Each is a new process, so that most of it is Python importing the libraries; "
        "the files are in the system's cache.",
        figures,
    )


def _ask(place: Workplace, route: str) -> list[Figure]:
    place.say(f"docsql ask, {NAMES[route]}")
    seconds = [_ask_once(place, route) for _ in range(RUNS)]
    what = f"`docsql ask`, {NAMES[route]}"
    how = f'`docsql ask "{ASKED[route]}" --json`, wall time'
    return [
        Figure(f"{what}, median of {RUNS}", median(seconds), "s", how, target=2.5),
        Figure(f"{what}, best", min(seconds), "s", "the same"),
    ]


def _ask_once(place: Workplace, route: str) -> float:
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603  # our own command
        [BIN / "docsql", "ask", ASKED[route], "--json"],
        env=environment(DOCSQL_DATA=str(place.data)),
        cwd=place.scratch,
        check=False,
        capture_output=True,
        timeout=120,
    )
    seconds = time.perf_counter() - began
    if done.returncode or json.loads(done.stdout)["route"] != route:
        raise RuntimeError(f"{ASKED[route]!r} went astray: {done.stdout!r} {done.stderr!r}")
    return seconds


def _serve(place: Workplace) -> list[Figure]:
    place.say("docsql serve")
    seconds = [_serve_once(place) for _ in range(RUNS)]
    how = "`docsql serve`, from the command to 200 from `/ready`"
    return [
        Figure(f"`docsql serve` ready, median of {RUNS}", median(seconds), "s", how, target=2.5),
        Figure("`docsql serve` ready, best", min(seconds), "s", "the same"),
    ]


def _serve_once(place: Workplace) -> float:
    [port] = free_ports(1)
    settings = {"DOCSQL_DATA": str(place.data), "DOCSQL_SERVICE__PORT": str(port)}
    began = time.perf_counter()
    with process([BIN / "docsql", "serve"], settings, folder=place.scratch / "serve") as service:
        service.wait_for(lambda: answers(f"http://127.0.0.1:{port}/ready"))
        return time.perf_counter() - began


def _demo(place: Workplace, data: Path, state: str) -> list[Figure]:
    place.say(f"make demo with {state} data folder")
    shown, argv = _demo_command()
    api, page = free_ports(2)
    settings = {
        "DOCSQL_DATA": str(data),
        "DOCSQL_SERVICE__PORT": str(api),
        "DOCSQL_PAGE__PORT": str(page),
        "DOCSQL_PAGE__API_URL": f"http://127.0.0.1:{api}",
    }
    began = time.perf_counter()
    with process(argv, settings, folder=place.scratch / "demo", cwd=ROOT) as demo:
        demo.wait_for(lambda: ANSWERED in demo.printed())
        first = time.perf_counter() - began
        for url in (f"http://127.0.0.1:{api}/health", f"http://127.0.0.1:{page}/"):
            demo.wait_for(lambda url=url: answers(url))
        whole = time.perf_counter() - began
    how = "from the command to the last line of the answer"
    return [
        Figure(f"`{shown}` to the first answer, {state} data folder", first, "s", how, target=15),
        Figure(
            "… to the API and the page answering",
            whole,
            "s",
            "from the command to 200 from both, after three answers",
        ),
    ]


def _demo_command() -> tuple[str, list[str]]:
    """`make demo`, unless make would first install: then what it runs."""
    asked = subprocess.run(
        ["make", "--question", ".venv/installed"],  # noqa: S607  # the reader's own make
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        check=False,
    )
    if asked.returncode == 0:
        return "make demo", ["make", "demo"]
    return "docsql demo", [str(BIN / "docsql"), "demo"]
