"""A turn of an earlier conversation, as the messages and steps that Chainlit shows again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal

from chainlit.step import StepDict

from chainlit_app import render
from chainlit_app.asked import fold_id, question_id, turn_run_id
from chainlit_app.compat import server
from chainlit_app.course import FOLD_ICON, ICONS, course_of
from chainlit_app.progress import StepProgress
from chainlit_app.uploads import UPLOAD_ICON, told_upload
from serving.schema import Citation, ThreadContent, ThreadTurn, ThreadUpload


def steps_of(turn: ThreadTurn, thread_id: str) -> list[StepDict]:
    """The question, the run that it began, and in that the line over its steps and the answer."""
    answer, told = turn.answer, list[StepDict]()
    question, run = question_id(answer.answer_id), turn_run_id(answer.answer_id)
    told += _begun(question, turn.question, run)
    told += _folded(turn)
    if answer.status != "needs_approval":  # a card tells what waits, and is sent when it is opened
        text = render.answer_text(answer)
        told.append(_message("assistant_message", answer.answer_id, text, parent=run))
    return _placed(told, turn.asked_at, thread_id)


def steps_of_thread(content: ThreadContent) -> list[StepDict]:
    """All of a conversation."""
    id_ = content.thread.id
    steps = [step for turn in content.turns for step in steps_of(turn, id_)]
    return steps + [step for each in content.uploads for step in _uploaded(each, id_)]


def steps_of_question(
    question: str, message: str, *, run: str | None, thread_id: str
) -> list[StepDict]:
    """A question that is asked now, as the page shows it already."""
    return _placed(_begun(message, question, run or message), datetime.now(UTC), thread_id)


def found_in(turn: ThreadTurn) -> Iterator[tuple[str, list[Citation]]]:
    """What the searches of a turn found, by the step that lists it."""
    for place, step in enumerate(course_of(turn.steps, turn.answer).shown()):
        if step.passages:
            yield _step_id(turn, place), list(step.passages)


def _uploaded(upload: ThreadUpload, thread_id: str) -> list[StepDict]:
    told, id_ = told_upload(upload.report), f"upload-{upload.added_at.isoformat()}"
    line = _tool(f"{id_}-line", told.line, UPLOAD_ICON)
    line["isError"] = told.is_failed
    said = _message("assistant_message", id_, told.text)
    said["isError"] = told.is_failed
    return _placed([line, said], upload.added_at, thread_id)


def _begun(message: str, question: str, run: str) -> list[StepDict]:
    of_run = StepDict(name="on_message", type="run", id=run, parentId=message, metadata={})
    return [_message("user_message", message, question), of_run]


def _placed(steps: list[StepDict], since: datetime, thread_id: str) -> list[StepDict]:
    for place, step in enumerate(steps):  # the page sorts by time
        when = (since + timedelta(milliseconds=place)).isoformat()
        step.update(threadId=thread_id, createdAt=when, start=when, end=when)
    return steps


def _folded(turn: ThreadTurn) -> list[StepDict]:
    course = course_of(turn.steps, turn.answer)
    if not course.is_worth_a_line:
        return []
    line = fold_id(turn.answer.answer_id)
    seconds = turn.answer.timings.get("total", course.seconds)
    fold = _tool(line, course.line(seconds), FOLD_ICON)
    fold["parentId"] = turn_run_id(turn.answer.answer_id)
    return [fold, *(_step(turn, place, step) for place, step in enumerate(course.shown()))]


def _step(turn: ThreadTurn, place: int, step: StepProgress) -> StepDict:
    shown = _tool(_step_id(turn, place), step.title, ICONS[step.kind], step.body)
    shown.update(parentId=fold_id(turn.answer.answer_id), isError=step.is_failed)
    return shown


def _step_id(turn: ThreadTurn, place: int) -> str:
    return f"{fold_id(turn.answer.answer_id)}-{place}"


def _tool(id_: str, name: str, icon: str, output: str = "") -> StepDict:
    shown = {"icon": icon}
    return StepDict(name=name, type="tool", id=id_, input="", output=output, metadata=shown)


def _message(
    kind: Literal["user_message", "assistant_message"],
    id_: str,
    text: str,
    *,
    parent: str | None = None,
) -> StepDict:
    return StepDict(
        name=server.page_name(),
        type=kind,
        id=id_,
        parentId=parent,
        input="",
        output=text,
        metadata={},
    )
