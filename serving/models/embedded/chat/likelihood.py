"""The probability that quoted sentences answer a question: a logistic regression.

Fitted by `make likelihood` (tests/bench/train_quotations.py) on public questions, of
which some have no answer; at run time it is a dot product.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files

from serving.models.embedded.chat.heard import Quotable
from serving.models.embedded.chat.overlap import (
    named_words,
    needed_words,
    share_of,
    word_weights,
)
from serving.models.embedded.chat.quotations import Quotation
from serving.models.embedded.chat.sentences import TextUnit, stems_of, units_of
from serving.models.embedded.chat.wording import QuestionWords
from serving.models.embedded.choose.confidence import Confidence

WEIGHTS = "likelihood.json"


def likelihood(
    question: str, passages: Sequence[Quotable], quoted: Sequence[Quotation]
) -> float | None:
    """The probability that these quotations answer, in two decimals; None where nothing tells.

    That is where a passage has no cosine to the question: the search went by words alone.
    """
    if not QuestionWords.of(question).is_english:  # what was fitted on English tells nothing here
        return None
    known = features(question, passages, quoted)
    return round(_fitted().of(known), 2) if known else None


def features(
    question: str, passages: Sequence[Quotable], quoted: Sequence[Quotation]
) -> Mapping[str, float]:
    """The features by name: which words and names of the question the best quotation has or lacks."""
    similarities = {passage.number: passage.similarity for passage in passages}
    similarity = similarities.get(quoted[0].number) if quoted else None
    units = [unit for rank, passage in enumerate(passages) for unit in units_of(passage, rank)]
    if similarity is None or not units:
        return {}
    _, asked = needed_words(question)
    weights, names = word_weights(asked, units), named_words(question)
    best = _unit_of(quoted[0], units)
    told = stems_of(quoted[0].text)
    beside = told | best.around | _stems_beside(quoted[0], passages)
    share = share_of(weights, best)
    others = (share_of(weights, unit) for unit in units if unit.text != best.text)
    nearest = max((one for one in similarities.values() if one is not None), default=similarity)
    return {
        "score": quoted[0].score,
        "share": share,
        "similarity": similarity,
        "nearer_passage": nearest - similarity,
        "rank": float(best.rank),
        "further": float(len(quoted) - 1),
        "telling": sum(weights.values()),
        "missing": sum(weights[stem] for stem in asked - told),
        "rarest_missing": max((weights[stem] for stem in asked - told), default=0.0),
        "rarest_missing_beside": max((weights[stem] for stem in asked - beside), default=0.0),
        "names_missing": float(len(names - told)),
        "names_missing_beside": float(len(names - beside)),
        "ahead": share - max(others, default=0.0),
    }


@lru_cache(maxsize=1)
def _fitted() -> Confidence:
    """The weights that the package brings."""
    text = files("serving.models.embedded.chat").joinpath(WEIGHTS).read_text(encoding="utf-8")
    return Confidence(**json.loads(text))


def _unit_of(quotation: Quotation, units: Sequence[TextUnit]) -> TextUnit:
    """The sentence or row that a quotation was made of."""
    near = [unit for unit in units if unit.number == quotation.number] or [*units]
    told = stems_of(quotation.text)
    return max(near, key=lambda unit: len(unit.stems & told) - len(unit.stems - told))


def _stems_beside(quotation: Quotation, passages: Sequence[Quotable]) -> frozenset[str]:
    found = [one.text for one in passages if one.number == quotation.number]
    return stems_of("\n".join(found))
