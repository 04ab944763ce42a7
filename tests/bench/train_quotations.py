"""Fit how likely quoted sentences answer, on public questions that passages answer and others.

Run by `make likelihood QUESTIONS="A.jsonl" PASSAGES=DIR`. DIR has `corpus.jsonl` (_id, title, text),
`queries.jsonl` (_id, text, answers) and `queries_unanswerable.jsonl` (_id, text); the questions
about databases have no answer there either. Figures are of titles left out, a fifth at a time.
"""

import asyncio
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, cast

import numpy as np
import typer
from eval_cases import spread_over
from pydantic import BaseModel
from rich import print as show
from rich.progress import track
from sklearn.linear_model import LogisticRegression
from train_confidence import TRAINER, Line, area_under_curve

from agent.evaluation.dataset import CorpusEntry, read_lines
from serving.config.settings import load_settings
from serving.models.embedded.chat import likelihood
from serving.models.embedded.chat.heard import quotable
from serving.models.embedded.chat.likelihood import features
from serving.models.embedded.chat.quotations import quotations
from serving.models.embedded.choose.confidence import Confidence
from serving.parts.assembly import search_over

FITTED = Path(likelihood.__file__).with_name(likelihood.WEIGHTS)
ANSWERABLE, UNANSWERABLE, ELSEWHERE = 1200, 400, 200
"""Questions of each kind: two in three have an answer, as what people ask of their documents."""
FOLDS = 5
SHOWN = 6
Numbers = np.ndarray[Any, np.dtype[np.float64]]


class Query(BaseModel):
    """A question, with the texts of which one is in an answer; none where nothing answers."""

    text: str
    answers: list[str] = []


@dataclass(frozen=True, slots=True)
class Quoted:
    """What was quoted for a question, and whether it has the answer."""

    title: str
    features: Mapping[str, float]
    is_right: bool
    is_answerable: bool


def main(
    questions: Annotated[list[Path], typer.Argument(help="Files of questions about databases.")],
    *,
    passages: Annotated[Path, typer.Option(help="Folder of passages and questions about them.")],
    out: Annotated[Path, typer.Option(help="File of weights to write.")] = FITTED,
) -> None:
    """Fit, print the figures of titles left out, and write the weights."""
    asked = [
        *spread_over(read_lines(passages / "queries.jsonl", Query), ANSWERABLE),
        *spread_over(read_lines(passages / "queries_unanswerable.jsonl", Query), UNANSWERABLE),
        *spread_over(_about_databases(questions), ELSEWHERE),
    ]
    quoted = asyncio.run(_quoted(asked, read_lines(passages / "corpus.jsonl", CorpusEntry)))
    show(f"{len(asked)} questions, {len(quoted)} with a quotation")
    _report(quoted, _left_out(quoted))
    model = _fit(quoted)
    weights = {name: round(weight, 4) for name, weight in sorted(model.weights.items())}
    written = {"bias": round(model.bias, 4), "weights": weights}
    out.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


def _about_databases(files: Iterable[Path]) -> list[Query]:
    return [Query(text=line.question) for file in files for line in read_lines(file, Line)]


async def _quoted(asked: Sequence[Query], corpus: Sequence[CorpusEntry]) -> list[Quoted]:
    found: list[Quoted] = []
    with search_over(load_settings(), corpus) as search:
        for query in track(asked, description="Quoting", transient=True):
            result = await search.search(query.text, caller=TRAINER, collections=None, limit=SHOWN)
            shown = [quotable(at, one) for at, one in enumerate(result.passages, start=1)]
            sentences = quotations(query.text, shown)
            if known := features(query.text, shown, sentences):
                said = _plain(" ".join(one.text for one in sentences))
                is_right = any(_plain(answer) in said for answer in query.answers)
                title = shown[sentences[0].number - 1].title
                found.append(Quoted(title, known, is_right, bool(query.answers)))
    return found


def _plain(text: str) -> str:
    return f" {re.sub(r'[^a-z0-9]+', ' ', text.lower()).strip()} "


def _left_out(quoted: Sequence[Quoted]) -> list[float]:
    """The likelihood of each by a fit that saw nothing of its title."""
    titles = sorted({one.title for one in quoted})
    fold = {title: at % FOLDS for at, title in enumerate(titles)}
    models = [_fit([one for one in quoted if fold[one.title] != at]) for at in range(FOLDS)]
    return [models[fold[one.title]].of(one.features) for one in quoted]


def _fit(quoted: Sequence[Quoted]) -> Confidence:
    names = sorted({name for one in quoted for name in one.features})
    values = np.array([[one.features[name] for name in names] for one in quoted])
    middle, spread = values.mean(axis=0), values.std(axis=0) + 1e-9
    fitted = LogisticRegression(C=0.1, max_iter=1000)
    fitted.fit((values - middle) / spread, [one.is_right for one in quoted])
    weights = cast("Numbers", fitted.coef_)[0] / spread
    bias = float(cast("Numbers", fitted.intercept_)[0] - weights @ middle)
    return Confidence(bias=bias, weights=dict(zip(names, map(float, weights), strict=True)))


def _report(quoted: Sequence[Quoted], chances: Sequence[float]) -> None:
    right = [one.is_right for one in quoted]
    show(f"right: {sum(right)}; AUC, titles left out: {area_under_curve(right, list(chances)):.3f}")
    for low in np.arange(0.0, 1.0, 0.1):
        held = [
            one for one, chance in zip(quoted, chances, strict=True) if low <= chance < low + 0.1
        ]
        good = sum(one.is_right for one in held)
        show(f"from {low:.1f}: {len(held)} quoted, {good} right ({good / max(1, len(held)):.2f})")


if __name__ == "__main__":
    typer.run(main)
