"""Bytes as text: by their mark, as UTF-8, as what they are declared to be, else by their content."""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

import chardet

from tools.errors import UnreadableFile

_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_LATIN = """windows-1250 windows-1252 windows-1254 windows-1257 iso-8859-2 iso-8859-9""".split()
_OTHERS = """windows-1251 windows-1253 windows-1255 windows-1256 iso-8859-5 iso-8859-7 koi8-r koi8-u
ibm866 gb18030 big5 cp932 euc-jp iso-2022-jp cp949 cp874 utf-16-le utf-16-be""".split()
_SUPERSETS = {
    "ascii": "",
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "shift_jis": "cp932",
    "tis-620": "cp874",
}
"""The encoding for a declared label (https://encoding.spec.whatwg.org/#names-and-labels)."""
_WESTERN = "windows-1252"
_CENTRAL = "windows-1250"
_RUN = re.compile(rb"[\x80-\xff]{2}|[\x81\x83]")
"""Patterns that are rare in Latin text: consecutive accents, or the lead byte of a Japanese character."""
_FOREIGN = re.compile(rb"[!-~]{0,20}[\x80-\xff][^\n]*\n?")
_MOST_LOOKED_AT = 200_000
_COMMON_CHINESE = re.compile(rb"(?:[\0-\x7f]|[\xa1-\xa3\xb0-\xd7][\xa1-\xfe]){4,}")
"""Nothing but ASCII, punctuation and the 3,755 characters that GB 2312 has for common ones."""
_MISTAKEN_CHINESE = frozenset(["big5", "euc-jp"])
_SIGNS_IN_WORDS = re.compile(r"[^\W\d_][«»][^\W\d_]|[±©®¦¶ˇ¬][^\W\d_]")
"""Letters of ISO-8859-2 as Windows-1250 shows them."""
_UNSURE, _VERY_UNSURE = 0.2, 0.05
_NEARLY = 0.8
_REPLACED = "\ufffd"


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, its line ends newlines; `notes` say what was guessed or replaced on the way to it."""

    text: str
    notes: tuple[str, ...] = ()
    encoding: str = "utf-8"


def decode_file(path: Path) -> Decoded:
    """A file's text.

    Raises:
        UnreadableFile: the bytes are not text.
    """
    data = path.read_bytes()
    decoded = decode_bytes(data)
    if "\0" in decoded.text:
        raise UnreadableFile(
            f"{path.name}: the file is not text; save it as UTF-8 text or give it the extension "
            "of what it is."
        )
    return decoded


def decode_bytes(data: bytes, *, declared: str = "") -> Decoded:
    """A text, whatever the bytes are; `declared` is the encoding that they are said to have.

    Bytes that are UTF-8 are taken for it whatever is declared: hardly any other text is by chance.
    """
    # UTF-32's little-endian mark begins with UTF-16's, hence the order of the table.
    for mark, encoding in _BOMS.items():
        if data.startswith(mark):
            return _decoded(data, encoding)
    declared = _known(declared)
    if _is_utf8(data) and not declared.startswith(("iso2022", "utf-16", "utf-32")):
        return _decoded(data, "utf-8")
    if declared and declared != "utf-8" and _fits(data, declared):
        return _decoded(data, declared)
    guessed = _guess(data)
    note = f"read as {guessed}, going by its bytes; save it as UTF-8 if letters are wrong"
    return _decoded(data, guessed, note)


def _decoded(data: bytes, encoding: str, *notes: str) -> Decoded:
    text = data.decode(encoding, errors="replace")
    meant = data.count(_REPLACED.encode()) if encoding.startswith("utf-8") else 0
    replaced = text.count(_REPLACED) - meant
    if replaced > 0:
        count = "1 place is" if replaced == 1 else f"{replaced} places are"
        notes = (*notes, f"{count} not valid {encoding.removesuffix('-sig')}, shown as {_REPLACED}")
    return Decoded(text.replace("\r\n", "\n").replace("\r", "\n"), notes, encoding)


def _known(declared: str) -> str:
    """A declared encoding by Python's name for it or for what includes it; empty if there is none."""
    try:
        name = codecs.lookup(declared.strip()).name
        b"".decode(name)  # refuses codecs that are not text encodings, such as base64
    except (LookupError, ValueError):
        return ""
    return _SUPERSETS.get(name, name)


def _is_utf8(data: bytes) -> bool:
    """Whether the bytes are UTF-8, but for a few that were broken or cut off on their way."""
    if b"\x1b$" in data or b"\0" in data:  # ISO-2022 and UTF-16 are ASCII to the eye
        return False
    text = data.decode("utf-8", errors="replace")
    broken = text.count(_REPLACED) - data.count(_REPLACED.encode())
    if not broken:
        return True
    whole = sum(character > "\x7f" for character in text) - broken
    return 2 * broken <= whole or (broken == 1 and whole > 0)


def _fits(data: bytes, encoding: str) -> bool:
    """Whether hardly a byte is none of the encoding's, nor a control character in it."""
    text = data.decode(encoding, errors="replace")
    strange = text.count(_REPLACED) + sum("\x80" <= character < "\xa0" for character in text)
    return strange * 20 <= sum(character > "\x7f" for character in text)


def _guess(data: bytes) -> str:
    """The encoding of bytes that nobody has declared."""
    sample, has_marks = data, b"\0" in data or b"\x1b" in data
    if not has_marks:
        # Plain ASCII says nothing, and might fill all that is looked at.
        sample = b"".join(match.group() for match in _FOREIGN.finditer(data))
    sample = sample[:_MOST_LOOKED_AT]
    # Accents stand alone among letters without; what other scripts are written in come in runs.
    is_latin = not has_marks and not _RUN.search(sample)
    candidates = _LATIN if is_latin else _LATIN + _OTHERS
    found = chardet.detect_all(sample, ignore_threshold=True, include_encodings=candidates)
    confidences = {(each["encoding"] or _WESTERN).lower(): each["confidence"] for each in found}
    name, confidence = next(iter(confidences.items()))
    if name in _LATIN and confidences.get(_WESTERN, 0) >= _NEARLY * confidence:
        name = _WESTERN  # of two that are as likely, the one that more texts are in
    if _COMMON_CHINESE.fullmatch(sample) and (
        confidence < _VERY_UNSURE or (confidence < _UNSURE and name in _MISTAKEN_CHINESE)
    ):
        return "gb18030"
    return _neighbour(sample, name)


def _neighbour(sample: bytes, name: str) -> str:
    """The encoding that yields real words, where two differ in a few letters."""
    shown = sample.decode(name, errors="replace")
    if shown == sample.decode(_WESTERN, errors="replace"):
        return _WESTERN
    if (
        name == _CENTRAL
        and not re.search(rb"[\x80-\x9f]", sample)
        and _SIGNS_IN_WORDS.search(shown)
    ):
        return "iso-8859-2"
    return name
