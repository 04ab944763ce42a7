"""Public types of the wire, for clients; inside the service, import from `serving.wire`."""

from serving.wire.answer import Answer, Approval, Chart, Citation, Query
from serving.wire.documents import (
    ContextPassage,
    DocumentInfo,
    FileOutcome,
    PassageInContext,
    UploadReport,
)
from serving.wire.events import (
    Answered,
    ApprovalRequest,
    Event,
    Failed,
    PassagesFound,
    Reasoning,
    Retrying,
    RowsRead,
    SqlWritten,
    StepFinished,
    StepStarted,
    Token,
    TurnStep,
    event_of,
)
from serving.wire.problem import Problem
from serving.wire.question import MAX_QUESTION, Decision, Mode, Question
from serving.wire.saved import QuestionToSave, SavedQuestion, SavedQuestions, SharedQuestion
from serving.wire.service import CallerInfo, Readiness, Suggestions
from serving.wire.statements import OwnStatement
from serving.wire.threads import (
    Feedback,
    Rating,
    ThreadChange,
    ThreadContent,
    ThreadInfo,
    ThreadList,
    ThreadSettings,
    ThreadTurn,
)

__all__ = [
    "MAX_QUESTION",
    "Answer",
    "Answered",
    "Approval",
    "ApprovalRequest",
    "CallerInfo",
    "Chart",
    "Citation",
    "ContextPassage",
    "Decision",
    "DocumentInfo",
    "Event",
    "Failed",
    "Feedback",
    "FileOutcome",
    "Mode",
    "OwnStatement",
    "PassageInContext",
    "PassagesFound",
    "Problem",
    "Query",
    "Question",
    "QuestionToSave",
    "Rating",
    "Readiness",
    "Reasoning",
    "Retrying",
    "RowsRead",
    "SavedQuestion",
    "SavedQuestions",
    "SharedQuestion",
    "SqlWritten",
    "StepFinished",
    "StepStarted",
    "Suggestions",
    "ThreadChange",
    "ThreadContent",
    "ThreadInfo",
    "ThreadList",
    "ThreadSettings",
    "ThreadTurn",
    "Token",
    "TurnStep",
    "UploadReport",
    "event_of",
]
