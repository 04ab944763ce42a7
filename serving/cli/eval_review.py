"""`docsql eval review`: drafts one by one, with their expected answers."""

from collections.abc import Mapping
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

_CHOICES = "[a]ccept, [e]dit, [d]rop, [s]kip, [q]uit"


def review_drafts(path: Path, settings: Settings) -> None:
    """Ask about each draft. The set is written after each decision, so you can stop at any time."""
    cases = read_set(path)
    drafts = [case.id for case in cases if not case.accepted]
    with databases_of(settings) as databases:
        for left, id_ in enumerate(drafts):
            at = next(n for n, case in enumerate(cases) if case.id == id_)
            many = len(drafts) - left
            _say(f"\n{many} drafts left." if many > 1 else "\nThe last draft:", "dim")
            if not _decide(cases, at, databases, path):
                break
    accepted = sum(case.accepted for case in cases)
    left = len(cases) - accepted
    drafts_left = f" {left} draft{'s are' if left > 1 else ' is'} left." if left else ""
    _say(f"{accepted} of {len(cases)} questions are accepted.{drafts_left}")
    _say(f"Ask them: docsql eval run {path}")


def _decide(cases: list[SetCase], at: int, databases: Mapping[str, Database], path: Path) -> bool:
    """Ask for the decision on one draft; return whether to go on."""
    while True:
        _show(cases[at], databases)
        match typer.prompt(_CHOICES, prompt_suffix=": ").strip().lower()[:1]:
            case "a":
                said = _accepted(cases[at], databases)
                if said is None:
                    continue
                cases[at] = said
            case "e":
                cases[at] = _edited(cases[at])
                continue
            case "d":
                cases.pop(at)
            case "s":
                pass
            case "q":
                return False
            case _:
                _say("  Type a, e, d, s or q, and press Enter.", "red")
                continue
        write_set(path, cases)
        return True


def _accepted(case: SetCase, databases: Mapping[str, Database]) -> SetCase | None:
    """The case, accepted; None, after saying why, if it has no right answer or one that cannot be read."""
    try:
        for sql in case.sql:
            read_table(sql, database_of(case, databases))
    except DocsqlError as error:
        _say(f"  {error} Edit it first.", "red")
        return None
    return _changed(case, {"accepted": True})


def _show(case: SetCase, databases: Mapping[str, Database]) -> None:
    _say(f"{case.id} ({case.kind})", "bold")
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


def _edited(case: SetCase) -> SetCase:
    """The draft with the fields that a person changed."""
    update: dict[str, object] = {"question": _asked("Question", case.question)}
    if case.sql:
        update["sql"] = [_asked("Statement", case.sql[0]), *case.sql[1:]]
    if not case.declined:
        known = {as_words(pattern): pattern for pattern in case.says}
        said = _asked("Words or numbers of a right answer, separated by ;", "; ".join(known))
        words = [part.strip() for part in said.split(";") if part.strip()]
        update["says"] = [known.get(one) or as_pattern(one) for one in words]
    if not (case.sql or update.get("says")):
        update["declined"] = typer.confirm("Is it right to decline it?", default=case.declined)
    return _changed(case, update) or case


def _asked(what: str, value: str) -> str:
    return str(typer.prompt(what, default=value, show_default=bool(value)))


def _changed(case: SetCase, update: Mapping[str, object]) -> SetCase | None:
    """The case with these changes; None if they are invalid, after saying why."""
    try:
        return SetCase.model_validate({**case.model_dump(), **update})
    except ValidationError as error:
        _say(f"  {error.errors()[0]['msg']}. Edit it first.", "red")
        return None


def _say(line: str, style: str = "") -> None:
    console.print(Text(without_escapes(line), style), soft_wrap=True)
