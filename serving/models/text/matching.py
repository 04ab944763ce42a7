"""How near the words of texts come to those of a question, each as it is meant where it stands.

Late interaction over a model for sentences, without training it anew: for each of a question's word
pieces, the best cosine to one of the text's. ColBERT, https://arxiv.org/abs/2004.12832
"""

import importlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from serving.models.text.onnx import OnnxEmbeddings
from tools.text_match import TextMatch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TEXTS_KEPT = 512
"""Texts whose vectors are kept, some 25 KB each: people ask about the same sentences again."""
_COMMON = frozenset(
    "a an the is are was were be been do does did can could may might must should will would i you he she it we "
    "they my your our their his her its me us them of in on at to for from by with and or if there this that "
    "these those what which who whom whose when where why how s t much many long often get have has had am so "
    "as".split()
)
"""Word pieces that a text need not have: they say how a question is asked."""


class TokenMatcher:
    """Compares by the word pieces that an ONNX model reads; the vectors of `kept` texts stay."""

    def __init__(self, model: OnnxEmbeddings, *, kept: int = _TEXTS_KEPT) -> None:
        self._model = model
        self._most_kept = kept
        self._kept: OrderedDict[str, tuple[list[str], Any]] = OrderedDict()
        self._keeping = threading.Lock()

    def match(self, question: str, texts: Sequence[str]) -> list[TextMatch]:
        """How near each text comes to the question; raises what the model raises."""
        np = importlib.import_module("numpy")
        (pieces, asked), *held = self._read([question, *texts])
        pieces, asked = pieces[1:-1], asked[1:-1].astype(np.float32)
        if not pieces:
            return [TextMatch((), 0.0, 0.0, 0.0, len(rows)) for _, rows in held]
        tells = np.array([one not in _COMMON and one[-1].isalnum() for one in pieces])
        tells = tells if tells.any() else ~tells
        return [_matched(asked @ rows.astype(np.float32).T, tells) for _, rows in held]

    def _read(self, texts: Sequence[str]) -> list[tuple[list[str], Any]]:
        with self._keeping:
            known = {text: self._kept[text] for text in texts if text in self._kept}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        for text, (pieces, rows) in zip(new, self._model.read_tokens(new), strict=True):
            known[text] = pieces, rows.astype("float16")
        with self._keeping:
            for text in texts:
                self._kept[text] = known[text]
                self._kept.move_to_end(text)
            while len(self._kept) > self._most_kept:
                self._kept.popitem(last=False)
        return [known[text] for text in texts]


def _matched(cosines: "NDArray[np.float32]", tells: "NDArray[np.bool_]") -> TextMatch:
    best = cosines.max(1)
    others = best[~tells] if not tells.all() else best
    return TextMatch(
        tuple(map(float, best[tells])),
        float(best.mean()),
        float(others.mean()),
        float(cosines[:, 1:-1].max(0).mean()) if cosines.shape[1] > 2 else 0.0,
        cosines.shape[1],
    )
