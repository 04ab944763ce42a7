"""How a person wants a result shown, if the question says so ("… as a bar chart").

The wish is taken out of the question: a reader would look for its words in the schema.
"""

import re
from dataclasses import dataclass

from serving.wire.charts import Wish

_KINDS: dict[Wish, str] = {
    "bar": r"bar|column|balken|säulen|saeulen",
    "line": r"line|linien|kurven",
    "pie": r"pie|dough?nut|donut|kreis|torten",
    "table": r"table|tabelle",
}
_KIND = "|".join(_KINDS.values())
_ARTICLE = r"(?:(?:an?|the|eine[mnrs]?|ein|der|dem)\s+)?(?:(?:simple|nice|horizontal|vertical)\s+)?"
_PICTURE = r"(?:charts?|graphs?|plots?|diagramm?s?|diagramme?)"
_SHOW = r"(?:show|draw|plot|display|visuali[sz]e|give|make|zeige?|zeichne)"
_SHOWN = rf"(?:{_SHOW}(?:n|ed|s)?|drawn|shown|bitte|please)"
_AS = re.compile(
    rf"[\s,;:-]{{0,8}}(?:\b(?:and|und)\s+)?(?:\b{_SHOWN}\s+)?(?:\b(?:it|this|that|them|das|es)\s+)?"
    rf"\b(?:(?:as|in|als)\s+{_ARTICLE}(?:(?P<kind>{_KIND})[\s-]*)?{_PICTURE}"
    rf"|(?:as|als)\s+{_ARTICLE}(?P<alone>bars|columns|lines|{_KIND}))\b",
    re.IGNORECASE,
)
_OF = re.compile(
    rf"^\s*(?:(?:please|bitte)\s+)?(?:{_SHOW}\s+)?(?:(?:me|us|mir|uns)\s+)?{_ARTICLE}"
    rf"(?:(?P<kind>{_KIND})[\s-]*)?{_PICTURE}\s+(?:of|for|with|showing|der|des|von|über)\s+",
    re.IGNORECASE,
)
_NOTHING = re.compile(
    rf"(?:{_SHOW}|me|us|it|this|that|them|the|same|now|again|instead|please|and|result|"
    r"mir|das|es|bitte|jetzt|nun|noch|einmal|und|lieber)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class WithoutWish:
    """A question without its wish; `asked` is empty if the wish was all it said."""

    asked: str
    wish: Wish | None = None


def wanted(question: str) -> WithoutWish:
    """The question proper, and how to show its result."""
    text = " ".join(question.split())  # long runs of blanks would take the patterns seconds
    found = _AS.search(text) or _OF.search(text)
    if found is None:
        return WithoutWish(question)
    rest = f"{text[: found.start()]} {text[found.end() :]}".strip(" ,;:")
    return WithoutWish("" if _says_nothing(rest) else _begun(rest), _wish_of(found))


def _wish_of(found: re.Match[str]) -> Wish:
    word = (found["kind"] or found.groupdict().get("alone") or "").lower()
    for kind, words in _KINDS.items():
        if word and re.match(words, word):
            return kind
    return "chart"


def _says_nothing(text: str) -> bool:
    words = re.findall(r"\w+", text)
    return all(_NOTHING.fullmatch(word) for word in words)


def _begun(text: str) -> str:
    """The rest as a question, without the verb of drawing."""
    bare = re.sub(r"^(?:draw|plot|visuali[sz]e|zeichne)\s+", "", text, flags=re.IGNORECASE)
    bare = re.sub(r"\s+(?:please|bitte)\b", "", bare, flags=re.IGNORECASE)
    return re.sub(r"\s+([?.!])", r"\1", " ".join(bare.split()))
