"""How often FinanceBench's questions find their filing and their page among the first passages.

    python tests/bench/eval_financebench.py FOLDER [--neutral] [--words] [--misses FILE] [--keep DATA]

FOLDER is a copy of github.com/patronus-ai/financebench. Its 150 public questions are asked of all
filings that they name, in one store; filings that the copy lacks are said, and their questions left
out. With `--neutral`, the files' names say nothing; with `--words`, no vectors are made. With `--keep`,
the store stays in the folder DATA, and a later run asks it without reading the filings again.
"""

import argparse
import asyncio
import json
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from serving.config.models import EmbeddingsSettings
from serving.config.settings import Settings
from serving.parts.documents import open_readers, open_store, search_in
from serving.parts.library import DocumentLibrary
from serving.parts.vectors import make_vectors
from tools.caller import Caller

AMONG = 6


@dataclass(frozen=True)
class Asked:
    """A question, the filing that answers it, and the pages that do, counted from 1."""

    question: str
    filing: str
    pages: frozenset[int]


def main() -> None:
    """Ingest the filings, ask, and print how often document and page are among the first."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--neutral", action="store_true")
    arguments.add_argument("--words", action="store_true", help="Search without vectors.")
    arguments.add_argument("--misses", type=Path, help="File for what was not found.")
    arguments.add_argument("--keep", type=Path, help="Folder of a store to ask again.")
    given = arguments.parse_args()
    lines = (given.folder / "data/financebench_open_source.jsonl").read_text(encoding="utf-8")
    asked = [_asked(json.loads(line)) for line in lines.splitlines()]
    filings = {each.filing: given.folder / f"pdfs/{each.filing}.pdf" for each in asked}
    lacking = sorted(name for name, path in filings.items() if not path.exists())
    asked = [each for each in asked if each.filing not in lacking]
    print(f"{len(filings) - len(lacking)} filings; not there: {', '.join(lacking) or 'none'}")  # noqa: T201
    with nullcontext(given.keep) if given.keep else TemporaryDirectory() as data:
        settings = Settings(data=Path(data) / "data")
        if given.words:
            settings = Settings(data=settings.data, embeddings=EmbeddingsSettings(api="none"))
        names = _laid_out(filings, Path(data) / "filings", is_neutral=given.neutral)
        missed = asyncio.run(measure(settings, Path(data) / "filings", asked, names))
    if given.misses:
        given.misses.write_text("\n".join(map(json.dumps, missed)), encoding="utf-8")


def _asked(record: Mapping[str, Any]) -> Asked:
    """A line of the questions; its pages count from 0."""
    pages = frozenset(int(each["evidence_page_num"]) + 1 for each in record["evidence"])
    return Asked(record["question"], record["doc_name"], pages)


def _laid_out(filings: Mapping[str, Path], folder: Path, *, is_neutral: bool) -> dict[str, str]:
    """Links to the filings in a folder of their own; filings by the names that they have there."""
    folder.mkdir(parents=True, exist_ok=True)
    names = dict[str, str]()
    for number, (filing, path) in enumerate(sorted(filings.items())):
        if path.exists():
            name = f"scan{number:04}.pdf" if is_neutral else path.name
            if not (folder / name).is_symlink():
                (folder / name).symlink_to(path.resolve())
            names[name] = filing
    return names


async def measure(
    settings: Settings, folder: Path, asked: list[Asked], names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Print the shares, and give the questions whose page was not found."""
    with open_store(settings) as store, open_readers(settings, 2) as readers:
        files = DocumentLibrary(store).ingest([folder], collection="filings", readers=readers)
        failed = sum(file.outcome == "failed" for file in files)
        print(f"{sum(file.passages for file in files)} passages; failed: {failed}")  # noqa: T201
        make_vectors(store)
        documents = pages = 0
        missed = list[dict[str, Any]]()
        search, began = search_in(store, settings), process_time()
        for each in asked:
            found = await search.search(
                each.question, caller=Caller("bench"), collections=None, limit=AMONG
            )
            places = [(names[hit.passage.source], hit.passage.page) for hit in found.passages]
            has_document = each.filing in [filing for filing, _ in places]
            has_page = any((each.filing, page) in places for page in each.pages)
            documents += has_document
            pages += has_page
            if not has_page:
                wanted = f"{each.filing} {sorted(each.pages)}"
                missed.append({"question": each.question, "wanted": wanted, "found": places})
        used = (process_time() - began) / len(asked)
        search.close()
    print(f"{len(asked)} questions: document {documents / len(asked):.3f}, ", end="")  # noqa: T201
    print(f"page {pages / len(asked):.3f} among the first {AMONG}; {used:.3f} s each")  # noqa: T201
    return missed


if __name__ == "__main__":
    main()
