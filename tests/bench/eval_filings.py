"""Whether questions about one report among many that are alike find the report and the page.

    PYTHONPATH=tests/standin python tests/bench/eval_filings.py [--neutral] [--words]

48 reports of 12 companies are made, of which several have like names and all have the same
chapters. Each question names a company and a period, and asks for a number that one page has.
With `--neutral`, the files' names say nothing; with `--words`, no vectors are made.
"""

import argparse
import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pdf_pages import Print, write_pdf

from serving.config.models import EmbeddingsSettings
from serving.config.settings import Settings
from serving.parts.documents import open_readers, open_store, search_in
from serving.parts.library import DocumentLibrary
from serving.parts.vectors import make_vectors
from tools.caller import Caller

SEED, AMONG = 7, 6
YEARS = (2020, 2021, 2022, 2023)
COMPANIES: tuple[str, ...] = tuple(
    "Northgate Foods, Inc.|Northgate Energy Corporation|Harrow & Pike plc|Summit Materials Co.|"
    "Lindqvist Marine AB|Tessera|Global Harvest Group|Adler Logistik AG|Pike River Mining Ltd|"
    "Corvin Laboratories LLC|Summit Health Holdings, Inc.|Oakley Brothers".split("|")
)
ITEMS = (
    "capital expenditures|research and development expense|income tax expense|interest expense|"
    "share repurchases|dividends paid|inventories|goodwill|accounts receivable|restructuring charges|"
    "pension contributions|operating lease liabilities|advertising costs|deferred revenue|"
    "impairment of assets|depreciation and amortization"
).split("|")
ASKED = (
    "How large were the {item} of {company} in {period}?",
    "What did {company} report for {item} in FY{period}?",
    "{company} {period}: {item}?",
)
FILLER = (
    "Management reviews the matter each quarter and reports to the audit committee of the board.",
    "Demand in the main markets was affected by prices, by exchange rates and by the weather.",
    "We believe that the estimates are reasonable, but actual results could differ from them.",
    "The notes that follow are an integral part of these consolidated financial statements.",
    "Competition is intense, and several competitors have greater resources than we have.",
    "No single customer accounted for more than ten percent of net sales in any of the periods.",
    "Changes in accounting standards had no material effect on the figures that are shown.",
    "The group operates plants on three continents and serves customers in forty countries.",
)


@dataclass(frozen=True)
class Asked:
    """A question with the file and the page that answer it."""

    question: str
    file: str
    page: int


def main() -> None:
    """Make the reports, ask, and print how often document and page are among the first."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--neutral", action="store_true")
    arguments.add_argument("--words", action="store_true", help="Search without vectors.")
    given = arguments.parse_args()
    with TemporaryDirectory() as data:
        folder = Path(data) / "reports"
        folder.mkdir()
        asked = list(make_reports(folder, is_neutral=given.neutral))
        settings = Settings(data=Path(data) / "data")
        if given.words:
            settings = Settings(data=settings.data, embeddings=EmbeddingsSettings(api="none"))
        asyncio.run(measure(settings, folder, asked))


def make_reports(folder: Path, *, is_neutral: bool) -> Iterator[Asked]:
    """Write the reports, and give the questions about each."""
    chance = random.Random(SEED)  # noqa: S311  # the same every time, and no secret
    for at, (company, year) in enumerate((c, y) for c in COMPANIES for y in YEARS):
        short = "".join(c for c in company.split(",")[0] if c.isalnum())
        name = f"scan{at:04}.pdf" if is_neutral else f"{short.upper()}_{year}_report.pdf"
        items = chance.sample(ITEMS, len(ITEMS))
        pages = [cover(company, year), *(page(company, year, i, chance) for i in items)]
        write_pdf(folder / name, pages)
        for number in chance.sample(range(len(items)), 4):
            template = chance.choice(ASKED)
            said = template.format(item=items[number], company=bare(company), period=year)
            yield Asked(said, name, number + 2)


def bare(company: str) -> str:
    """A company as people say it."""
    words = company.replace(",", "").split()
    ends = {"Inc.", "Corporation", "plc", "Co.", "AB", "AG", "Ltd", "LLC"}
    return " ".join(word for word in words if word not in ends)


def cover(company: str, year: int) -> list[Print]:
    """One of four kinds of first page, by the company."""
    kinds = (
        [
            (18, "SECURITIES AND EXCHANGE COMMISSION"),
            (14, "FORM 10-K"),
            (10, "ANNUAL REPORT PURSUANT TO SECTION 13 OR 15(d)"),
            (10, f"For the fiscal year ended December 31, {year}"),
            (12, company),
            (8, "(Exact name of registrant as specified in its charter)"),
            (8, "Name of each exchange: Eastern Stock Exchange LLC"),
        ],
        [(20, "Annual report"), (14, company), (10, f"Year ended 30 June {year}")],
        [(20, f"Annual Report {year}"), (12, company), (9, "Printed on recycled paper")],
        [(20, "ANNUAL REPORT"), (12, f"Fiscal {year}"), (10, f"{company} and subsidiaries")],
    )
    chosen = kinds[COMPANIES.index(company) % len(kinds)]
    return [(60, 760 - 40 * at, size, text) for at, (size, text) in enumerate(chosen)]


def page(company: str, year: int, item: str, chance: random.Random) -> list[Print]:
    """A page about one item, which every report has; every third company prints its name on it."""
    number, before = chance.randrange(100, 9000), chance.randrange(100, 9000)
    lines = [
        *chance.sample(FILLER, 4),
        f"The Company's {item} amounted to ${number:,} million, after ${before:,} million in the "
        "prior year.",
        f"Like {chance.choice(ITEMS)}, they are described in the discussion of results.",
        *chance.sample(FILLER, 3),
    ]
    printed: list[Print] = [(60, 780, 14, f"Note on {item}")]
    printed += [(60, 740 - 18 * at, 10, text) for at, text in enumerate(lines)]
    if COMPANIES.index(company) % 3 == 0:
        printed.append((60, 820, 8, f"{bare(company)} {year}"))
    return printed


async def measure(settings: Settings, folder: Path, asked: list[Asked]) -> None:
    """Ingest the reports into one store, and look for each question's document and page."""
    with open_store(settings) as store, open_readers(settings, 1) as readers:
        DocumentLibrary(store).ingest([folder], collection="reports", readers=readers)
        make_vectors(store)
        documents = pages = 0
        search = search_in(store, settings)
        for each in asked:
            found = await search.search(
                each.question, caller=Caller("bench"), collections=None, limit=AMONG
            )
            places = [(hit.passage.source, hit.passage.page) for hit in found.passages]
            documents += each.file in [source for source, _ in places]
            pages += (each.file, each.page) in places
        search.close()
    print(f"{len(asked)} questions: document {documents / len(asked):.3f}, ", end="")  # noqa: T201
    print(f"page {pages / len(asked):.3f} among the first {AMONG}")  # noqa: T201


if __name__ == "__main__":
    main()
