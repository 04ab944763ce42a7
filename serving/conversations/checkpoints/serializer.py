"""The types that LangGraph's checkpoints may contain."""

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

# What a thread may hold besides plain values; anything else is refused when it is read.
OUR_TYPES = [
    ("agent.approval", "ApprovalDecision"),
    ("agent.approval", "Decision"),  # as earlier versions wrote it
    ("agent.approval", "Request"),
    ("agent.calls", "DescribeCall"),
    ("agent.calls", "QueryCall"),
    ("agent.calls", "SearchCall"),
    ("agent.drafts", "SqlDeclined"),
    ("agent.drafts", "SqlDraft"),
    ("agent.toolbox", "Attempt"),
    ("tools.documents.passage", "FoundPassage"),
    ("tools.documents.passage", "Passage"),
    ("tools.sql.golden", "VerifiedUse"),
    ("tools.sql.result", "QueryResult"),
    ("tools.sql.run", "QueryResult"),  # as earlier versions wrote it
]


def serializer() -> JsonPlusSerializer:
    """Writes our values and plain ones, and reads no others."""
    return JsonPlusSerializer(allowed_msgpack_modules=OUR_TYPES)
