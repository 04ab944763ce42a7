"""A semantic model proposed from a schema and its values, for a person to correct."""
