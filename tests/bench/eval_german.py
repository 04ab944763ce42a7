"""How often a question in another language is answered by a passage's own sentence.

    python tests/bench/eval_german.py FILE [--first N] [--questions N]

FILE is a language of github.com/google-deepmind/xquad, such as xquad.de.json. Twelve of its articles,
from the one of that number on, are one collection; their questions are to be answered, and those on
the twelve articles behind them are to be declined.
"""

import argparse
import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from serving.config.settings import Settings
from serving.models.embedded.chat.heard import quotable
from serving.models.embedded.chat.quotations import quotations
from serving.parts.documents import open_readers, open_store, search_in
from serving.parts.library import DocumentLibrary
from serving.parts.vectors import make_vectors
from tools.caller import Caller

ARTICLES = 12
AMONG = 6


def main() -> None:
    """Ingest the articles, ask, and print the shares."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--first", type=int, default=0)
    arguments.add_argument("--questions", type=int, default=120)
    given = arguments.parse_args()
    articles = json.loads(given.file.read_text(encoding="utf-8"))["data"][given.first :]
    with TemporaryDirectory() as data:
        told = asyncio.run(measure(Path(data), articles, given.questions))
    print("; ".join(f"{name} {share}" for name, share in told.items()))  # noqa: T201


async def measure(data: Path, articles: Sequence[Any], count: int) -> dict[str, str]:
    """The shares of right, wrong and declined answers, and of questions declined that ought to be."""
    settings, folder = Settings(data=data / "data"), data / "files"
    folder.mkdir()
    for article in articles[:ARTICLES]:
        name = article["title"].replace("/", "_")
        text = "\n\n".join(each["context"] for each in article["paragraphs"])
        (folder / f"{name}.md").write_text(f"# {name}\n\n{text}", encoding="utf-8")
    found = Counter[str]()
    asked = _drawn(articles[:ARTICLES], count)
    others = _drawn(articles[ARTICLES : 2 * ARTICLES], count * 2 // 3)
    with open_store(settings) as store, open_readers(settings, 2) as readers:
        DocumentLibrary(store).ingest([folder], collection="articles", readers=readers)
        make_vectors(store)
        search = search_in(store, settings)
        for question, answer in [*asked, *((other, "") for other, _ in others)]:
            hits = await search.search(
                question, caller=Caller("bench"), collections=None, limit=AMONG
            )
            passages = [quotable(number, hit) for number, hit in enumerate(hits.passages, 1)]
            quoted = " ".join(each.text for each in quotations(question, passages))
            found[_judged(quoted, answer)] += 1
        search.close()
    told = {name: found[name] / len(asked) for name in ("right", "wrong", "declined")}
    told["declined of others"] = found["declined rightly"] / len(others)
    return {name: f"{share:.3f}" for name, share in told.items()}


def _judged(quoted: str, answer: str) -> str:
    if not answer:
        return "answered wrongly" if quoted else "declined rightly"
    if not quoted:
        return "declined"
    return "right" if _plain(answer) in _plain(quoted) else "wrong"


def _drawn(articles: Sequence[Any], count: int) -> list[tuple[str, str]]:
    pairs = [
        (asked["question"], asked["answers"][0]["text"])
        for article in articles
        for paragraph in article["paragraphs"]
        for asked in paragraph["qas"]
    ]
    random.Random(5).shuffle(pairs)  # noqa: S311  # the same questions every time
    return pairs[:count]


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


if __name__ == "__main__":
    main()
