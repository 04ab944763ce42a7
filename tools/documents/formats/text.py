import codecs
import re
from pathlib import Path

from bs4.dammit import UnicodeDammit

from tools.documents.block import Block, LoadedDocument
from tools.errors import UnreadableFile

_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_TRUSTED_NAMES = """big5 cp932 cp949 cp950 cp1251 windows-1251 cp1253 windows-1253 cp1255
windows-1255 euc_jp euc-jp euc_kr euc-kr gb18030 gb2312 gbk koi8_r koi8-r shift_jis shift-jis"""
_TRUSTED_GUESSES = frozenset(_TRUSTED_NAMES.split())
"""Encodings that western text is hardly ever mistaken for; others lose to Windows-1252."""
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n\s*")


def read(path: Path) -> LoadedDocument:
    """Paragraphs are what empty lines part."""
    return LoadedDocument(path.stem, tuple(paragraphs(decode(path))))


def paragraphs(text: str) -> list[Block]:
    """Text whose lines end in newlines, cut where a line is empty."""
    parts = (part.strip() for part in _PARAGRAPH_END.split(text))
    return [Block("paragraph", part) for part in parts if part]


def decode(path: Path) -> str:
    """The file's text, line ends as newlines: by its byte order mark, as UTF-8, else by a guess.

    Raises:
        UnreadableFile: the bytes are not text.
    """
    text = decode_bytes(path.read_bytes())
    if text is None or "\0" in text:
        raise UnreadableFile(
            f"{path.name}: the file is not text; save it as UTF-8 text or give it the extension "
            "of what it is."
        )
    return text


def decode_bytes(data: bytes) -> str | None:
    """Text as `decode` finds it, or None where nothing fits."""
    text = _decode(data)
    return None if text is None else text.replace("\r\n", "\n").replace("\r", "\n")


def _decode(data: bytes) -> str | None:
    # UTF-32's little-endian mark begins with UTF-16's, hence the order of the table.
    for mark, encoding in _BOMS.items():
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        guess = UnicodeDammit(data)
    if (guess.original_encoding or "").lower() in _TRUSTED_GUESSES:
        return guess.unicode_markup
    return data.decode("cp1252", errors="replace")
