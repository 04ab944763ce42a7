"""A person at a terminal decides on the statements that wait."""

import readline
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.padding import Padding
from rich.syntax import Syntax
from rich.text import Text

from serving.cli.terminal import without_escapes
from serving.wire.answer import Answer, Approval
from serving.wire.question import Decision, Question

_CHOICES = {"y": "approve", "n": "reject", "e": "edit"}
_ASKED = "Run it? [y]es, [n]o, [e]dit: "


def can_be_asked() -> bool:
    """Whether a person sits at both ends of this command."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask_decisions(console: Console, answer: Answer) -> Question:
    """Show each statement that waits and take a person's word on it: what resumes the turn."""
    resume = {each.id: _decision(console, each) for each in answer.approvals}
    return Question(thread_id=answer.thread_id, resume=resume)


def print_approval(console: Console, approval: Approval) -> None:
    """A waiting statement in words and as SQL, with how much it would read."""
    if approval.problem:
        console.print(Text(f"! {without_escapes(approval.problem)}", style="yellow"))
    console.print(Text(without_escapes(approval.explanation)))
    sql = Syntax(without_escapes(approval.sql), "sql", word_wrap=True, background_color="default")
    console.print(Padding(sql, (1, 0, 1, 2)))
    console.print(Text(without_escapes(approval.reach), style="dim"))


def _decision(console: Console, approval: Approval) -> Decision:
    print_approval(console, approval)
    while True:
        said = console.input(Text(_ASKED, style="bold")).strip().lower()[:1]
        if said == "e":
            with _prefilled(approval.sql):
                sql = input("SQL: ").strip()
            if sql:
                return Decision(action="edit", sql=sql)
        elif said in _CHOICES:
            return Decision.model_validate({"action": _CHOICES[said]})


@contextmanager
def _prefilled(text: str) -> Generator[None]:
    readline.set_startup_hook(lambda: readline.insert_text(without_escapes(text)))
    try:
        yield
    finally:
        readline.set_startup_hook(None)


def how_to_resume(approvals: Sequence[Approval], thread_id: str) -> str:
    """For programs: the request that resumes the turn."""
    resume = ", ".join(f'"{each.id}": {{"action": "approve"}}' for each in approvals)
    return (
        "Nothing has run. To go on, POST to /agent/invoke: "
        f'{{"input": {{"thread_id": "{thread_id}", "resume": {{{resume}}}}}}}'
    )
