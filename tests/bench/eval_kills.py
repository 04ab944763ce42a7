"""`docsql eval run` killed ten times at moments of chance, beside one that nobody stops.

    PYTHONPATH=tests/standin .venv/bin/python tests/bench/eval_kills.py

Exits with 1 if an answer is missing, is there twice, or differs.
"""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from docsql_process import Folder, make_database

from serving.evaluation.folder import ANSWERS, Run, read_run

SCRIPT = Path(__file__).parents[1] / "fixtures" / "service" / "shop.sql"
KILLS = 10
QUESTIONS = 90
NEVER_SAME = ("thread_id", "answer_id", "timings")


def main() -> int:
    """Run both and compare what they kept."""
    with TemporaryDirectory(prefix="docsql-kills-") as place:
        database = make_database(SCRIPT, Path(place) / "shop.sqlite")
        folder = Folder(Path(place), {"DOCSQL_DATABASES__SHOP__URL": f"sqlite:///{database}"})
        cases = [
            {"id": f"{n}", "question": f"How many repairs cost more than {n}?", "accepted": True}
            | {"sql": f"SELECT COUNT(*) FROM repairs WHERE cost > {n}"}  # noqa: S608  # our own numbers
            for n in range(QUESTIONS)
        ]
        lines = "\n".join(map(json.dumps, cases))
        (folder.path / "set.jsonl").write_text(lines, encoding="utf-8")
        whole = folder.run("eval", "run", "set.jsonl", "--out", "whole")
        assert whole.returncode == 0, whole.stderr
        kept = _killed(folder)
        answers = [_timeless(read_run(folder.path / name)) for name in ("killed", "whole")]
        lines_kept = (folder.path / "killed" / ANSWERS).read_bytes().count(b"\n")
    is_same = answers[0] == answers[1] and lines_kept == QUESTIONS
    print(f"Killed {KILLS} times, with {', '.join(map(str, kept))} answers kept.")  # noqa: T201
    print(f"{lines_kept} answers of {QUESTIONS}; the same as unkilled: {is_same}.")  # noqa: T201
    return 0 if is_same else 1


def _killed(folder: Folder) -> list[int]:
    """Kill it, then let it end; how many answers each kill left."""
    chance = random.Random(10)  # noqa: S311  # the same each time
    command = ("eval", "run", "set.jsonl", "--out", "killed", "--concurrency", "2")
    answers, kept = folder.path / "killed" / ANSWERS, list[int]()
    while len(kept) < KILLS:
        further = (kept[-1] if kept else 0) + chance.randint(0, 8)
        with folder.fresh.started(*command) as process:
            while _lines(answers) < further and process.poll() is None:
                time.sleep(0.005)
            time.sleep(chance.random() * 0.05)
            assert process.poll() is None, f"It ended by itself: {_said(process)}"
            process.send_signal(signal.SIGKILL)
            process.wait(60)
        kept.append(_lines(answers))
    ended: subprocess.CompletedProcess[str] = folder.run(*command)
    assert ended.returncode == 0, ended.stderr
    return kept


def _said(process: "subprocess.Popen[str]") -> str:
    return process.stderr.read() if process.stderr else ""


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.is_file() else 0


def _timeless(run: Run) -> list[dict[str, Any]]:
    """The answers without what differs each time they are given."""
    told = [run.records[case.id].model_dump(mode="json") for case in run.cases]
    for one in told:
        one.pop("seconds")
        for name in NEVER_SAME:
            one["answer"].pop(name)
        for query in one["answer"]["queries"]:
            query.pop("elapsed_s")
    return told


if __name__ == "__main__":
    sys.exit(main())
