"""The tables beside LangGraph's checkpoints, in whichever database keeps them."""

from sqlalchemy import BigInteger, Column, Float, LargeBinary, MetaData, Table, Text

TABLES = MetaData()
"""Times are ISO 8601 in UTC with microseconds: text that sorts by time on every engine."""

THREADS = Table(
    "threads",
    TABLES,
    Column("thread", Text, primary_key=True),
    Column("owner", Text, nullable=False, index=True),
    Column("id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False, index=True),
)
TURNS = Table(
    "turns",
    TABLES,
    Column("id", Text, primary_key=True),
    Column("thread", Text, nullable=False, index=True),
    Column("owner", Text, nullable=False),
    Column("asked_at", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),  # JSON, without the citations and rows of its evidence
    Column("evidence", Text, nullable=False),  # JSON, ids in the order of their numbers
)
EVIDENCE = Table(
    "evidence",
    TABLES,
    Column("id", Text, primary_key=True),
    Column("thread", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("item", LargeBinary, nullable=False),
)
FEEDBACK = Table(
    "feedback",
    TABLES,
    Column("turn", Text, primary_key=True),
    Column("thread", Text, nullable=False, index=True),
    Column("owner", Text, nullable=False, index=True),
    Column("rating", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("given_at", Text, nullable=False),
)
TRAILS = Table(  # what led to an answer; apart from it, because older files have no such column
    "trails",
    TABLES,
    Column("turn", Text, primary_key=True),
    Column("thread", Text, nullable=False, index=True),
    Column("steps", Text, nullable=False),  # JSON, events as on the wire
)
CHOICES = Table(
    "choices",
    TABLES,
    Column("thread", Text, primary_key=True),
    Column("settings", Text, nullable=False),  # JSON, as on the wire
)
ADDITIONS = Table(  # what was uploaded in a conversation, and what became of it
    "additions",
    TABLES,
    Column("id", Text, primary_key=True),
    Column("thread", Text, nullable=False, index=True),
    Column("added_at", Text, nullable=False),
    Column("report", Text, nullable=False),  # JSON, as on the wire
)
UNANSWERED = Table(  # the last question of a conversation, until it has its answer
    "unanswered",
    TABLES,
    Column("thread", Text, primary_key=True),
    Column("question", Text, nullable=False),
)
RESPONSES = Table(  # answers under the names that OpenAI's Responses API gave them
    "responses",
    TABLES,
    Column("id", Text, primary_key=True),
    Column("thread", Text, nullable=False, index=True),
    Column("owner", Text, nullable=False),
    Column("turn", Text, nullable=False),
    Column("previous", Text, nullable=False),  # the response that it goes on from, or nothing
    Column("made_at", Text, nullable=False),
    Column("asked", Text, nullable=False),  # JSON, what of the request its answer repeats
)
FOLLOW_UPS = Table(  # follow-ups of responses that are running, at most one on each thread
    "follow_ups",
    TABLES,
    Column("thread", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("ends_at", Float, nullable=False),  # seconds since 1970
)
SAVED_QUESTIONS = Table(  # of people who keep them; they outlast the threads
    "saved_questions",
    TABLES,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False, index=True),
    Column("question", Text, nullable=False),
    Column("saved_at", Text, nullable=False),
)
UPLOADED = Table(  # who uploaded a document last; it outlasts the threads
    "uploaded",
    TABLES,
    Column("document", Text, primary_key=True),
    Column("owner", Text, nullable=False, index=True),
)
USAGE = Table(  # what models cost; it outlasts the threads
    "usage",
    TABLES,
    Column("day", Text, primary_key=True),
    Column("caller", Text, primary_key=True, index=True),
    Column("model", Text, primary_key=True),
    Column("calls", BigInteger, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
)
ESTIMATES = Table(  # how much of it no server has counted; apart, because older files lack it
    "estimates",
    TABLES,
    Column("day", Text, primary_key=True),
    Column("caller", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("estimated_tokens", BigInteger, nullable=False),
)
COUNTERS = Table(  # of limits that all workers and replicas share
    "counters",
    TABLES,
    Column("key", Text, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("ends_at", Float, nullable=False),  # seconds since 1970
)
RUNNING_TURNS = Table(  # turns of callers whose tokens are limited
    "running_turns",
    TABLES,
    Column("turn", Text, primary_key=True),
    Column("caller", Text, nullable=False, index=True),
    Column("ends_at", Float, nullable=False),  # seconds since 1970
)
OURS = (THREADS, TURNS, EVIDENCE, FEEDBACK, RESPONSES, TRAILS, CHOICES, ADDITIONS, UNANSWERED)
