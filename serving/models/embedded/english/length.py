"""How much of a question is read by rules, whose time grows faster than a question's length."""

MOST = 1_000
"""Characters of a question that are read: many times as many as people ask in."""
TOO_LONG = "it has more than {most} characters, and a longer one needs a language model"


def in_one_line(text: str) -> str:
    """A text with one space where any white space is: what rules look for is never in several."""
    return " ".join(text.split())


def read_part(question: str) -> str:
    """What is read of a question."""
    return in_one_line(question)[:MOST]


def is_too_long(question: str) -> bool:
    """Whether there is more of it than is read."""
    return len(in_one_line(question)) > MOST
