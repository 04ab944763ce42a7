"""Which language a text is in, where that can be told."""

import importlib
from functools import cache
from typing import Protocol, cast

from tools.stem import STEMMERS

_LETTERS = 4_000
_SAMPLES = 4
_LEAST_CONFIDENCE = 0.2
"""Two words of English reach it; a row of numbers, half a dozen names or a program do not."""


class _Identifier(Protocol):
    def classify(self, text: str) -> tuple[str, float]: ...


def detect_language(text: str) -> str:
    """The ISO 639 code of a language that can be stemmed, or nothing if it is another or unclear."""
    sample = _sample(text)
    if not any(character.isalpha() for character in sample):
        return ""
    code, confidence = _identifier().classify(sample)
    return code if code in STEMMERS and confidence >= _LEAST_CONFIDENCE else ""


def _sample(text: str) -> str:
    """Of a long text some stretches from all over: many begin with a page in another language."""
    if len(text) <= _LETTERS:
        return text
    length, step = _LETTERS // _SAMPLES, len(text) // _SAMPLES
    return " ".join(text[start : start + length] for start in range(0, _SAMPLES * step, step))


@cache
def _identifier() -> _Identifier:
    # Loading takes a good part of a second, so only processes that parse files do it.
    module = importlib.import_module("py3langid.langid")
    identifier = module.LanguageIdentifier.from_model_file(module.MODEL_FILE, norm_probs=True)
    return cast(_Identifier, identifier)
