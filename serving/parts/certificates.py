"""Certificates of conversations, by the parts that are open."""

from typing import TYPE_CHECKING

from serving.wire.threads import ThreadContent

if TYPE_CHECKING:
    from serving.certificates.certificate import Certificate
    from serving.parts.assembly import Parts


async def certify(content: ThreadContent, parts: "Parts") -> "Certificate":
    """The signed certificate of a conversation.

    Raises:
        Unavailable: the key in the data folder cannot be read or made.
    """
    from serving.certificates.issue import issue  # few ask for one: it loads cryptography

    return await issue(content, parts.databases, parts.settings.data)
