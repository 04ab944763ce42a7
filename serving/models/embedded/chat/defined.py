"""Words that a contract says in place of a party's name: "Orrin Ltd. ("the Supplier")"."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from serving.models.embedded.chat.heard import Quotable

_DEFINED = re.compile(
    r"\((?:[\w ,]{0,30}[\"\u201c-\u201e\u2018-\u201a'])?(?:the |die |der |das )?"
    r"(?P<word>[A-ZÄÖÜ][\w-]{2,})[\"\u201c\u201d\u2018\u2019']?\)"
)
_NAME = re.compile(r"[^()\n;]{3,}\Z")
_LONGEST_NAME = 120
_PARTY = re.compile(
    r"\b(?:GmbH|AG|KG|OHG|SE|e\. ?V\.|Ltd|Inc|LLC|plc|Corp|S\.A\.|B\.V\.|Herrn?|Frau|Mr|Mrs|Ms)\b"
)
_BEFORE = re.compile(
    r".*(?:\b(?:zwischen|und|between|and|with|mit|der|dem|die)\s|[.!?]\s+(?=[A-ZÄÖÜ])(?<!Ltd\. )(?<!Inc\. ))"
)
"""What stands before the name that a word is said for."""


def defined_words(text: str) -> Mapping[str, str]:
    """What words stand for in a text: the name of a party right before "(Supplier)" or ("the Supplier")."""
    found = dict[str, str]()
    for match in _DEFINED.finditer(text):  # from the brackets, since they are rare
        name = _BEFORE.sub("", _name_before(text, match.start())).strip(" ,")
        if name and _PARTY.search(name):
            found[match["word"]] = name
    return found


def _name_before(text: str, end: int) -> str:
    """What stands right before a place, at most to the start of its line."""
    before = text[max(0, end - 2 * _LONGEST_NAME) : end].rstrip()[-_LONGEST_NAME:]
    found = _NAME.search(before)
    return found[0] if found else ""


def words_for_parties(
    passages: Sequence[Quotable],
) -> Mapping[tuple[str, str], Sequence[tuple[str, str]]]:
    """What words stand for in each document, of all its passages that were found."""
    found = defaultdict[tuple[str, str], dict[str, str]](dict)
    for one in passages:
        found[one.title_and_file].update(defined_words(one.text))
    return {key: tuple(words.items()) for key, words in found.items()}


def spoken_names(text: str, defined: Mapping[str, str]) -> str:
    """The names for which a sentence says such a word, in any of its German cases."""
    words = {word: re.compile(rf"\b{re.escape(word)}(?:s|n|e|en|es)?\b") for word in defined}
    return " ".join(defined[word] for word, said in words.items() if said.search(text))
