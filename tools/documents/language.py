"""Which language a text is in, where that can be told."""

import importlib
import re
from functools import cache
from typing import Protocol, cast

from tools.stem import STEMMERS

_LETTERS = 4_000
_SAMPLES = 4
_LEAST_CONFIDENCE = 0.2
"""Two words of English reach it; a row of numbers, half a dozen names or a program do not."""
_WORD = re.compile(r"[^\W\d_]+")
_PLAIN = {
    "en": frozenset(
        "the and are with from this that which they have has been were will must should your their "
        "there would these those when what how".split()
    ),
    "de": frozenset(
        "und der das dem des ein eine einen einem einer ist sind nicht mit für auf werden wird kann "
        "oder sich bei aus nach auch".split()
    ),
}
"""Function words that tell a language from its neighbours."""
_SHARED = frozenset("of to is for by on not be as at an it in can was or we you all its if".split())
"""Function words of English that other languages have too: they count beside one of its own."""
_FEWEST_WORDS, _LEAST_SHARE, _LEAD = 2, 0.2, 4
"""How many function words make a text plain, what share of its words, and how many times the other
language's. Of 24,615 stretches of gettext's messages in 164 other languages one reached it, which was
in English for the most part."""


class _Identifier(Protocol):
    def classify(self, text: str) -> tuple[str, float]: ...


def detect_language(text: str) -> str:
    """The ISO 639 code of a language that can be stemmed, or nothing if it is another or unclear."""
    sample = _sample(text)
    if not any(character.isalpha() for character in sample):
        return ""
    if plain := _plain_language(sample):
        return plain
    code, confidence = language_identifier().classify(sample)
    return code if code in STEMMERS and confidence >= _LEAST_CONFIDENCE else ""


def _plain_language(sample: str) -> str:
    """English or German, where the function words leave no doubt; nothing otherwise."""
    words = _WORD.findall(sample.lower())
    english, german = (sum(word in _PLAIN[code] for word in words) for code in ("en", "de"))
    if english:
        english += sum(word in _SHARED for word in words)
    found, less, code = max((english, german, "en"), (german, english, "de"))
    is_plain = found >= max(_FEWEST_WORDS, _LEAST_SHARE * len(words), _LEAD * less)
    return code if is_plain else ""


def _sample(text: str) -> str:
    """Of a long text some stretches from all over: many begin with a page in another language."""
    if len(text) <= _LETTERS:
        return text
    length, step = _LETTERS // _SAMPLES, len(text) // _SAMPLES
    return " ".join(text[start : start + length] for start in range(0, _SAMPLES * step, step))


@cache
def language_identifier() -> _Identifier:
    """The model of all languages."""
    # Loading takes half a second and 68 MB: only processes that parse files do it, when in doubt.
    module = importlib.import_module("py3langid.langid")
    loaded = module.LanguageIdentifier.from_model_file(module.MODEL_FILE, norm_probs=True)
    return cast(_Identifier, loaded)
