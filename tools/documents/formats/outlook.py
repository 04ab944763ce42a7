from pathlib import Path

from oxmsg import Message

from tools.documents.block import Attachment, Block, LoadedDocument, tidy
from tools.documents.formats.html import parse_html, read_blocks
from tools.documents.formats.mail import write_message
from tools.documents.formats.text import paragraphs


def read_outlook(path: Path) -> LoadedDocument:
    """An Outlook message, as `mail` reads one."""
    message = Message.load(str(path))
    sent = message.sent_date
    recipients = (r.name or r.email_address for r in message.recipients)
    return write_message(
        title=message.subject or path.stem,
        headers=[
            ("From", message.sender or ""),
            ("To", ", ".join(recipients)),
            ("Date", f"{sent:%Y-%m-%d %H:%M}" if sent else ""),
        ],
        body=_body(message),
        attached=[
            Attachment(tidy(each.file_name or "unnamed"), each.file_bytes)
            for each in message.attachments
        ],
    )


def _body(message: Message) -> list[Block]:
    if message.body and message.body.strip():
        return paragraphs(message.body.replace("\r\n", "\n"))
    return read_blocks(parse_html(message.html_body or ""))
