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
    """Have answers judged whose verdict is known: agreement, Cohen's kappa and cost.

    Exits with 1 if the judge gave no verdict at all.
    """
    from serving.evaluation.judging import known_answers

    known = known_answers(answers)
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


def _show(name: str, known: "Sequence[KnownAnswer]", heard: "Sequence[Heard]") -> None:
    from agent.evaluation.agreement import agreement, kappa

    pairs = [
        (one.verdict, said.opinion or NO_VERDICT)
        for one, (said, _) in zip(known, heard, strict=True)
    ]
    same, seconds = agreement(pairs), sum(seconds for _, seconds in heard)
    tokens = sum(said.tokens for said, _ in heard)
    _say(f"Judge: {name}")
    _say(
        f"Agrees with the known verdicts on {round(same * len(pairs))} of {len(pairs)} ({same:.2f})."
    )
    _say(f"Cohen's kappa: {kappa(pairs):.2f}")
    _say(f"Cost: {tokens:,} tokens, {seconds:.1f} s; {tokens / len(pairs):,.0f} tokens an answer.")
    for one, (said, _) in zip(known, heard, strict=True):
        if said.opinion != one.verdict:
            _say(
                f"{one.id}: known as {one.verdict}, judged {said.opinion or NO_VERDICT}: {said.reason}"
            )


def _say(line: str) -> None:
    from serving.cli.terminal import without_escapes

    console.print(without_escapes(line), markup=False, highlight=False, soft_wrap=True)
