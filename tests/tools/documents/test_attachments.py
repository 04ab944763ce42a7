"""Files that are attached to messages are read with them, and never at a message's cost."""

from email.message import EmailMessage
from pathlib import Path

from tools.documents.load import load_file
from tools.documents.reading import ReadingRules, ReadingTask, read_passages

PRICES = b"Pump;Price (EUR)\nKP 40;749\nKP 65;1198\nKP 80;1740\nKP 90;1985\n"
PAGE = b"<h1>Delivery terms</h1><h2>Pallets</h2><p>Pallets go back within 30 days.</p>"


def _mail(subject: str, *attached: tuple[bytes, str, str]) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = subject
    mail["From"] = "Ada <ada@example.org>"
    mail.set_content(f"Text of {subject}.")
    for data, kind, name in attached:
        main, sub = kind.split("/")
        mail.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return mail


def _saved(folder: Path, mail: EmailMessage) -> Path:
    path = folder / "mail.eml"
    path.write_bytes(bytes(mail))
    return path


def test_attachments_are_read_behind_their_message_under_their_names(tmp_path: Path) -> None:
    mail = _mail("Offer", (PRICES, "text/csv", "prices.csv"), (PAGE, "text/html", "terms.html"))
    path = _saved(tmp_path, mail)

    task = ReadingTask(str(path), "an-id", "c", "mail.eml", "a-hash")
    read = read_passages(task, ReadingRules(ocr_languages=""))

    assert [(each.title, each.section) for each in read.passages] == [
        ("Offer", ""),
        ("Offer", "prices.csv"),
        ("Offer", "terms.html > Delivery terms > Pallets"),
    ]
    assert read.passages[0].text.endswith("Attached: prices.csv, terms.html\n\nText of Offer.")
    assert read.passages[2].text == "Pallets go back within 30 days."
    assert read.note == "attached, read with it: prices.csv, terms.html"
    assert [(table.name, len(table.rows)) for table in read.data] == [("prices", 4)]


def test_an_attachment_that_cannot_be_read_costs_the_message_nothing(tmp_path: Path) -> None:
    mail = _mail(
        "Offer",
        (b"PK\x03\x04 broken", "application/octet-stream", "plan.docx"),
        (b"\x00\x01\x02", "application/octet-stream", "../../etc/data.bin"),
    )

    loaded = load_file(_saved(tmp_path, mail))

    assert loaded.blocks[-1].text == "Text of Offer."
    assert loaded.notes[0] == "attached, not read: plan.docx, ../../etc/data.bin"
    assert loaded.notes[1].startswith("plan.docx: the file is damaged")
    assert len(loaded.notes) == 2


def test_a_logo_that_the_text_shows_is_not_read(tmp_path: Path) -> None:
    mail = _mail("Offer")
    mail.add_attachment(
        b"\x89PNG\r\n\x1a\n", maintype="image", subtype="png", filename="logo.png", cid="<logo>"
    )

    assert load_file(_saved(tmp_path, mail), ocr_languages="eng").notes == (
        "attached, not read: logo.png",
    )


def test_messages_in_messages_are_read_to_a_bounded_depth(tmp_path: Path) -> None:
    mail = _mail("One", (b"The innermost text.", "text/plain", "inner.txt"))
    for subject in ("Two", "Three", "Four"):
        outer = _mail(subject)
        outer.add_attachment(mail)
        mail = outer

    loaded = load_file(_saved(tmp_path, mail))

    texts = [block.text for block in loaded.blocks]
    assert [f"Text of {each}." in texts for each in ("Four", "Three", "Two", "One")] == [
        True, True, True, False
    ]  # fmt: skip
    assert loaded.blocks[-1].section == ("Three.eml", "Two.eml")
    assert loaded.notes[-1] == "Three.eml: Two.eml: attached, not read: One.eml"


def test_of_very_many_attachments_only_the_first_are_read(tmp_path: Path) -> None:
    files = [(b"A note.", "text/plain", f"note-{number}.txt") for number in range(22)]

    loaded = load_file(_saved(tmp_path, _mail("Notes", *files)))

    assert sum(block.text == "A note." for block in loaded.blocks) == 20
    assert loaded.notes[1] == "attached, not read: note-20.txt, note-21.txt"


def test_a_message_is_not_of_the_company_that_its_attachment_is_of(tmp_path: Path) -> None:
    report = (
        b"Pellworth Pumps plc\n\nPellworth Pumps plc makes pumps.\n\nPellworth Pumps plc sells."
    )
    path = _saved(tmp_path, _mail("Lunch", (report, "text/plain", "report.txt")))

    task = ReadingTask(str(path), "an-id", "c", "mail.eml", "a-hash")
    passages = read_passages(task, ReadingRules(ocr_languages="")).passages

    assert {each.company for each in passages} == {""}
