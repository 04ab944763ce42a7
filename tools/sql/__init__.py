"""Databases: introspected, guarded and read."""
