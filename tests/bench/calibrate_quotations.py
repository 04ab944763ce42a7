"""How likely quoted sentences answer questions to a company's own documents: fit and check.

`python tests/bench/calibrate_quotations.py DATA:SET.jsonl... --check DATA:SET.jsonl`, where DATA is the
folder of a company's documents (DOCSQL_DATA) and SET a file of `docsql eval` with questions about
them: those with `says`, and those that are to be declined. It prints the weights of
serving/models/embedded/chat/calibration.py, fitted on the first sets, and what comes true of the last.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, cast

import numpy as np
import typer
from rich import print as show
from sklearn.linear_model import LogisticRegression
from train_confidence import area_under_curve

from agent.evaluation.dataset import read_lines
from serving.auth.local import LOCAL
from serving.config.settings import load_settings
from serving.evaluation.case import SetCase
from serving.evaluation.scores import says_all
from serving.models.embedded.chat.calibration import log_odds
from serving.models.embedded.chat.heard import quotable
from serving.models.embedded.chat.likelihood import likelihood
from serving.models.embedded.chat.meaning import nearest_sentence
from serving.models.embedded.chat.named import of_the_named
from serving.models.embedded.chat.quotations import quotations
from serving.models.text.matching import TokenMatcher
from serving.models.text.onnx import packaged_embeddings
from serving.parts.documents import open_store, search_in

SHOWN = 6
Numbers = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Told:
    """What is quoted for a question in one way: its log-odds, and whether it has the answer."""

    odds: tuple[float, ...]
    is_right: bool


@dataclass(slots=True)
class Quoted:
    """What is quoted for the questions of some sets, in each of the three ways."""

    words_alone: list[Told]
    words: list[Told]
    meaning: list[Told]


def main(
    fit: Annotated[list[str], typer.Argument(help="DATA:SET.jsonl to fit on.")],
    *,
    check: Annotated[list[str], typer.Option(help="DATA:SET.jsonl to check on.")],
) -> None:
    """Print the weights and what comes true of them."""
    fitted, checked = asyncio.run(_quoted(fit)), asyncio.run(_quoted(check))
    for way in ("words_alone", "words", "meaning"):
        seen, unseen = getattr(fitted, way), getattr(checked, way)
        model = LogisticRegression()
        model.fit([one.odds for one in seen], [one.is_right for one in seen])
        fitted = [cast("Numbers", model.intercept_)[0], *cast("Numbers", model.coef_)[0]]
        weights = [round(float(one), 2) for one in fitted]
        show(f"{way}: {weights} from {len(seen)}, checked on {len(unseen)}")
        chances = cast("Numbers", model.predict_proba([one.odds for one in unseen]))
        _report(chances[:, 1], unseen)


def _report(chances: Numbers, told: Sequence[Told]) -> None:
    right = [one.is_right for one in told]
    show(f"  area under the curve {area_under_curve(right, list(chances)):.3f}")
    for low in np.arange(0.0, 1.0, 0.2):
        came = [r for r, chance in zip(right, chances, strict=True) if low <= chance < low + 0.2]
        if came:
            show(f"  {low:.1f} to {low + 0.2:.1f}: {sum(came)} of {len(came)} answer")


async def _quoted(sets: Iterable[str]) -> Quoted:
    found = Quoted([], [], [])
    matcher = TokenMatcher(packaged_embeddings())
    for one in sets:
        data, _, file = one.partition(":")
        settings = load_settings().model_copy(update={"data": Path(data)})
        with open_store(settings) as store:
            search = search_in(store, settings)
            for case in filter(_is_of_documents, read_lines(Path(file), SetCase)):
                result = await search.search(
                    case.question, caller=LOCAL, collections=None, limit=SHOWN
                )
                shown = [quotable(at, each) for at, each in enumerate(result.passages, start=1)]
                _add(found, case, of_the_named(case.question, shown), matcher)
    return found


def _is_of_documents(case: SetCase) -> bool:
    is_asked = case.kind != "both" and not (case.sql or case.rows or case.after)
    return is_asked and bool(case.says or case.declined)


def _add(found: Quoted, case: SetCase, shown: Sequence[Any], matcher: TokenMatcher) -> None:
    quoted = quotations(case.question, shown)
    known = likelihood(case.question, shown, quoted) if quoted else None
    near = nearest_sentence(case.question, shown, matcher)
    meant = () if near is None else (log_odds(near.raw_likelihood),)
    if near:
        found.meaning.append(Told(meant, _answers(case, near.quotation.text)))
    if known is not None:
        is_right = _answers(case, " ".join(one.text for one in quoted))
        found.words_alone.append(Told((log_odds(known),), is_right))
        if near:
            found.words.append(Told((log_odds(known), *meant), is_right))


def _answers(case: SetCase, text: str) -> bool:
    return bool(case.says) and says_all(text, case.says)


if __name__ == "__main__":
    typer.run(main)
