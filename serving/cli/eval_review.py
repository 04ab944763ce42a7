"""`docsql eval review`: drafts one by one, with their expected answers."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import typer
from pydantic import ValidationError
from rich.padding import Padding
from rich.text import Text

from serving.cli.command_group import console
from serving.cli.terminal import SHOWN_ROWS, rows_table, without_escapes
from serving.config.settings import Settings
from serving.evaluation.case import SetCase, read_set, write_set
from serving.evaluation.expected import database_of, read_table
from serving.evaluation.patterns import as_pattern, as_words
from serving.parts.databases import databases_of
from tools.errors import DocsqlError
from tools.sql.run import Database

_CHOICES = "[a]ccept, [e]dit, [d]rop, [s]kip, [b]ack, [q]uit"
_STEPS = {"s": 1, "b": -1}


def review_drafts(path: Path, settings: Settings) -> None:
    """Ask about each draft. The set is written after each decision, so you can stop at any time."""
    cases = read_set(path)
    drafts = [at for at, case in enumerate(cases) if case.is_draft]
    with databases_of(settings) as databases:
        try:
            _ask_each(cases, drafts, databases, path)
        except typer.Abort:  # Ctrl-C leaves the cursor behind the prompt
            _say("")
    accepted = sum(case.accepted for case in cases)
    left = sum(case.is_draft for case in cases)
    drafts_left = f" {left} draft{'s are' if left > 1 else ' is'} left." if left else ""
    dropped = len(cases) - accepted - left
    told = f", {dropped} {'were' if dropped > 1 else 'was'} dropped" if dropped else ""
    _say(f"{accepted} of {accepted + left} questions are accepted{told}.{drafts_left}")
    if accepted:
        _say(f"Ask them: docsql eval run {path}")


def _ask_each(
    cases: list[SetCase], drafts: Sequence[int], databases: Mapping[str, Database], path: Path
) -> None:
    """Ask for a decision on each draft until the person quits or the input ends."""
    at = 0
    while at < len(drafts):
        many = len(drafts) - at
        _say(f"\n{many} drafts left." if many > 1 else "\nThe last draft:", "dim")
        step = _decide(cases, drafts[at], databases, path)
        if not step:
            return
        at = max(0, at + step)


def _decide(cases: list[SetCase], at: int, databases: Mapping[str, Database], path: Path) -> int:
    """Ask for the decision on one draft; return how far to go on, 0 to end."""
    while True:
        _show(cases[at], databases)
        said = str(typer.prompt(_CHOICES, prompt_suffix=": ")).strip().lower()[:1]
        match said:
            case "a" | "e" | "d":
                changed = _CHANGES[said](cases[at], databases)
                if changed is None:
                    continue
                cases[at] = changed
                write_set(path, cases)
                if said != "e":
                    return 1
            case "s" | "b":
                return _STEPS[said]
            case "q":
                return 0
            case _:
                _say("  Type a, e, d, s, b or q, and press Enter.", "red")


def _dropped(case: SetCase, _: Mapping[str, Database]) -> SetCase:
    """It stays in the set, so that it is not drafted again."""
    return case.model_copy(update={"accepted": False, "dropped": True})


def _accepted(case: SetCase, databases: Mapping[str, Database]) -> SetCase | None:
    """The case, accepted; None, after saying why, if it has no right answer or one that cannot be read."""
    try:
        for sql in case.sql:
            read_table(sql, database_of(case, databases))
    except DocsqlError as error:
        _say(f"  {error} Edit it first.", "red")
        return None
    return _changed(case, {"accepted": True, "dropped": False})


def _show(case: SetCase, databases: Mapping[str, Database]) -> None:
    decided = " is accepted" if case.accepted else " is dropped" if case.dropped else ""
    _say(f"{case.id} ({case.kind}){decided}", "bold")
    for earlier in case.after:
        _say(f"  before: {earlier}")
    _say(f"  {case.question}", "cyan")
    if case.without:
        _say(f"  Without {' and '.join(case.without)}", "dim")
    if case.declined:
        _say("  Right: declined.")
    for sql in case.sql:
        _say(f"  {sql}")
        _show_rows(case, sql, databases)
    if case.reference:
        _say(f"  Right: {case.reference}")
    if case.says:
        _say(f"  Right: it says {' and '.join(map(as_words, case.says))}")
    for spot in case.spans:
        page = f", page {spot.page}" if spot.page else ""
        _say(f"  In {spot.source}{page}: {spot.text}")
    if case.note:
        _say(f"  {case.note}", "dim")


def _show_rows(case: SetCase, sql: str, databases: Mapping[str, Database]) -> None:
    try:
        found = read_table(sql, database_of(case, databases))
    except DocsqlError as error:
        _say(f"  {error}", "red")
        return
    console.print(Padding(rows_table(found.columns, found.rows[:SHOWN_ROWS]), (0, 0, 0, 4)))
    if len(found.rows) > SHOWN_ROWS:
        _say(f"    … of {len(found.rows):,} rows")


def _edited(case: SetCase, _: Mapping[str, Database]) -> SetCase | None:
    """The draft with the fields that a person changed; it has to be accepted anew."""
    update: dict[str, object] = {"question": _asked("Question", case.question)}
    if case.sql:
        update["sql"] = [_asked("Statement", case.sql[0]), *case.sql[1:]]
    if not case.declined:
        known = {as_words(pattern): pattern for pattern in case.says}
        said = _asked(
            "Words or numbers that the answer has to say, separated by ; (- for none)",
            "; ".join(known),
        )
        words = [part.strip() for part in said.split(";") if part.strip(" -")]
        update["says"] = [known.get(one) or as_pattern(one) for one in words]
    if not (case.sql or update.get("says")):
        update["declined"] = typer.confirm("Is it right to decline it?", default=case.declined)
    return _changed(case, {**update, "accepted": False, "dropped": False})


def _asked(what: str, value: str) -> str:
    return str(typer.prompt(what, default=value, show_default=bool(value)))


def _changed(case: SetCase, update: Mapping[str, object]) -> SetCase | None:
    """The case with these changes; None if they are invalid, after saying why."""
    try:
        return SetCase.model_validate({**case.model_dump(), **update})
    except ValidationError as error:
        _say(f"  {error.errors()[0]['msg']}. Edit it first.", "red")
        return None


_CHANGES = {"a": _accepted, "e": _edited, "d": _dropped}


def _say(line: str, style: str = "") -> None:
    console.print(Text(without_escapes(line), style), soft_wrap=True)
