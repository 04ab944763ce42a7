"""Memory of an ingestion with vectors: `python tests/bench/bench_memory.py [PASSAGES]`.

Texts are made up of random words of the embedding model's vocabulary, sixty a passage. Reported is
the most that the ingesting process held; the processes that read files are not counted.
"""

import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

PASSAGES = 20_000
_PER_FILE = 200
_WORDS = Path(__file__).parents[2] / "tools/language/wordpieces/vocab.txt"
RUN = """
import resource, sys
from typer.testing import CliRunner
from serving.cli.commands import app
done = CliRunner().invoke(app, ["ingest", sys.argv[1], "--json"])
assert done.exit_code == 0, done.output
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_maxrss // 1024, round(used.ru_utime + used.ru_stime))
"""


def main(passages: int = PASSAGES) -> None:
    """Ingest that many passages in a process of its own, and say what it took."""
    with tempfile.TemporaryDirectory() as folder:
        texts = Path(folder) / "texts"
        texts.mkdir()
        for number, text in enumerate(_files(passages)):
            (texts / f"file{number}.md").write_text(text, "utf-8")
        began = perf_counter()
        said = _ingest(Path(folder), texts)
        print(  # noqa: T201
            f"{passages} passages: {said} (MiB at most, processor s), {perf_counter() - began:.0f} s"
        )


def _ingest(folder: Path, texts: Path) -> str:
    settings = {"DOCSQL_DATA": str(folder / "data"), "DOCSQL_EMBEDDINGS__THREADS": "1"}
    return subprocess.run(  # noqa: S603
        [sys.executable, "-c", RUN, str(texts)],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", **settings},  # noqa: TID251
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def _files(passages: int) -> Iterator[str]:
    """Each section is a passage: its heading and four sentences."""
    chance = random.Random(7)  # noqa: S311
    words = [word for word in _WORDS.read_text("utf-8").split() if word.isalpha()]
    for start in range(0, passages, _PER_FILE):
        count = min(_PER_FILE, passages - start)
        yield "\n\n".join(_section(chance, words, start + n) for n in range(count))


def _section(chance: random.Random, words: list[str], number: int) -> str:
    sentences = (" ".join(chance.choices(words, k=15)).capitalize() + "." for _ in range(4))
    return f"# Section {number}\n\n{' '.join(sentences)}"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
