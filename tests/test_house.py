"""How the code is built: names, lengths, and which module imports which."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from statistics import median, quantiles

import grimp

PACKAGES = ["agent", "tools", "serving", "chainlit_app"]
ROOT = Path(__file__).parents[1]
SHARED = {"main"}
"""`main` begins a process: `docsql`, the page, and the two that read files and run SQLite."""

MOST_LINES = 400
MEDIAN_LINES = 7
LONG_LINES = 20
"""The 90th percentile of function length."""

OTHERS_PRIVATE = {
    "tools/sql/guard/handlers.py",  # sqlglot's parsers are made to be subclassed, and say no more
    "tools/sql/guard/handlers_servers.py",
    "tools/sql/guard/strict.py",
    "tools/sql/guard/strict_servers.py",
}
FAST_EXIT = {"_exit"}  # of the module os
"""A child process that is out of memory, or done, ends by it."""

PRIVATE = re.compile("_[A-Za-z]")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def _modules() -> dict[Path, str]:
    return {
        path.relative_to(ROOT): path.read_text("utf-8")
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }


@cache
def _trees() -> dict[Path, ast.Module]:
    """Parsed by the first test that looks: every worker imports this module, and one runs it."""
    return {path: ast.parse(text) for path, text in _modules().items()}


def test_a_public_name_is_defined_once() -> None:
    homes = defaultdict[str, list[str]](list)
    for path, tree in _trees().items():
        for node in tree.body:
            if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(str(path))
    twice = {name: paths for name, paths in homes.items() if len(paths) > 1}
    assert twice.keys() <= SHARED, twice


def test_no_file_is_too_long_to_be_read_whole() -> None:
    lines = {str(path): len(text.splitlines()) for path, text in _modules().items()}
    assert {path: count for path, count in lines.items() if count > MOST_LINES} == {}


def test_functions_are_short() -> None:
    lengths = [
        (node.end_lineno or 0) - node.lineno + 1
        for tree in _trees().values()
        for node in ast.walk(tree)
        if isinstance(node, Function)
    ]
    assert median(lengths) <= MEDIAN_LINES
    assert quantiles(lengths, n=10)[-1] <= LONG_LINES


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    imported = {one: graph.find_modules_directly_imported_by(one) for one in graph.modules}
    TopologicalSorter(imported).prepare()  # CycleError names the circle


def test_only_compat_uses_private_names_of_other_packages() -> None:
    found = [
        f"{path}:{line}: {name}"
        for path, tree in _trees().items()
        if "compat" not in path.parts and str(path) not in OTHERS_PRIVATE
        for line, name in _private_of_others(tree)
    ]
    assert not found, f"Use these in the layer's `compat`, under names of ours: {found}"


def _private_of_others(tree: ast.Module) -> Iterator[tuple[int, str]]:
    ours = FAST_EXIT | _defined_in(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) if PRIVATE.match(name) and name not in ours:
                yield node.lineno, name
            case ast.ImportFrom(module=module, names=names):
                parts = [*(module or "").split("."), *(one.name for one in names)]
                yield from ((node.lineno, part) for part in parts if PRIVATE.match(part))
            case _:
                pass


def _defined_in(tree: ast.Module) -> set[str]:
    """The names that a module's classes and functions define: what is private to them is theirs."""
    names = set[str]()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                names.add(name)
            case _:
                pass
    return names
