"""The firm or the folder that a question names, if only some of the documents found belong to it."""

import re
from collections.abc import Callable, Sequence

from serving.models.embedded.chat.heard import Quotable
from tools.language.common_words import common_words

_WORD = re.compile(r"[^\W_]+")
_NAME = re.compile(r"[^\W\d_]{3,}")
_SEVERAL = re.compile(
    r"(?<!^)(?<![.?!:] )\b[A-Z\u00c4\u00d6\u00dc][^\W_]+(?: [A-Z\u00c4\u00d6\u00dc][^\W_]+)+"
)
"""A name of several words, not at the beginning of a sentence."""
_FORMS = frozenset(
    """the and for inc corp corporation company group holding holdings plc ltd limited llc llp gmbh mbh ohg
    und der die das stiftung verein international services report annual""".split()
)
"""Words in the names of many firms, which do not identify one."""


def of_the_named(question: str, passages: Sequence[Quotable]) -> tuple[Quotable, ...]:
    """The passages without those of a firm, or from a folder, other than the one that is named.

    A passage stays if it or its headings have the name, or if nothing says whose it is.
    """
    kept = tuple(passages)
    for owner in (_firm, _folder):
        if named := _named(question, passages, owner):
            kept = tuple(
                one
                for one in kept
                if not owner(one) or not named.isdisjoint(_words(_WORD, one.around))
            )
    return _of_one_document(question, kept)


def _of_one_document(question: str, passages: Sequence[Quotable]) -> tuple[Quotable, ...]:
    """The passages of the only document that has a name of several words of the question.

    All of them where no document has it, or several do: it is the company's own then.
    """
    kept = tuple(passages)
    for name in _SEVERAL.findall(question):
        having = {one.title_and_file for one in kept if name.lower() in one.around.lower()}
        if len(having) == 1:
            kept = tuple(one for one in kept if one.title_and_file in having)
    return kept


def _named(
    question: str, passages: Sequence[Quotable], owner: Callable[[Quotable], frozenset[str]]
) -> frozenset[str]:
    """The owners that a question names. A common word counts only as a firm's name with a capital letter."""
    owners = frozenset[str]().union(*map(owner, passages))
    said = {word.lower(): word for word in _NAME.findall(question)}
    return frozenset(
        name
        for name in owners & said.keys()
        if name not in common_words() or (owner is _firm and said[name][0].isupper())
    )


def _firm(one: Quotable) -> frozenset[str]:
    return _words(_NAME, one.firm) - _FORMS


def _folder(one: Quotable) -> frozenset[str]:
    return _words(_NAME, one.document.partition(";")[0].rpartition("/")[0])


def _words(pattern: re.Pattern[str], text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in pattern.findall(text))
