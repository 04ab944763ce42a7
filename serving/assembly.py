"""One gated database for a Python program, without the service around it."""

from serving.parts.databases import open_database

__all__ = ["open_database"]
