"""The statement in what a model wrote, however it wrapped it.

A reply is asked for that is a statement and nothing else; what comes may stand in fences, in JSON,
in quotation marks, behind a label and before an explanation. Whatever is found is what the gate
judges: nothing is mended here.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import cast

from agent.asides import split_asides

_FENCE = re.compile(r"```(?:[ \t]*[\w+-]*[ \t]*\r?\n)?(.*?)(?:```|\Z)", re.DOTALL)
_TAGS = r"(?:\[{0}SQL\]|<{0}(?:sql|query|statement|answer|code)>)"
_TAGGED = re.compile(
    rf"(?:\A|{_TAGS.format('')})(?P<inner>(?:(?!{_TAGS.format('')}).)*?)(?:{_TAGS.format('/')}|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_LAST_TOKEN = re.compile(r"(?:\s*(?:<\|\w+\|>|</s>))+\s*\Z")
_QUOTED = re.compile(r"""(["'`])(.*)\1[\s;.]*""", re.DOTALL)
_KEYS = ("sql", "query", "statement", "sql_query", "sqlquery", "sql_statement")

_CTE = r"WITH\s+(?:RECURSIVE\s+)?\S+?\s*(?:\([^()]*\)\s*)?\bAS\s*(?:(?:NOT\s+)?MATERIALIZED\s*)?\("
_SELECT = rf"(?:\(\s*)*(?:SELECT\b|{_CTE})"
_BEGINS = re.compile(rf"(?:\s|--[^\n]*\n|/\*.*?\*/)*{_SELECT}", re.IGNORECASE | re.DOTALL)
_WHERE_IT_BEGINS = (
    re.compile(rf"^[ \t]*(?={_SELECT})", re.IGNORECASE | re.MULTILINE),
    re.compile(rf"(?<!\w)(?={_SELECT})"),
    re.compile(rf"(?<!\w)(?={_SELECT})", re.IGNORECASE),
)
# Whole openings of commands and no single words: "Set" and "Update" begin sentences as well.
_OTHER = (
    r"(?:(?:INSERT|REPLACE|MERGE)\s+(?:OR\s+\w+\s+)?INTO|UPDATE\s+\S+\s+(?:AS\s+\w+\s+)?SET|DELETE\s+FROM"
    r"|(?:CREATE|ALTER|DROP)\s+(?:OR\s+REPLACE\s+)?(?:(?:TEMP|TEMPORARY|UNIQUE|VIRTUAL|MATERIALIZED)\s+)*"
    r"(?:TABLE|VIEW|INDEX|TRIGGER|SCHEMA|DATABASE|FUNCTION|PROCEDURE|ROLE|USER|SEQUENCE|EXTENSION)"
    r"|TRUNCATE\s+\w|ATTACH\s+\S|DETACH\s+\S|PRAGMA\s+\w|GRANT\s+\w|REVOKE\s+\w|SET\s+\S+\s*(?:=|TO\b)"
    r"|CALL\s+\w+\s*\(|EXEC(?:UTE)?\s+\w|COPY\s+\S|VACUUM\b|BEGIN\b|COMMIT\b|EXPLAIN\b)"
)
_COMMAND = re.compile(rf"(?:{_SELECT}|{_OTHER})", re.IGNORECASE)
_OTHER_COMMAND = re.compile(rf"(?<!\w){_OTHER}", re.IGNORECASE)
_TOKEN = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|--[^\n]*|/\*.*?\*/|\$(\w*)\$.*?\$\1\$|(?P<end>[;\n])""",
    re.DOTALL,
)
_CLAUSES = frozenset(
    "select from where group order having limit offset fetch union except intersect join left right"
    " inner outer cross full natural on using and or not when then else end case with window values"
    " as in is like between exists".split()
)
_PROSE = re.compile(r"[\W_]*(?P<first>[^\W\d_][\w']*)(?P<rest>(?:[ \t]+\S+){2,})")
_HEADING = re.compile(r"[\W_]*[^\W\d_][\w ]{2,30}[*_]*:")


def statement_in(text: str) -> str:
    """The statement of a reply, without the text around it; all of it where none is found.

    Of several the last whole SELECT counts: a model that writes another one corrects itself. What
    follows a semicolon is left off where it is prose; a second statement is not, so that the gate
    sees that there are two.
    """
    said = _LAST_TOKEN.sub("", split_asides(text, leaves_calls=True).said).strip()
    found = [one for one in _candidates(said) if one]
    selects = [one for one in found if _BEGINS.match(one)]
    return (selects or found[:1] or [_trimmed(said)])[-1]


def _candidates(said: str) -> Iterator[str]:
    inner = [one["inner"] for one in _TAGGED.finditer(said) if one["inner"].strip()]
    for text in inner:
        fenced = [one for body in _FENCE.findall(text) for one in _statements(body.strip())]
        if not any(map(_BEGINS.match, fenced)):  # none, or one whose first half is missing
            yield from _statements(_FENCE.sub("\n", text).strip())
        yield from fenced


def _statements(text: str) -> Iterator[str]:
    """The statements of a text without fences, each without what is wrapped around it."""
    if (told := _in_json(text)) is not None:
        yield from _statements(told)
    elif _BEGINS.match(text):
        first = _trimmed(text)
        yield first
        yield from _further(text[len(first) :])
    elif (quoted := _QUOTED.fullmatch(text)) and quoted[1] not in _unescaped(quoted[2]):
        yield from _statements(_unescaped(quoted[2]).strip())
    elif begins := _beginning(text):
        yield from _statements(_within_quotes(text, begins.end()))
    else:
        yield _trimmed(text)


def _further(rest: str) -> Iterator[str]:
    """What is written behind a statement and an explanation of it."""
    if begins := _WHERE_IT_BEGINS[0].search(rest):
        yield from _statements(rest[begins.end() :])


def _beginning(text: str) -> re.Match[str] | None:
    """Where a SELECT begins behind prose; none where it is a part of another command."""
    begins = next(filter(None, (one.search(text) for one in _WHERE_IT_BEGINS)), None)
    is_inner = begins is not None and _OTHER_COMMAND.search(text, 0, begins.start())
    return None if is_inner else begins


def _within_quotes(text: str, begins: int) -> str:
    """The text from there on, up to the mark that closes a quotation which opens right before."""
    mark = re.search(r"(?:`+|\"+|'+)?\Z", text[:begins])
    if not mark or not mark[0]:
        return text[begins:]
    ends = text.find(mark[0], begins) if mark[0] == "`" else text.rfind(mark[0])
    return text[begins : ends if ends > begins else None]


def _in_json(text: str) -> str | None:
    """The statement under its key in the first JSON object of a text."""
    at = text.find("{")
    if at < 0 or _BEGINS.match(text):
        return None
    try:
        return _told_in(json.JSONDecoder(strict=False).raw_decode(text, at)[0])
    except (ValueError, RecursionError):
        return None


def _told_in(value: object) -> str | None:
    if isinstance(value, list):
        return _first(map(_told_in, cast("list[object]", value)))
    if not isinstance(value, dict):
        return None
    told = {key.lower(): one for key, one in cast("dict[str, object]", value).items()}
    own = _first(one if isinstance(one := told.get(key), str) else None for key in _KEYS)
    return own if own is not None else _first(map(_told_in, told.values()))


def _first(found: Iterable[str | None]) -> str | None:
    return next((one for one in found if one is not None), None)


def _unescaped(quoted: str) -> str:
    return re.sub(r"\\(.)", lambda one: {"n": "\n", "t": "\t"}.get(one[1], one[1]), quoted)


def _trimmed(text: str) -> str:
    """A statement without its semicolon, and without the prose behind it."""
    for token in _TOKEN.finditer(text):
        rest = text[token.end() :]
        if token["end"] == ";" and not _COMMAND.match(rest.lstrip("; \t\r\n")):
            return text[: token.start()].strip()
        if token["end"] == "\n" and _is_prose(rest):
            return text[: token.start()].strip()
    return text.strip()


def _is_prose(rest: str) -> bool:
    """Whether a text goes on with words for a person: a sentence, a heading, a paragraph of them."""
    is_apart = not rest.partition("\n")[0].strip()
    line = rest.lstrip().partition("\n")[0].strip()
    if _HEADING.match(line):
        return True
    words = _PROSE.match(line)
    if words is None or words["first"].lower() in _CLAUSES or not words["first"][0].isupper():
        return False
    if words["first"].isupper() and len(words["first"]) > 1:
        return False
    return is_apart or line.endswith((".", ":", "!", "?"))
