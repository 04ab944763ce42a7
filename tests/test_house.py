"""How the code is built: names, lengths, and which module imports which."""

import ast
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path
from statistics import median, quantiles

import grimp

PACKAGES = ["agent", "tools", "serving", "chainlit_app"]
ROOT = Path(__file__).parents[1]
MODULES = {
    path.relative_to(ROOT): path.read_text("utf-8")
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}
TREES = {path: ast.parse(text) for path, text in MODULES.items()}

SHARED = {"main"}
"""`main` begins a process: `docsql`, the page, and the two that read files and run SQLite."""

MOST_LINES = 400
MEDIAN_LINES = 7
LONG_LINES = 20
"""The 90th percentile of function length."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_a_public_name_is_defined_once() -> None:
    homes = defaultdict[str, list[str]](list)
    for path, tree in TREES.items():
        for node in tree.body:
            if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(str(path))
    twice = {name: paths for name, paths in homes.items() if len(paths) > 1}
    assert twice.keys() <= SHARED, twice


def test_no_file_is_too_long_to_be_read_whole() -> None:
    lines = {str(path): len(text.splitlines()) for path, text in MODULES.items()}
    assert {path: count for path, count in lines.items() if count > MOST_LINES} == {}


def test_functions_are_short() -> None:
    lengths = [
        (node.end_lineno or 0) - node.lineno + 1
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, Function)
    ]
    assert median(lengths) <= MEDIAN_LINES
    assert quantiles(lengths, n=10)[-1] <= LONG_LINES


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    imported = {one: graph.find_modules_directly_imported_by(one) for one in graph.modules}
    TopologicalSorter(imported).prepare()  # CycleError names the circle
