from collections.abc import Iterator, Sequence
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from pathlib import Path

from tools.documents.block import Block, LoadedDocument, tidy
from tools.documents.formats.html import parse, read_blocks
from tools.documents.formats.text import decode_bytes, paragraphs

_HEADERS = ("From", "To", "Cc", "Date")


def read(path: Path) -> LoadedDocument:
    """A message: who wrote to whom and when, its text, and what was attached, by name only."""
    with path.open("rb") as file:
        message = BytesParser(EmailMessage, policy=policy.default).parse(file)
    headers = [(name, str(message.get(name, ""))) for name in _HEADERS]
    attached = [part.get_filename() or part.get_content_type() for part in _attached(message)]
    body = message.get_body(("plain", "html"))
    text = "" if body is None else _text(body)
    is_html = body is not None and body.get_content_subtype() == "html"
    return write_message(
        title=str(message.get("Subject", "")) or path.stem,
        headers=headers,
        body=read_blocks(parse(text)) if is_html else paragraphs(text),
        attached=attached,
    )


def write_message(
    *,
    title: str,
    headers: Sequence[tuple[str, str]],
    body: Sequence[Block],
    attached: Sequence[str],
) -> LoadedDocument:
    """A message of whatever format as a document; what was attached becomes a note as well."""
    lines = [f"{name}: {tidy(value)}" for name, value in headers if value.strip()]
    names = ", ".join(map(tidy, attached))
    if names:
        lines.append(f"Attached: {names}")
    head = [Block("list", "\n".join(lines))] if lines else []
    notes = (f"attached, not read: {names}",) if names else ()
    return LoadedDocument(tidy(title), (*head, *body), notes)


def _attached(message: EmailMessage) -> Iterator[EmailMessage]:
    try:
        yield from message.iter_attachments()
    except (AttributeError, KeyError, TypeError):  # a multipart header without any parts
        return


def _text(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # a character set that there is not, or that is wrong
        data = part.get_payload(decode=True)
        return (decode_bytes(data) or "") if isinstance(data, bytes) else str(part.get_payload())
