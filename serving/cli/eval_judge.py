"""`docsql eval judge`: how well the judge agrees with known verdicts, and what it costs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.command_group import FAILED, console
from serving.config.settings import Settings, load_settings
from serving.process import loop

if TYPE_CHECKING:
    from agent.evaluation.judge import Judgement
    from serving.evaluation.judging import KnownAnswer

    Heard = tuple["Judgement", float]

NO_VERDICT = "no verdict"


def check_judge(
    answers: Annotated[
        Path | None,
        typer.Argument(
            help="JSON lines {id, question, reference, answer, verdict} [default: 30 that come with "
            "DocSQL]."
        ),
    ] = None,
) -> None:
    """Judge answers with known verdicts: agreement, Cohen's kappa and cost.

    If two people have judged, their agreement with each other is shown too: a model cannot be
    expected to do better. Exits with 1 if the judge gave no verdict at all.
    """
    from serving.evaluation.judging import known_answers

    known = known_answers(answers)
    _show_people(known)
    name, heard = loop.run_interruptible(_judged(known, load_settings()))
    _show(name, known, heard)
    if all(said.opinion is None for said, _ in heard):
        raise typer.Exit(FAILED)


async def _judged(known: "Sequence[KnownAnswer]", settings: Settings) -> "tuple[str, list[Heard]]":
    from serving.evaluation.judging import open_judge

    heard: dict[int, Heard] = {}
    async with open_judge(settings) as model:
        await model.all_of(
            [one.compared for one in known],
            lambda place, said, seconds: heard.update({place: (said, seconds)}),
        )
        return model.name, [heard[place] for place in range(len(known))]


def _show_people(known: "Sequence[KnownAnswer]") -> None:
    twice = [(one.verdict, one.second.verdict) for one in known if one.second]
    if twice:
        _say(f"The two annotators agree on {_agreement(twice)}")
    for one in known:
        if one.second and one.second.verdict != one.verdict:
            _say(f"{one.id}: {one.verdict} and {one.second.verdict}: {one.second.why}")


def _show(name: str, known: "Sequence[KnownAnswer]", heard: "Sequence[Heard]") -> None:
    opinions = [said.opinion or NO_VERDICT for said, _ in heard]
    judged = list(zip(known, opinions, strict=True))
    second = [(one.second.verdict, opinion) for one, opinion in judged if one.second]
    tokens, seconds = sum(said.tokens for said, _ in heard), sum(seconds for _, seconds in heard)
    _say(f"Judge: {name}")
    agreed = _agreement([(one.verdict, opinion) for one, opinion in judged])
    _say(f"Agrees with the known verdicts on {agreed}")
    if second:
        _say(f"Agrees with the second annotator on {_agreement(second)}")
    _say(f"Cost: {tokens:,} tokens, {seconds:.1f} s; {tokens / len(known):,.0f} tokens an answer.")
    for one, (said, _) in zip(known, heard, strict=True):
        if said.opinion != one.verdict:
            _say(
                f"{one.id}: known as {one.verdict}, judged {said.opinion or NO_VERDICT}: {said.reason}"
            )


def _agreement(pairs: "Sequence[tuple[str, str]]") -> str:
    """How many are the same, with Cohen's kappa."""
    from agent.evaluation.agreement import agreement, kappa

    same = agreement(pairs)
    count = f"{round(same * len(pairs))} of {len(pairs)} ({same:.2f})"
    return f"{count}; Cohen's kappa: {kappa(pairs):.2f}"


def _say(line: str) -> None:
    from serving.cli.terminal import without_escapes

    console.print(without_escapes(line), markup=False, highlight=False, soft_wrap=True)
