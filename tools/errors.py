"""What can go wrong, sorted by who must act.

DocsqlError
├── BadInput            the person: change the question, the file or the name
│   ├── UnreadableFile      a file that cannot be ingested, and why
│   │   └── UnsupportedType     … because its type is not supported
│   ├── TooLarge            a request exceeds a size limit
│   └── UnknownName         a database, collection or document that does not exist
├── Correctable         the model: the message tells it how to repair its call
│   ├── Refused             the gate refused a statement
│   ├── QueryFailed         the engine did not understand a statement
│   └── TooSlow             a statement ran past its time limit and was stopped
├── Busy                the person, later: a limit is reached
│   └── Closing             the service is stopping
└── Unavailable         the operator: fix a server, a folder or a setting
    ├── Momentary           a server error that may pass: the request can be retried
    │   ├── Overloaded          … because it has too much to do
    │   └── Unreached           … because it takes no connection
    ├── FilesChanging       files are replaced faster than they can be read
    ├── NoAnswer            a server that cannot be reached and may come back
    └── StoreLocked         another process uses the embedded vector store
"""

_MOST_SAID = 200
"""Characters of a foreign error's message that are passed on."""


class DocsqlError(Exception):
    """The base of our errors; `str()` of it is a message for a person."""


class BadInput(DocsqlError):
    """The request is not valid; the person who sent it can change it."""


class UnreadableFile(BadInput):
    """A file cannot be parsed; the message says why and what to do."""


class UnsupportedType(UnreadableFile):
    """A file has an unsupported type."""


class TooLarge(BadInput):
    """A request exceeds a size limit, which the message names."""


class UnknownName(BadInput):
    """A requested name does not exist; the message lists those that do."""


class Correctable(DocsqlError):
    """A model's call cannot run as it is; the message tells the model what to change."""


class Refused(Correctable):
    """The gate refused a statement before the database saw any of it."""


class QueryFailed(Correctable):
    """The database's engine refused a statement that the gate had let through."""


class TooSlow(Correctable):
    """A statement was stopped at its time limit; the connection stays usable."""


class Busy(DocsqlError):
    """A limit is reached; retry the same request after `retry_after_s` seconds."""

    def __init__(self, said: str, *, retry_after_s: int) -> None:
        super().__init__(said)
        self.retry_after_s = retry_after_s


class Closing(Busy):
    """The service is stopping: another replica or the next process can take the request."""


class Unavailable(DocsqlError):
    """Something that DocSQL needs does not answer; the operator can fix it."""


class Momentary(Unavailable):
    """A server cannot answer just now; `after_s` is the pause in seconds that it asked for."""

    def __init__(self, message: str, *, after_s: float | None = None) -> None:
        super().__init__(message)
        self.after_s = after_s


class Overloaded(Momentary):
    """A server has too much to do just now."""


class Unreached(Momentary):
    """A server takes no connection: it has read nothing of the request."""


class FilesChanging(Unavailable):
    """A file was replaced while a statement read it, or since its schema was looked at."""


class NoAnswer(Unavailable):
    """A server that the vector store needs cannot be reached; when it is back the same object works."""


class StoreLocked(Unavailable):
    """Another process holds the embedded vector store, which allows one at a time."""


def describe_error(error: BaseException) -> str:
    """An unexpected error as one line of limited length: its type and message."""
    said = " ".join(str(error).split())
    if len(said) > _MOST_SAID:
        said = f"{said[:_MOST_SAID]}…"
    name = type(error).__name__
    return f"{name}: {said}" if said else name
