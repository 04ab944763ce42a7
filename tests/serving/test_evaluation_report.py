"""`docsql eval report`: one page that needs nothing else, and Markdown for a pull request."""

from pathlib import Path
from typing import Literal

import pytest
from evaluated import make_run
from playwright.sync_api import Browser, ViewportSize
from typer.testing import CliRunner

from serving.cli.commands import app
from serving.evaluation.folder import Described, begin
from serving.evaluation.markdown import as_pull_request
from serving.evaluation.page import as_page
from serving.evaluation.sorting import breakdowns, worst_first
from serving.evaluation.verdict import score_run
from tools.errors import BadInput

FALLEN = ["right", "declined", "wrong", "failed"]
HOSTILE = "What </script><img src=http://127.0.0.1:9/x onerror=document.title='owned'> | *is* it?"


def test_the_page_is_drawn_without_any_other_file_or_host(
    tmp_path: Path, chromium: Browser
) -> None:
    run = make_run(tmp_path / "run", FALLEN, confidences={0: 0.9, 2: 0.4}, questions=HOSTILE)
    make_run(tmp_path / "before", ["right"] * 4, questions=HOSTILE)
    command = ["eval", "report", str(run.folder), "--against", str(tmp_path / "before")]
    assert CliRunner().invoke(app, command).exit_code == 0
    with chromium.new_context(offline=True) as context:
        page, asked, failed = context.new_page(), list[str](), list[str]()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.goto((run.folder / "report.html").as_uri())
        page.wait_for_selector("#plot2 svg.main-svg")
        assert page.locator("svg.main-svg").count() >= 3
        ids = page.locator("details.case summary b").all_inner_texts()
        assert ids == ["case 2", "case 3", "case 1", "case 0"]
        page.locator("details.case summary").first.click()
        assert page.locator("details.case pre").first.is_visible()
        assert page.locator("h3", has_text="Flipped").count() == 1
        assert page.title() == "Evaluation of set.jsonl"
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert failed == []


@pytest.mark.parametrize(("scheme", "back"), [("light", "255, 255, 255"), ("dark", "27, 27, 27")])
def test_the_page_fits_a_phone_and_follows_the_systems_colors(
    tmp_path: Path, chromium: Browser, scheme: Literal["light", "dark"], back: str
) -> None:
    turned = f"\u202e\x1b[31m{HOSTILE}"
    run = make_run(tmp_path / "run", FALLEN * 3, confidences={0: 0.9, 2: 0.4}, questions=turned)
    make_run(tmp_path / "before", ["right"] * 12, questions=turned)
    command = ["eval", "report", str(run.folder), "--against", str(tmp_path / "before")]
    assert CliRunner().invoke(app, command).exit_code == 0
    phone: ViewportSize = {"width": 390, "height": 844}
    with chromium.new_context(viewport=phone, color_scheme=scheme, is_mobile=True) as context:
        page = context.new_page()
        page.goto((run.folder / "report.html").as_uri())
        page.wait_for_selector("#plot2 svg.main-svg")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        for plot in ("plot0", "plot1", "plot2"):  # a legend leaves room for what it explains
            length = "document.getElementById('{}')._fullLayout.xaxis._length"
            assert page.evaluate(length.format(plot)) > 200
        assert not {"\u202e", "\x1b"} & {*page.content()}
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == f"rgb({back})"


def test_a_run_without_confidences_has_bars_alone(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", FALLEN)
    page = as_page(run, score_run(run), penalty=1)
    assert 'id="plot0"' in page
    assert 'id="plot1"' not in page


def test_markdown_tells_the_worst_and_shows_questions_as_they_are(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", FALLEN, questions=HOSTILE)
    told = as_pull_request(run, score_run(run), penalty=1)
    assert "4 questions: **25.0% right**, 25.0% wrong, +0.00 points a question" in told
    assert "| wrong | case 2 | What \\</script\\>\\<img src=http://127.0.0.1:9/x onerror" in told
    assert "it?" in told
    widths = [line.replace("\\|", "").count("|") for line in told.splitlines() if line[:1] == "|"]
    assert {*widths} == {9, 5}


def test_what_harms_most_comes_first(tmp_path: Path) -> None:
    scored = score_run(make_run(tmp_path / "run", FALLEN))
    assert [one.verdict for one in worst_first(scored)] == ["wrong", "failed", "declined", "right"]
    (kinds,) = breakdowns(scored, penalty=4)
    assert (kinds.by, [*kinds.lines]) == ("kind of question", ["kind 0", "kind 1"])
    assert [one.points for one in kinds.lines.values()] == [-1.5, 0.0]


@pytest.mark.parametrize("name", ["markdown", "html"])
def test_a_report_goes_where_it_is_asked_for(tmp_path: Path, name: str) -> None:
    run = make_run(tmp_path / "run", FALLEN)
    out = tmp_path / "told"
    done = CliRunner().invoke(app, ["eval", "report", str(run.folder), f"--{name}", str(out)])
    assert done.exit_code == 0
    assert "Evaluation of" in out.read_text(encoding="utf-8")
    assert not (run.folder / "report.html").exists()


def test_what_cannot_be_written_or_read_is_said_in_a_line(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", FALLEN).folder
    (tmp_path / "file").touch()
    broken = make_run(tmp_path / "broken", FALLEN).folder
    (broken / "answers.jsonl").write_text('{"id": 7}\n', encoding="utf-8")
    nowhere = str(tmp_path / "file" / "report")
    for command, said in (
        (
            ["compare", str(run), str(run), "--junit", nowhere],
            "cannot be written (Not a directory)",
        ),
        (["report", str(run), "--html", nowhere], "cannot be written (Not a directory)"),
        (["report", str(broken)], "answers.jsonl', line 1 cannot be read"),
    ):
        done = CliRunner().invoke(app, ["eval", *command])
        assert (done.exit_code, said in done.output) == (1, True), done.output
    described = Described(set="set.jsonl", started_at="", concurrency=1, identity={})
    with pytest.raises(BadInput, match="Give another --out"):
        begin(tmp_path / "file" / "run", described, [], [])
