import mimetypes
from collections.abc import Iterator, Sequence
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from pathlib import Path

from tools.documents.block import Attachment, Block, LoadedDocument, tidy
from tools.documents.formats.encoding import Decoded, decode_bytes
from tools.documents.formats.html import decode_page, parse_html, read_blocks
from tools.documents.formats.text import paragraphs

_HEADERS = ("From", "To", "Cc", "Date")


def read_mail(path: Path) -> LoadedDocument:
    """A message: sender, recipients, date, text, and its attachments, not read yet."""
    with path.open("rb") as file:
        message = BytesParser(EmailMessage, policy=policy.default).parse(file)
    body = message.get_body(("plain", "html"))
    is_html = body is not None and body.get_content_subtype() == "html"
    decoded = Decoded("") if body is None else _decode(body, is_html=is_html)
    return write_message(
        title=_header(message, "Subject", decoded.encoding) or path.stem,
        headers=[(name, _header(message, name, decoded.encoding)) for name in _HEADERS],
        body=read_blocks(parse_html(decoded.text)) if is_html else paragraphs(decoded.text),
        attached=[_attachment(part) for part in _attached(message)],
        notes=decoded.notes,
    )


def write_message(
    *,
    title: str,
    headers: Sequence[tuple[str, str]],
    body: Sequence[Block],
    attached: Sequence[Attachment],
    notes: Sequence[str] = (),
) -> LoadedDocument:
    """A message of any format as a document; its attachments are named in it."""
    lines = [f"{name}: {tidy(value)}" for name, value in headers if value.strip()]
    if attached:
        lines.append(f"Attached: {', '.join(each.name for each in attached)}")
    head = [Block("list", "\n".join(lines))] if lines else []
    return LoadedDocument(tidy(title), (*head, *body), tuple(notes), attachments=tuple(attached))


def _attached(message: EmailMessage) -> Iterator[EmailMessage]:
    try:
        yield from message.iter_attachments()
    except (AttributeError, KeyError, TypeError):  # a multipart header without any parts
        return


def _attachment(part: EmailMessage) -> Attachment:
    """A part that is a file; a picture that the text shows, such as a logo, has no data to be read."""
    content = part.get_payload(decode=True)
    data = content if isinstance(content, bytes) else None
    if part.get_content_type() == "message/rfc822":
        message: EmailMessage = part.get_content()
        name = part.get_filename() or f"{_header(message, 'Subject', '') or 'message'}.eml"
        return Attachment(tidy(name), bytes(message))
    kind = part.get_content_type()
    name = part.get_filename() or f"{kind.replace('/', ' ')}{mimetypes.guess_extension(kind) or ''}"
    is_shown = part.get_content_maintype() == "image" and "Content-ID" in part
    return Attachment(tidy(name), None if is_shown else data)


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
