"""Words that deny with their beginning: "unpaid", "inactive", "non-members"."""

import re

from serving.models.embedded.english.words import Word, stem
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.values import Values

_DENYING = re.compile(r"(?:un|in|im|ir|il|dis|non|not)-?(?=[a-z]{3})")
_NOT = Word("non", "non", "non")
"""The operation that denies the next word alone: "unpaid invoices" are there, "no paid ones" are not."""


def split_denials(words: tuple[Word, ...], lexicon: Lexicon, values: Values) -> tuple[Word, ...]:
    """The words with what is denied behind a "not", where a schema knows the one and not the other."""
    found: list[Word] = []
    for word in words:
        begun = _DENYING.match(word.lower)
        is_known = (word.stem,) in lexicon.phrases or word.lower in values.spelt
        rest = word.text[begun.end() :] if begun and not is_known and not word.is_quoted else ""
        if rest and _can_be_denied(rest, lexicon, values):
            found += [_NOT, Word(rest, rest.lower(), stem(rest))]
        else:
            found.append(word)
    return tuple(found)


def _can_be_denied(text: str, lexicon: Lexicon, values: Values) -> bool:
    """Whether it is stored of a row, says yes or no of it, or is a deed with a date."""
    is_known = lexicon.marked(stem(text)) or lexicon.done_on(text)
    return bool(is_known) or text.lower() in values.spelt
