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
from serving.models.embedded.chat import likelihood, meaning
from serving.models.embedded.chat.heard import Quotable, quotable
from serving.models.embedded.chat.likelihood import features
from serving.models.embedded.chat.meaning import nearest_sentence
from serving.models.embedded.chat.quotations import Quotation, quotations
from serving.models.embedded.choose.confidence import Confidence
from serving.models.text.matching import TokenMatcher
from serving.models.text.onnx import packaged_embeddings
from serving.parts.assembly import search_over

FITTED = Path(likelihood.__file__).parent
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
    out: Annotated[Path, typer.Option(help="Folder to write the weights to.")] = FITTED,
) -> None:
    """Fit both kinds of quotations, print the figures of titles left out, and write the weights."""
    asked = [
        *spread_over(read_lines(passages / "queries.jsonl", Query), ANSWERABLE),
        *spread_over(read_lines(passages / "queries_unanswerable.jsonl", Query), UNANSWERABLE),
        *spread_over(_about_databases(questions), ELSEWHERE),
    ]
    corpus = read_lines(passages / "corpus.jsonl", CorpusEntry)
    by_words, by_meaning = asyncio.run(_quoted(asked, corpus))
    show(f"{len(asked)} questions")
    _write(by_words, "by their words", out / likelihood.WEIGHTS)
    _write(by_meaning, "by what they mean", out / meaning.WEIGHTS)


def _write(quoted: Sequence[Quoted], how: str, out: Path) -> None:
    """Fit what was quoted in one way, print its figures and write the weights."""
    show(f"{len(quoted)} with a quotation, {how}")
    _report(quoted, _left_out(quoted))
    model = _fit(quoted)
    weights = {name: round(weight, 4) for name, weight in sorted(model.weights.items())}
    written = {"bias": round(model.bias, 4), "weights": weights}
    out.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


def _about_databases(files: Iterable[Path]) -> list[Query]:
    return [Query(text=line.question) for file in files for line in read_lines(file, Line)]


async def _quoted(
    asked: Sequence[Query], corpus: Sequence[CorpusEntry]
) -> tuple[list[Quoted], list[Quoted]]:
    """What is quoted for its words, and what for its meaning, whether or not its words suffice."""
    by_words, by_meaning = list[Quoted](), list[Quoted]()
    matcher = TokenMatcher(packaged_embeddings())
    with search_over(load_settings(), corpus) as search:
        for query in track(asked, description="Quoting", transient=True):
            result = await search.search(query.text, caller=TRAINER, collections=None, limit=SHOWN)
            shown = [quotable(at, one) for at, one in enumerate(result.passages, start=1)]
            sentences = quotations(query.text, shown)
            if known := features(query.text, shown, sentences):
                by_words.append(_judged(query, known, shown, sentences))
            if near := nearest_sentence(query.text, shown, matcher):
                by_meaning.append(_judged(query, near.features, shown, [near.quotation]))
    return by_words, by_meaning


def _judged(
    query: Query,
    known: Mapping[str, float],
    shown: Sequence[Quotable],
    sentences: Sequence[Quotation],
) -> Quoted:
    said = _plain(" ".join(one.text for one in sentences))
    is_right = any(_plain(answer) in said for answer in query.answers)
    return Quoted(shown[sentences[0].number - 1].title, known, is_right, bool(query.answers))


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
