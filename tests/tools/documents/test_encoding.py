# ruff: noqa: RUF001  # the letters are meant
"""Text in whatever encoding it comes, and what the report says of it."""

import zipfile
from pathlib import Path

import pytest

from tools.documents.block import LoadedDocument
from tools.documents.formats.encoding import decode_bytes
from tools.documents.load import load_file
from tools.errors import UnreadableFile

RUSSIAN = "Склад открыт с понедельника по пятницу."
POLISH = "Magazyn w Łodzi jest otwarty od poniedziałku do piątku. Żądania są źródłem zmian."
CZECH = "Sklad je otevřen od pondělí do pátku. Příští rok bude žádost přijata v květnu."
PROSE = "The store is open from Monday to Friday. "


def _load(path: Path, data: bytes) -> LoadedDocument:
    path.write_bytes(data)
    return load_file(path)


def _text(loaded: LoadedDocument) -> str:
    return "\n".join(block.text for block in loaded.blocks)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN, "koi8-r"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "cp866"),
        (RUSSIAN, "iso8859-5"),
        ("Привет, мир", "koi8-r"),
        (POLISH, "iso8859-2"),
        (POLISH, "cp1250"),
        (CZECH, "iso8859-2"),
        (CZECH, "cp1250"),
        ("Łódź", "iso8859-2"),
        ("仓库周一至周五开放。", "gbk"),
        ("库存充足", "gbk"),
        ("库存", "gbk"),
        ("采购订单", "gb18030"),
        ("這是一個測試。", "big5"),
        ("在庫は毎晩数えられます。", "cp932"),
        ("在庫は毎晩数えられます。", "euc_jp"),
        ("在庫は毎晩数えられます。", "iso2022_jp"),
        ("창고는 월요일부터 금요일까지 엽니다.", "euc_kr"),
        ("안녕하세요", "cp949"),
        ("Η αποθήκη είναι ανοιχτή.", "cp1253"),
        ("Şirket İstanbul'da. Depo pazartesiden cumaya kadar açıktır.", "cp1254"),
        ("Größe: zwölf Stück, 12 €", "cp1252"),
        ("Les élèves ont été reçus.", "latin-1"),
        ("Größe: zwölf Stück", "utf-16-le"),
    ],
)
@pytest.mark.parametrize("before", ["", PROSE * 10_000], ids=["alone", "after much ASCII"])
def test_an_encoding_is_told_by_the_bytes_and_the_note_names_it(
    tmp_path: Path, text: str, encoding: str, before: str
) -> None:
    if before and encoding == "iso2022_jp":
        before = PROSE  # such text is ASCII to the eye, so all of it is looked at
    loaded = _load(tmp_path / "store.txt", f"{before}\n\n{text}".encode(encoding))

    assert loaded.blocks[-1].text == text
    assert loaded.notes[0].startswith("read as ")
    assert loaded.notes[0].endswith("; save it as UTF-8 if letters are wrong")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Größe: zwölf".encode() + b" \xff Stk", "Größe: zwölf \ufffd Stk"),
        ("Größe: zwölf ü".encode()[:-1], "Größe: zwölf \ufffd"),
        (RUSSIAN.encode().replace("ы".encode(), b"\xd1", 1), RUSSIAN.replace("ы", "\ufffd")),
        ("Straße \xff".encode("utf-8-sig")[:-1], "Straße \ufffd"),
        ("库存充足。".encode()[:-1], "库存充足\ufffd"),
    ],
    ids=["a foreign byte", "cut off", "a broken letter", "after a mark", "Chinese"],
)
def test_one_bad_byte_costs_one_letter_and_is_reported(
    tmp_path: Path, data: bytes, text: str
) -> None:
    loaded = _load(tmp_path / "size.txt", data)

    assert _text(loaded) == text
    assert loaded.notes == ("1 place is not valid utf-8, shown as \ufffd",)


def test_what_stands_for_a_lost_letter_already_is_not_reported(tmp_path: Path) -> None:
    assert _load(tmp_path / "a.txt", "Gr\ufffd\ufffde".encode()).notes == ()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "name,text\nдом,{}\n"),
        ("a.md", "# Дом у реки\n\n{}\n"),
        ("a.json", '{{"text": "{}"}}'),
        ("a.jsonl", '{{"text": "{}"}}\n'),
        ("a.html", "<h1>Дом</h1><p>{}</p>"),
    ],
)
def test_every_kind_of_text_file_is_read_in_its_encoding(
    tmp_path: Path, name: str, content: str
) -> None:
    koi = _load(tmp_path / name, content.format(RUSSIAN).encode("koi8-r"))
    broken = _load(tmp_path / name, content.format(f"{RUSSIAN}~").encode().replace(b"~", b"\xff"))

    assert RUSSIAN in _text(koi)
    assert koi.notes[0].startswith("read as koi8-")
    assert f"{RUSSIAN}\ufffd" in _text(broken)
    assert broken.notes == ("1 place is not valid utf-8, shown as \ufffd",)


@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", "no-such-set", ""])
def test_a_page_is_what_its_bytes_are_whatever_it_declares(tmp_path: Path, declared: str) -> None:
    page = f'<meta charset="{declared}"><p>Zwölf Stück#</p>'.encode()

    assert _text(_load(tmp_path / "a.html", page)) == "Zwölf Stück#"
    assert _text(_load(tmp_path / "a.html", page.replace(b"#", b"\xff"))) == "Zwölf Stück\ufffd"


@pytest.mark.parametrize("encoding", ["koi8-r", "iso-8859-2", "gb2312", "windows-1252"])
def test_a_declared_encoding_is_believed_where_it_fits(tmp_path: Path, encoding: str) -> None:
    text = {"koi8-r": "мы", "iso-8859-2": "gęś", "gb2312": "镕", "windows-1252": "più"}[encoding]
    data = text.encode("gbk" if encoding == "gb2312" else encoding)
    page = f'<meta charset="{encoding}"><p>'.encode() + data
    loaded = _load(tmp_path / "a.html", page)

    assert (_text(loaded), loaded.notes) == (text, ())


def test_xml_with_a_bad_byte_or_a_declared_encoding_is_read(tmp_path: Path) -> None:
    declared = f'<?xml version="1.0" encoding="gb2312"?><a>{"仓库周一至周五开放。"}</a>'
    broken = f'<?xml version="1.0" encoding="UTF-8"?><a>{RUSSIAN}#</a>'.encode()

    assert _text(_load(tmp_path / "a.xml", declared.encode("gbk"))) == "仓库周一至周五开放。"
    loaded = _load(tmp_path / "a.xml", broken.replace(b"#", b"\xff"))
    assert _text(loaded) == f"{RUSSIAN}\ufffd"
    assert loaded.notes == ("1 place is not valid utf-8, shown as \ufffd",)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN, "koi8-r"),
        (RUSSIAN, "cp1251"),
        (POLISH, "iso-8859-2"),
        (RUSSIAN, "utf-8"),
        ("在庫は毎晩数えられます。", "iso2022_jp"),
        ("仓库周一至周五开放。", "gbk"),
    ],
)
@pytest.mark.parametrize("kind", ["", "Content-Type: text/plain\n", "Content-Type: text/html\n"])
def test_a_mail_that_names_no_charset_is_read_with_its_subject(
    tmp_path: Path, text: str, encoding: str, kind: str
) -> None:
    mail = f"From: ada@example.org\nSubject: {text}\n{kind}\n{text}\n"
    loaded = _load(tmp_path / "a.eml", mail.encode(encoding))

    assert loaded.blocks[-1].text == text
    if encoding != "iso2022_jp":
        assert loaded.title == text


@pytest.mark.parametrize("declared", ["us-ascii", "utf-8", "x-unknown"])
def test_a_mail_that_names_a_wrong_charset_is_read_as_what_it_is(
    tmp_path: Path, declared: str
) -> None:
    head = f"Subject: Hi\nContent-Type: text/plain; charset={declared}\n"
    mail = f"{head}Content-Transfer-Encoding: 8bit\n\n{RUSSIAN}\n".encode("koi8-r")
    loaded = _load(tmp_path / "a.eml", mail)

    assert loaded.blocks[-1].text == RUSSIAN
    assert loaded.notes[0].startswith("read as koi8-")


def test_a_chapter_with_a_bad_byte_is_named(tmp_path: Path) -> None:
    package = (
        '<package><manifest><item id="a" href="a.xhtml" media-type="text/html"/></manifest>'
        '<spine><itemref idref="a"/></spine></package>'
    )
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as book:
        book.writestr("META-INF/container.xml", '<c><rootfile full-path="book.opf"/></c>')
        book.writestr("book.opf", package)
        book.writestr("a.xhtml", f"<p>{RUSSIAN}#</p>".encode().replace(b"#", b"\xff"))
    loaded = load_file(tmp_path / "a.epub")

    assert _text(loaded) == f"{RUSSIAN}\ufffd"
    assert loaded.notes == ("a.xhtml: 1 place is not valid utf-8, shown as \ufffd",)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"^a\.txt: the file is not text; save it as UTF-8"):
        _load(tmp_path / "a.txt", bytes(range(256)) * 8)


def test_any_bytes_are_decoded_somehow() -> None:
    for first in range(0, 256, 7):
        for second in range(0, 256, 11):
            assert decode_bytes(bytes([first, second, first])).encoding
