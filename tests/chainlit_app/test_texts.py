"""The page's texts: the same keys in both languages, and none outside of the tables."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from chainlit_app import launch
from chainlit_app.look import wording_as
from chainlit_app.render import seconds, size
from chainlit_app.texts.language import LANGUAGES, REGIONS, Language, language_for, speaking
from chainlit_app.texts.table import about, counted, in_digits, texts, wording, words_for
from serving.config.page import PageSettings
from serving.wire.answer import Query

HERE = launch.HERE
ELEMENTS = sorted((HERE / "public").rglob("*.js*"))
SCRIPTS = [path for path in ELEMENTS if path.suffix in {".js", ".jsx"}]
MODULES = sorted(HERE.rglob("*.py"))
TO_THE_OPERATOR = {"launch.py", "look.py"}
"""What it says stands in a terminal, as all of the command line does, in English."""
TECHNICAL = re.compile(
    r"Content-Security|^[a-z-]+ '(none|self)|^Bearer |Internal Server Error|Expected one of"
)
TO_THE_SERVICE = {
    "What can I ask?",
    "Edited by a person.",
    "embedded: no language model",
    " in this process",
}
"""What it is asked, and what of its own words is looked for; nobody reads these on the page."""
SHOWN = {"label", "description", "tooltip", "title", "content", "placeholder", "text"}
"""What Chainlit calls the words that it shows."""
WORDS = re.compile(r"[A-Za-zÄÖÜäöü']{2,}[.,:]? [a-zäöüß]{1,}")
"""Two words in a row: a text for people, or a statement."""


def test_every_text_is_there_in_both_languages() -> None:
    english, german = texts("en"), texts("de")
    assert english.keys() == german.keys()
    assert wording("en").keys() == wording("de").keys()
    assert [key for key in english if not german[key].strip()] == []
    assert list(english) == sorted(english), "keep the keys in order"


def test_a_text_takes_the_same_values_in_both_languages() -> None:
    taken = [{key: _values_of(said) for key, said in texts(each).items()} for each in LANGUAGES]
    assert taken[0] == taken[1]


def _values_of(said: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(said) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_of_itself_what_stands_below_an_answer(language: Language) -> None:
    assert texts(language)["model.none"].casefold() in about(language).casefold()


def test_what_the_page_says_of_itself_has_the_same_parts() -> None:
    assert [about(each).count("**") for each in LANGUAGES] == [about("en").count("**")] * 2


def test_our_words_replace_those_of_chainlit_in_both_languages(tmp_path: Path) -> None:
    folder = launch.prepare(tmp_path, PageSettings()) / ".chainlit" / "translations"
    keys: list[set[str]] = []
    for language, region in REGIONS.items():
        words = json.loads((folder / f"{region}.json").read_text(encoding="utf-8"))
        keys.append(set(_paths(words)))
        for path, ours in wording_as(PageSettings(), language).items():
            assert _at(words, path) == ours
    assert keys[0] == keys[1]


def _paths(words: Any, before: str = "") -> Iterator[str]:
    for key, value in words.items():
        if isinstance(value, dict):
            yield from _paths(value, f"{before}{key}.")
        else:
            yield f"{before}{key}"


def _at(words: Any, path: str) -> object:
    for part in path.split("."):
        words = words[part]
    return words


ACCEPTED: list[tuple[str, Language]] = [
    ("", "en"),
    ("de", "de"),
    ("de-AT,de;q=0.9,en;q=0.8", "de"),
    ("en-GB,en;q=0.9,de;q=0.8", "en"),
    ("fr-FR,fr;q=0.9,de;q=0.8,en;q=0.7", "de"),
    ("en;q=0.2, DE-ch;q=0.4", "de"),
    ("de;q=0,fr", "en"),
    ("*;q=0.5, de;q=x", "en"),
    ("\N{KEY};;,=,de-", "de"),
]


@pytest.mark.parametrize(("accepted", "language"), ACCEPTED)
def test_the_language_is_the_first_of_the_browsers_that_there_is(
    accepted: str, language: Language
) -> None:
    assert language_for(accepted) == language


def test_numbers_are_written_as_people_of_the_language_write_them() -> None:
    cut = Query(
        number=1,
        database="d",
        sql="",
        columns=["a"],
        rows=[["1"]] * 2,
        truncated=True,
        total_rows=12_345,
        elapsed_s=0,
    )
    assert (in_digits(1_234.5, 2), counted(1, "row"), seconds(1.25)) == (
        "1,234.50",
        "1 row",
        "1.2 s",
    )
    assert size(cut) == "the first 2 of 12,345 rows"
    with speaking("de"):
        assert (in_digits(1_234.5, 2), counted(1, "row"), seconds(1.25)) == (
            "1.234,50",
            "1 Zeile",
            "1,2 s",
        )
        assert size(cut) == "die ersten 2 von 12.345 Zeilen"
        assert words_for("documents.title") == "Dokumente"
    assert words_for("documents.title") == "Documents"


def test_no_text_stands_in_a_module() -> None:
    trees = {
        module.name: ast.parse(module.read_text(encoding="utf-8"))
        for module in MODULES
        if module.name not in TO_THE_OPERATOR
    }
    found = {name: [*_written_in(tree), *_shown_by_chainlit(tree)] for name, tree in trees.items()}
    assert {name: texts for name, texts in found.items() if texts} == {}


def _written_in(tree: ast.Module) -> Iterator[str]:
    for text in _spoken_in(tree):
        if WORDS.search(text) and not (TECHNICAL.search(text) or text in TO_THE_SERVICE):
            yield text


def _shown_by_chainlit(tree: ast.Module) -> Iterator[str]:
    """Words in the parameters that Chainlit shows, be it one alone."""
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg=str(name), value=ast.Constant(value=str(text))):
                if text and name in SHOWN:
                    yield f"{name}={text!r}"
            case _:
                pass


def _spoken_in(tree: ast.AST) -> Iterator[str]:
    """The strings that are no docstring, no expression to match, not for a log, and no question of a starter."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.Expr(value=ast.Constant()):
                continue
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re" | "log"))):
                continue
            case ast.Call(func=ast.Name(id="cast" | "ProviderError" | "ProviderAway")):
                continue
            case ast.Assign(targets=[ast.Name(id="_DEMO")]):
                continue
            case ast.Constant(value=str(text)):
                yield text
            case _:
                yield from _spoken_in(node)


def test_no_text_stands_in_what_a_browser_runs() -> None:
    assert {script.name: found for script in SCRIPTS if (found := _shown_by(script))} == {}


def _shown_by(script: Path) -> set[str]:
    """Words between tags, in attributes that are read out, and in quotes."""
    code = re.sub(r"^\s*//.*$|\s// .*$", "", script.read_text(encoding="utf-8"), flags=re.MULTILINE)
    between = re.findall(r">\s*([A-Z][A-Za-z][^<>{}=();]*)\s*[<{]", code)
    named = re.findall(r'(?:aria-label|placeholder|title|alt)="([^"]+)"', code)
    quoted = [text for text in re.findall(r'"([^"\n]*)"', code) if WORDS.search(text)]
    classes = set(re.findall(r'className="([^"]*)"', code))
    found = (
        {each.strip() for each in (*between, *named, *quoted)} - classes - {"CSV", "Excel", "SQL"}
    )
    return {each for each in found if not each.startswith(("#", "."))}


def test_a_key_that_code_names_is_in_the_table() -> None:
    named = {
        key
        for path in (*MODULES, *SCRIPTS)
        for key in re.findall(
            r'(?:words_for|docsqlText|\bt)\(\s*"([a-z_.]+)"', path.read_text(encoding="utf-8")
        )
    }
    assert len(named) > 60
    assert named - texts("en").keys() == set()
