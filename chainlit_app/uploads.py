"""What became of an upload, in words: as it happens, and when its conversation comes back."""

from collections.abc import Sequence
from typing import NamedTuple

from chainlit_app import render
from chainlit_app.texts.table import counted, words_for
from serving.schema import FileOutcome, UploadReport

UPLOAD_ICON = "file-up"


class ToldUpload(NamedTuple):
    """The line over an upload, and the text below it, which is Markdown."""

    line: str
    text: str
    is_failed: bool


def told_upload(report: UploadReport) -> ToldUpload:
    """An upload by its outcomes."""
    count = counted(len(report.files), "document")
    taken = [each for each in report.files if each.outcome != "failed"]
    if not taken:
        line = words_for("documents.read_none", count=count)
        return ToldUpload(line, told_lines([each.reason for each in report.files]), is_failed=True)
    line = words_for("documents.read", taken=len(taken), count=count)
    of = words_for("documents.of", collection=render.escaped(report.collection))
    lines = "\n".join(f"- {_told(outcome)}" for outcome in report.files)
    return ToldUpload(line, f"{of}\n\n{lines}", is_failed=False)


def told_lines(reasons: Sequence[str]) -> str:
    """Reasons as a list, or the only one."""
    lines = [render.escaped(line) for line in reasons]
    return "\n".join(f"- {line}" for line in lines) if len(lines) > 1 else "".join(lines)


def _told(outcome: FileOutcome) -> str:
    name = f"**{render.escaped(outcome.source)}**"
    if outcome.outcome == "failed":
        reason = outcome.reason.removeprefix(f"{outcome.source}: ")
        return words_for("documents.failed", name=name, reason=render.escaped(reason))
    passages, done = counted(outcome.passages, "passage"), words_for(f"documents.{outcome.outcome}")
    return words_for("documents.taken", name=name, outcome=done, passages=passages)
