"""LangGraph Studio reads langgraph.json, loads what it names and runs it on threads of its own."""

import json
from dataclasses import replace
from pathlib import Path

from docsql_process import Folder

ROOT = Path(__file__).parents[2]
RUN = """
import asyncio, json, runpy, sys
from langgraph.checkpoint.memory import InMemorySaver

async def main():
    async with runpy.run_path(sys.argv[1])[sys.argv[2]]() as graph:
        graph.checkpointer = InMemorySaver()
        config = {"configurable": {"thread_id": "studio"}}
        state = await graph.ainvoke({"question": "How many repairs are there?"}, config)
        print(json.dumps({"answer": state["answer"], "status": state["status"]}))

asyncio.run(main())
"""


def test_studio_can_open_and_run_what_langgraph_json_names(folder: Folder) -> None:
    named = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))
    path, name = named["graphs"]["docsql"].split(":")
    done = replace(folder, umask=0).python("-c", RUN, str(ROOT / path), name)
    assert json.loads(done.stdout)["status"] == "answered", done.stderr
    assert "7" in json.loads(done.stdout)["answer"]
    kept = [folder.data, *folder.data.rglob("*")]
    assert [path for path in kept if path.stat().st_mode & 0o077] == []
