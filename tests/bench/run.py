"""`make bench`: measures, and writes docs/figures.md.

`--only NAME` measures one part and prints it instead, `--renew NAME …` renews some parts into the
page; `--soak` asks for ten minutes, `--suite` runs `make check` as well.
"""

import os
import platform
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import bench_embedded
import bench_footprint
import bench_http
import bench_linking
import bench_load
import bench_models
import bench_page
import bench_scale
import bench_service
import bench_soak
import bench_startup
import bench_threads
import bench_tools
import bench_turns
import bench_vectors
import bench_workers
from figure import Section, as_markdown
from rich.console import Console
from workplace import ROOT, Workplace, forget_settings

from serving.cli.demonstration import load_sample
from serving.config.settings import Settings

PAGE = ROOT / "docs" / "figures.md"
BENCHMARKS: dict[str, Callable[[Workplace], Section]] = {
    "startup": bench_startup.measure,
    "turns": bench_turns.measure,
    "http": bench_http.measure,
    "workers": bench_workers.measure,
    "models": bench_models.measure,
    "page": bench_page.measure,
    "service": bench_service.measure,
    "load": bench_load.measure,
    "threads": bench_threads.measure,
    "tools": bench_tools.measure,
    "scale": bench_scale.measure,
    "linking": bench_linking.measure,
    "vectors": bench_vectors.measure,
    "embedded": bench_embedded.measure,
    "footprint": bench_footprint.measure,
}
ASKED_FOR: dict[str, Callable[[Workplace], Section]] = {
    "soak": bench_soak.measure,
    "suite": bench_footprint.measure_suite,
}


def main() -> None:
    """Measure what the command line asks for."""
    parser = ArgumentParser(prog="make bench", description="Measure, and write docs/figures.md.")
    parser.add_argument("--only", choices=[*BENCHMARKS, *ASKED_FOR], help="one part, printed only")
    parser.add_argument("--renew", nargs="+", choices=[*BENCHMARKS, *ASKED_FOR], help="some parts")
    parser.add_argument("--soak", action="store_true", help="ask for ten minutes too")
    parser.add_argument("--suite", action="store_true", help="time `make check` too (minutes)")
    chosen = parser.parse_args()
    console = Console(stderr=True)
    forget_settings()
    began = _machine()
    more = [name for name in ASKED_FOR if getattr(chosen, name)]
    names = [chosen.only] if chosen.only else chosen.renew or [*BENCHMARKS, *more]
    sections = _measure(names, console)
    if chosen.only:
        Console(soft_wrap=True).print(as_markdown(sections[0]), markup=False, highlight=False)
        return
    PAGE.parent.mkdir(exist_ok=True)
    page = _renewed(PAGE, began, sections) if chosen.renew else _page(began, sections)
    PAGE.write_text(page, encoding="utf-8")
    console.print(f"Wrote {PAGE.relative_to(ROOT)}.", highlight=False)


def _measure(names: Sequence[str], console: Console) -> list[Section]:
    def say(line: str) -> None:
        console.print(f"{datetime.now(UTC):%H:%M:%S}  {line}", highlight=False, markup=False)

    with tempfile.TemporaryDirectory(prefix="docsql-bench-") as folder:
        place = Workplace(Path(folder), Path(folder) / "data", say)
        say("loading the sample data")
        load_sample(Settings(data=place.data), Console(quiet=True))
        return [(BENCHMARKS | ASKED_FOR)[name](place) for name in names]


def _machine() -> str:
    """When and where, and how busy the machine was before we began."""
    cores = len(os.sched_getaffinity(0))
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {cores} cores, {platform.machine()}, "
        f"{platform.system()}, Python {platform.python_version()}; the load was "
        f"{os.getloadavg()[0]:.1f} before it began."
    )


def _renewed(page: Path, machine: str, sections: Sequence[Section]) -> str:
    """The page with these sections in place of those of the same title, or behind the others."""
    opening, *parts = page.read_text(encoding="utf-8").split("\n## ")
    kept = {part.partition("\n")[0]: part.strip() for part in parts}
    for section in sections:
        told = as_markdown(section).removeprefix("## ")
        kept[section.title] = f"{told}\n\n{machine}"
    return "\n\n## ".join([opening.strip(), *kept.values()]) + "\n"


def _page(machine: str, sections: Sequence[Section]) -> str:
    opening = (
        "# Figures\n\n"
        f"`make bench` writes this page. {machine} Everything ran on that one machine, "
        "clients included, on the sample data of `make demo` and, where nothing else is said, with "
        "the embedded models: no language model's time is in here.\n\n"
        "A target is what we set out to reach; a missed one is a bug report, not a failed build."
    )
    return "\n\n".join([opening, *map(as_markdown, sections)]) + "\n"


if __name__ == "__main__":
    main()
