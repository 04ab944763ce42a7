"""A document's company, period and kind, as it states them, and nothing where it is not sure."""

import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest
from kept_readers import ingest

from tools.caller import Caller
from tools.documents.block import Block, LoadedDocument
from tools.documents.load import load_file
from tools.documents.particulars.find import Particulars, find_particulars
from tools.documents.search import Search
from tools.documents.store import DocumentStore

READER = Caller("reader")


def _found(
    title: str, lines: str, *, source: str = "scan0001.pdf", company: str = ""
) -> Particulars:
    blocks = tuple(Block("paragraph", line, page=1) for line in lines.split(" / "))
    return find_particulars(LoadedDocument(title, blocks, company=company), source)


@pytest.mark.parametrize(
    ("title", "lines", "company"),
    [
        # A label says whose name it is, though others are named.
        (
            "FORM 10-K",
            "Acme Tools, Inc. / (Exact name of registrant as specified in its charter) / "
            "Name of each exchange: Eastern Stock Exchange LLC",
            "Acme Tools, Inc.",
        ),
        ("Geschäftsbericht 2021", "Firma: Adler Logistik AG / Adler fährt.", "Adler Logistik AG"),
        # A name in the title, without what stands before it there.
        ("Annual report of Borealis Shipping plc", "We ship.", "Borealis Shipping plc"),
        ("ANNUAL REPORT OF ACME CORPORATION", "We make tools.", "ACME CORPORATION"),
        # A name that runs on from a sentence, and that the document repeats.
        (
            "Handbook",
            "In 2021 Cetus Marine Ltd grew. / At Cetus Marine all share.",
            "Cetus Marine Ltd",
        ),
        # Alone on a line, the only one that is named.
        ("Annual report", "Harrow & Pike plc / Year ended 30 June 2021", "Harrow & Pike plc"),
        ("Bericht", "Berger Maschinenbau GmbH & Co. KG", "Berger Maschinenbau GmbH & Co. KG"),
        # What a charter's label stands below needs no legal form.
        (
            "FORM 10-K",
            "HARROW & PIKE / (Exact name of registrant as specified in its charter) / "
            "DOCUMENTS INCORPORATED BY REFERENCE / Name of each exchange: Eastern Stock Exchange, Inc.",
            "HARROW & PIKE",
        ),
        (
            "FORM 10-K",
            "ACME R ESORTS I NTERNATIONAL / Exact name of registrant as specified in its charter",
            "ACME RESORTS INTERNATIONAL",
        ),
        # A cover of two columns, the state of the company between its name and the label.
        (
            "FORM 10-K",
            "THE ACME COMPANY / Delaware / (Exact name of registrant as specified in its charter) / "
            "Acme has its seat in Delaware. / Delaware is where Acme was founded.",
            "ACME COMPANY",
        ),
        ("FORM 10-K", "Eastern Stock Exchange, Inc. / The shares of a maker of tools.", ""),
        # Two parties: neither is whose it is.
        ("Agreement", "between Acme Tools, Inc. / and / Berger GmbH / Acme pays Berger.", ""),
        ("Invoice", "Berger GmbH / To: / Acme Tools, Inc.", ""),
        # One that is mentioned in passing, once.
        ("Travel policy", "Book at Globe Reisen GmbH or by yourself.", ""),
        # Kinds of companies, which are none.
        ("Annual report", "Smaller Reporting Company / Emerging Growth Company", ""),
        ("The Limited Partnership", "The Company / Our Holdings", ""),
        ("Annual report 2021", "All the figures are in millions.", ""),
    ],
)
def test_a_company_is_known_where_a_document_says_whose_it_is(
    title: str, lines: str, company: str
) -> None:
    assert _found(title, lines).company == company


def test_a_name_in_the_properties_counts_where_the_text_repeats_it() -> None:
    lines = "Tessera makes tiles. / Ask Tessera for a price."
    assert _found("Price list", lines, company="Tessera").company == "Tessera"
    assert _found("Price list", lines, company="Hewlett-Packard").company == ""


def test_a_customer_in_the_rows_of_a_sheet_is_not_its_company(tmp_path: Path) -> None:
    names = ("Acme Tools GmbH", "Farrow Parcels", "Quill House", "Acme Tools GmbH", "Orrin Bakery")
    rows = [f"O-{n};{name};{n * 10}" for n, name in enumerate(names)]
    path = tmp_path / "orders-2025.csv"
    path.write_text("\n".join(["Order;Customer;EUR", *rows]), encoding="utf-8")
    assert find_particulars(load_file(path), path.name).company == ""


def test_the_company_above_the_table_of_a_sheet_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Acme Tools GmbH: orders"])
    sheet.append([])
    for row in (["Order", "EUR"], *([f"Acme Tools {n}", n] for n in range(5))):
        sheet.append(row)
    book.save(tmp_path / "orders.xlsx")
    found = find_particulars(load_file(tmp_path / "orders.xlsx"), "orders.xlsx")
    assert found.company == "Acme Tools GmbH"


def test_the_company_in_the_properties_of_a_word_file_is_read(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_paragraph("Tessera makes tiles. Ask Tessera for a price.")
    plain, named = tmp_path / "plain.docx", tmp_path / "named.docx"
    made.save(str(plain))
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(named, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/app.xml":
                data = data.replace(b"<Company/>", b"<Company>Tessera</Company>")
            new.writestr(name, data)

    assert find_particulars(load_file(named), "named.docx").company == "Tessera"


@pytest.mark.parametrize(
    ("title", "lines", "source", "period"),
    [
        (
            "R",
            "For the fiscal year ended December 31, 2021",
            "",
            "fiscal year ended December 31, 2021",
        ),
        ("R", "quarterly period ended / June 30, 2022", "", "quarterly period ended June 30, 2022"),
        ("R", "quarter ended 1 July 2023", "2023 Q3 A.pdf", "quarter ended 1 July 2023 (Q3 2023)"),
        ("Results for the third quarter of 2023", "We grew.", "", "Q3 2023"),
        ("R", "Geschäftsjahr 2022/23", "", "fiscal 2022/23"),
        ("R", "x", "ACME_FY18_10K.pdf", "fiscal 2018"),
        ("R", "x", "ACME_2018_10K.pdf", "2018"),
        ("R", "x", "acme-1H22.pdf", "H1 2022"),
        ("Annual Report 2021-22", "x", "", "2021-22"),
        # A year in a text, and a day in a file's name, are no period.
        (
            "Handbook",
            "The office has been open since 2004, and was moved twice after that.",
            "",
            "",
        ),
        ("Photo", "x", "IMG_20210403.pdf", ""),
    ],
)
def test_a_period_is_known_where_a_cover_or_a_name_gives_it(
    title: str, lines: str, source: str, period: str
) -> None:
    assert _found(title, lines, source=source or "scan0001.pdf").period == period


@pytest.mark.parametrize(
    ("title", "lines", "kind"),
    [
        ("Travel policy", "Book early.", "policy"),
        ("SEC", "FORM 10-K / ANNUAL REPORT PURSUANT TO SECTION 13 OR 15(d) OF THE ACT", "annual report, form 10-K"),
        ("2023 Environmental Report", "Our policy is green.", "environmental report"),
        ("Mietvertrag", "x", "mietvertrag"),
        ("Acme", "Employment contract / between", "employment contract"),
        ("Acme", "Whoever breaks the policy of the house must tell the agreement's owner.", ""),
        ("Notes", "Fill in form 12 and sign it.", ""),
    ],
)  # fmt: skip
def test_a_kind_is_known_where_a_title_or_a_line_of_its_own_says_it(
    title: str, lines: str, kind: str
) -> None:
    assert _found(title, lines).kind == kind


@pytest.fixture
def reports(tmp_path: Path) -> list[Path]:
    """Reports that say whose they are once, on a cover without a heading."""
    files = list[Path]()
    for at, (company, year) in enumerate(
        (c, y) for c in ("Acme", "Borealis") for y in (2021, 2022)
    ):
        cover = f"# Report\n\n{company} Holdings Ltd\n\nYear ended 30 June {year}"
        parts = (f"## {part}\n\n{part} came to {at}7 million." for part in ("Rent", "Wages", "Tax"))
        files.append(tmp_path / f"scan{at}.md")
        files[-1].write_text("\n\n".join([cover, *parts]), encoding="utf-8")
    return files


async def test_each_passage_knows_what_its_document_is(tmp_path: Path, reports: list[Path]) -> None:
    with DocumentStore.open(tmp_path / "milvus.db") as store:
        ingest(reports, store=store, collection="reports")
        search = Search(store)
        found = await search.search(
            "wages of Borealis in 2021", caller=READER, collections=None, limit=1
        )
        listed = await search.documents(caller=READER)
        search.close()
    passage = found.passages[0].passage
    stated = ("Borealis Holdings Ltd", "Year ended 30 June 2021", "report")
    assert (passage.source, passage.section) == ("scan2.md", "Wages")
    assert (passage.company, passage.period, passage.kind) == stated
    document = next(each for each in listed if each.source == "scan2.md")
    assert (document.company, document.period, document.kind) == stated
