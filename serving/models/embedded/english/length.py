"""The most of a question that rules read: their time grows faster than its length."""

MOST = 1_000
"""The most characters that are read, far more than people write in a question."""
TOO_LONG = "it has more than {most} characters, and a longer one needs a language model"


def in_one_line(text: str) -> str:
    """The text with each run of white space replaced by one space."""
    return " ".join(text.split())


def read_part(question: str) -> str:
    """The part of a question that rules read."""
    return in_one_line(question)[:MOST]


def is_too_long(question: str) -> bool:
    """Whether a question is longer than what rules read."""
    return len(in_one_line(question)) > MOST
