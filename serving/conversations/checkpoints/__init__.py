"""LangGraph's checkpoints, in SQLite and in PostgreSQL."""
