"""The place in a ranking that a question asks for: "the second most expensive", "the 3rd oldest"."""

import re

_PLACES = {
    word: place
    for place, words in enumerate(
        (
            "second 2nd", "third 3rd", "fourth 4th", "fifth 5th", "sixth 6th", "seventh 7th",
            "eighth 8th", "ninth 9th", "tenth 10th",
        ),
        start=2,
    )
    for word in words.split()
}  # fmt: skip
SUPERLATIVE = (
    r"(?!rest\b|(?:north|south)?(?:w|e)est\b|east\b"
    r"|\w*(?:t|r|gu|qu|requ|inter|for|harv|ch|n|arr|pri|cont|prot)est\b)\w{3,}est"
)
"""An adjective that ends in "est", and no noun such as "guest" or "forest"."""
_PLACED = re.compile(
    rf"\b({'|'.join(_PLACES)})[- ](?=(?:most|least|best|worst|{SUPERLATIVE})\b)", re.IGNORECASE
)


def placed(question: str) -> tuple[int, str] | None:
    """The place and the question for the first one; None where no other place is asked for."""
    found = _PLACED.findall(question)
    if len(found) != 1:
        return None
    return _PLACES[found[0].lower()], _PLACED.sub("", question)
