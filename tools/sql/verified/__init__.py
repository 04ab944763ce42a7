"""Verified queries as templates: a question that says the same is answered by their statement."""
