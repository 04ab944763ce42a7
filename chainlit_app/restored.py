"""A turn of an earlier conversation, as the messages and steps that Chainlit shows again."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from chainlit.element import ElementDict
from chainlit.step import StepDict

from chainlit_app import render
from chainlit_app.asked import fold_id, question_id, turn_run_id
from chainlit_app.compat import server
from chainlit_app.course import FOLD_ICON, ICONS, course_of
from chainlit_app.progress import StepProgress
from chainlit_app.uploads import UPLOAD_ICON, told_upload
from serving.schema import Citation, ThreadContent, ThreadTurn, ThreadUpload


def steps_of(
    turn: ThreadTurn, thread_id: str, uploads: Sequence[ThreadUpload] = ()
) -> list[StepDict]:
    """The question, the run that it began, and in that the line over its steps and the answer.

    `uploads` came with the question, and were told before it was answered.
    """
    answer, told = turn.answer, list[StepDict]()
    question, run = question_id(answer.answer_id), turn_run_id(answer.answer_id)
    told += _begun(question, turn.question, run)
    told += [step for each in uploads for step in _uploaded(each, parent=run)]
    told += _folded(turn)
    if answer.status != "needs_approval":  # a card tells what waits, and is sent when it is opened
        text = render.answer_text(answer)
        told.append(_message("assistant_message", answer.answer_id, text, parent=run))
    return _placed(told, turn.asked_at, thread_id)


def steps_of_thread(content: ThreadContent) -> list[StepDict]:
    """All of a conversation, in the order of what happened."""
    told, id_ = list[StepDict](), content.thread.id
    for turn, uploads in _in_order(content):
        if turn is not None:
            told += steps_of(turn, id_, uploads)
        for each in () if turn else uploads:
            sent = _message("user_message", _sent_id(each), "")
            told += _placed([sent, *_uploaded(each)], each.added_at, id_)
    return told


def files_of_thread(content: ThreadContent) -> list[ElementDict]:
    """The files that were sent, each beside the question that it came with."""
    told = list[ElementDict]()
    for turn, uploads in _in_order(content):
        for each in uploads:
            below = question_id(turn.answer.answer_id) if turn else _sent_id(each)
            told.append(_sent_files(each, content.thread.id, below=below))
    return told


def _in_order(content: ThreadContent) -> Iterator[tuple[ThreadTurn | None, list[ThreadUpload]]]:
    """Turns with the uploads that came with their questions, and uploads on their own."""
    waiting = list[ThreadUpload]()
    for each in sorted([*content.turns, *content.uploads], key=_moment):
        if isinstance(each, ThreadTurn):
            yield each, waiting
            waiting = []
        elif each.has_question:
            waiting.append(each)
        else:
            yield None, [each]
    for each in waiting:  # its question has no answer
        yield None, [each]


def _moment(each: ThreadTurn | ThreadUpload) -> datetime:
    return each.asked_at if isinstance(each, ThreadTurn) else each.added_at


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


def _uploaded(upload: ThreadUpload, *, parent: str | None = None) -> list[StepDict]:
    told, id_ = told_upload(upload.report), _upload_id(upload)
    line = _tool(f"{id_}-line", told.line, UPLOAD_ICON)
    line.update(parentId=parent, isError=told.is_failed)
    said = _message("assistant_message", id_, told.text, parent=parent)
    said["isError"] = told.is_failed
    return [line, said]


def _upload_id(upload: ThreadUpload) -> str:
    return f"upload-{upload.added_at.isoformat()}"


def _sent_id(upload: ThreadUpload) -> str:
    """The message of files that were sent without a question."""
    return f"{_upload_id(upload)}-sent"


def _sent_files(upload: ThreadUpload, thread_id: str, *, below: str) -> ElementDict:
    files = [{"name": each.source, "id": each.document_id} for each in upload.report.files]
    return ElementDict(
        id=f"{_upload_id(upload)}-files",
        threadId=thread_id,
        type="custom",
        name="Sent",
        display="inline",
        forId=below,
        props={"files": files},
    )


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
