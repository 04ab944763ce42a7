"""What a follow-up points at: "that region", "from there", "she", "which one"."""

import re
from collections.abc import Callable, Iterator

Kinds = Callable[[str], frozenset[str]]
"""Where a text is stored (the columns that hold it as a value), and `THINGS`; empty where nobody
knows."""
Named = Callable[[str], frozenset[str]]
"""The tables and columns that a word is the name of."""
Exchanges = tuple[tuple[str, str], ...]
THINGS = "things"
"""The kind of a word that names what a table holds: "customers"."""

KEY = re.compile(r"\*\*(.+?)\*\*(?: \(([^)]*)\))?")
NAME = re.compile(
    r"(?<!^)(?<![.?!] )\b[A-Z][\w&.-]*(?: (?:&|and|of|[A-Z0-9][\w&.-]*))*(?<! of)(?<! and)"
)
NUMBER = re.compile(r"\b\d[\d.,]*\b")
WORD = re.compile(r"[^\W\d_]+")

_THAT = re.compile(r"\b(?:that|this|the same)\s+([^\W\d_]+)\b", re.IGNORECASE)
_THERE = re.compile(r"\b(?:from|in|at|of|to|for|by)\s+(there)\b", re.IGNORECASE)
_PERSON = re.compile(r"\b(she|he|her|him|his)\b", re.IGNORECASE)
_HER_OWN = re.compile(
    r"her\s+(?!(?:in|on|at|from|for|with|to|by|of|after|before|since|and|or)\b)\w", re.IGNORECASE
)
_ASKS_WHO = re.compile(r"\W*(?:and )?who\b", re.IGNORECASE)
_WHICH = re.compile(
    r"\W*(?:(?:and|but|or)\s+)?which(?:\s+ones?|(?=\s+(?:is|are|was|were|has|have|had|did|does|do)\b))\s+",
    re.IGNORECASE,
)
_ONE_NUMBER = re.compile(r"\W*how\b", re.IGNORECASE)
_PER = re.compile(r"\b(?:each|every|per|by)\s+([^\W\d_]+)", re.IGNORECASE)
_BARE = re.compile(r"(?:has|have|had)\s+the\s+(most|least|fewest)\W*\Z", re.IGNORECASE)
_IS_THE = re.compile(r"(?:is|are|was|were)\s+(?=the\b)", re.IGNORECASE)
_AMOUNT = re.compile(r"\b(most|least|fewest)\b", re.IGNORECASE)
_MOST_OF = re.compile(
    r"\b(?:most|least)\s+[^\W\d_]+(?=\s+(?!(?:in|of|from|at|on|for|by|with|to|and|is|are|was|were)\b)\w)",
    re.IGNORECASE,
)
"""The superlative of a word that describes a thing: "the most expensive model", not "the most orders"."""
_EST = re.compile(r"\b(?:[^\W\d_]{3,}est|best|worst)\b", re.IGNORECASE)
_RANKED = re.compile(
    r"(?:the\s+)?((?:most|least)(?:\s+[^\W\d_]+)?|fewest|[^\W\d_]{3,}est|best|worst)(?:\s+ones?)?\W*\Z",
    re.IGNORECASE,
)


def pointed_at(question: str, earlier: Exchanges, kinds: Kinds, named: Named) -> str | None:
    """The question with the name of what it points at; None where it points at nothing that is known.

    "That region" is the last region that an answer or a question before it named, and "there" the
    last name of anything that is stored.
    """
    for found in _THAT.finditer(question):
        tables = named(found[1])
        for value in _values(earlier) if tables else ():
            if any(_holds(table, kind) for table in tables for kind in kinds(value)):
                return _put(question, found.span(), f"the {found[1]} {value}")
    there = _THERE.search(question)
    if there is not None and (name := last_name(earlier, kinds)) is not None:
        return _put(question, there.span(1), name)
    if (person := _PERSON.search(question)) is not None and (name := _person(earlier)):
        is_owner = person[1].lower() == "his" or _HER_OWN.match(question, person.start())
        return _put(question, person.span(), f"{name}'s" if is_owner else name)
    return None


def last_name(earlier: Exchanges, kinds: Kinds) -> str | None:
    """The last name that was told or asked for and is stored; None without one."""
    return next((value for value in _values(earlier) if kinds(value) - {THINGS}), None)


def which_of(question: str, earlier: Exchanges, kinds: Kinds) -> str | None:
    """The question with what "which" or "which one" is of; None where nothing tells.

    That is what the last question that ranked, grouped or listed things did so with.
    """
    begun = _WHICH.match(question)
    asked = [
        before for before, _ in earlier if not _ONE_NUMBER.match(before) or _PER.search(before)
    ]
    if begun is None or not asked:
        return None
    before = asked[-1]
    rest = question[begun.end() :].strip()
    is_ranked = _IS_THE.match(rest)
    if is_ranked and (again := ranked_again(rest[is_ranked.end() :], before)) is not None:
        return again
    words = WORD.findall(_MOST_OF.sub(" ", before))
    things = [word for word in words if THINGS in kinds(word)]
    groups = [found[1] for found in _PER.finditer(before) if THINGS in kinds(found[1])]
    noun = next(iter(groups or things), None)
    bare = _BARE.match(rest)
    if noun is None or bare is None:
        return f"Which {noun} {rest}" if noun else None
    if groups and (counted := next(iter(things), noun)) != noun:
        return f"Which {noun} has the {bare[1]} {counted}?"
    return ranked_again(bare[1], before)


def ranked_again(change: str, before: str) -> str | None:
    """The question before with another superlative, "the cheapest" for "the most expensive"; None without."""
    new = _RANKED.match(change.strip())
    if new is None:
        return None
    if _AMOUNT.fullmatch(new[1]):
        old = _AMOUNT.search(before)
        return _put(before, old.span(), new[1]) if old else None
    old = _MOST_OF.search(before) or _EST.search(before)
    if old is None or old[0].lower() == "fewest":
        return None
    return _put(before, old.span(), new[1])


def _put(text: str, span: tuple[int, int], said: str) -> str:
    return f"{text[: span[0]]}{said}{text[span[1] :]}"


def _holds(named: str, kind: str) -> bool:
    """Whether a stored value is of what a word names: a table, or one of its columns."""
    return kind == named or kind.startswith(f"{named}.")


def _values(earlier: Exchanges) -> Iterator[str]:
    """The names that were told or asked for, the last first."""
    for question, answer in reversed(earlier):
        for key in KEY.finditer(answer):
            yield key[1]
            yield from (part.rpartition(": ")[2] for part in (key[2] or "").split("; "))
        yield from (found[0] for found in reversed(list(NAME.finditer(question))))


def _person(earlier: Exchanges) -> str:
    """Whom the last question that asked who was told; empty where it was not answered with one name."""
    question, answer = earlier[-1] if earlier else ("", "")
    keys = list(KEY.finditer(answer))
    if not _ASKS_WHO.match(question) or len(keys) != 1:
        return ""
    told = (keys[0][2] or keys[0][1]).split("; ")[0].rpartition(": ")[2]
    return told if re.fullmatch(r"[^\W\d_][\w.'-]*(?: [^\W\d_][\w.'-]*)+", told) else ""
