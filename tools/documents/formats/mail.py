from collections.abc import Iterator, Sequence
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from pathlib import Path

from tools.documents.block import Block, LoadedDocument, tidy
from tools.documents.formats.encoding import Decoded, decode_bytes
from tools.documents.formats.html import decode_page, parse_html, read_blocks
from tools.documents.formats.text import paragraphs

_HEADERS = ("From", "To", "Cc", "Date")


def read_mail(path: Path) -> LoadedDocument:
    """A message: sender, recipients, date, text, and the names of attachments."""
    with path.open("rb") as file:
        message = BytesParser(EmailMessage, policy=policy.default).parse(file)
    attached = [part.get_filename() or part.get_content_type() for part in _attached(message)]
    body = message.get_body(("plain", "html"))
    is_html = body is not None and body.get_content_subtype() == "html"
    decoded = Decoded("") if body is None else _decode(body, is_html=is_html)
    return write_message(
        title=_header(message, "Subject", decoded.encoding) or path.stem,
        headers=[(name, _header(message, name, decoded.encoding)) for name in _HEADERS],
        body=read_blocks(parse_html(decoded.text)) if is_html else paragraphs(decoded.text),
        attached=attached,
        notes=decoded.notes,
    )


def write_message(
    *,
    title: str,
    headers: Sequence[tuple[str, str]],
    body: Sequence[Block],
    attached: Sequence[str],
    notes: Sequence[str] = (),
) -> LoadedDocument:
    """A message of any format as a document; attachments are named in a note."""
    lines = [f"{name}: {tidy(value)}" for name, value in headers if value.strip()]
    names = ", ".join(map(tidy, attached))
    if names:
        lines.append(f"Attached: {names}")
        notes = (*notes, f"attached, not read: {names}")
    head = [Block("list", "\n".join(lines))] if lines else []
    return LoadedDocument(tidy(title), (*head, *body), tuple(notes))


def _attached(message: EmailMessage) -> Iterator[EmailMessage]:
    try:
        yield from message.iter_attachments()
    except (AttributeError, KeyError, TypeError):  # a multipart header without any parts
        return


def _decode(part: MIMEPart, *, is_html: bool) -> Decoded:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return Decoded(str(part.get_payload()))
    declared = part.get_content_charset("")
    return (decode_page if is_html else decode_bytes)(data, declared=declared)


def _header(message: EmailMessage, name: str, encoding: str) -> str:
    """A header's text; one of bare bytes, which the standard does not allow, as the body is encoded."""
    value = str(message.get(name, ""))
    if "\ufffd" not in value:
        return value
    raw = next(str(value) for key, value in message.raw_items() if key.lower() == name.lower())
    return decode_bytes(raw.encode("ascii", "surrogateescape"), declared=encoding).text
