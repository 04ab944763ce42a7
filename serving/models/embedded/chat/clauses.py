"""The clauses of a question, each of which asks for something."""

import re

CLAUSES = re.compile(
    r",?\s+(?:and|but|plus|\+|&)\s+(?=(?:(?:for|in|at|by|to|from|of|on|with|until|since) )?(?:how|which|who|when|what|where|why|is|are|does|do)\b)|;\s+(?=\S)|\?\s+(?=(?:(?:and|but|also|plus|please|then|so|for|in|at|by|to|from|of|on|with|until|since),? )*(?:how|which|who|whom|whose|when|what|where|why|is|are|was|were|do|does|did|has|have|can|could|may|show|list|give|tell|name|count|find)\b)",
    re.IGNORECASE,
)


_GERMAN = re.compile(
    r",?\s+(?:und|sowie|aber)\s+(?=(?:(?:ab|bis|seit|von|für|mit|bei|an|in|um|zu|über) )?(?:wie|wer|wen|wem|wessen|was|wann|wo|wohin|warum|wieso"
    r"|welche[rsnm]?)\b)",
    re.IGNORECASE,
)


def document_clauses(question: str) -> list[str]:
    """The same of a question to documents, in English or German."""
    return [clause for part in clauses_of(question) for clause in _GERMAN.split(part)]


def clauses_of(question: str) -> list[str]:
    """The things that a question asks, each in its own words."""
    return [clause for clause in CLAUSES.split(question) if clause.strip()]
