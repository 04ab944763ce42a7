"""Semantic models of other tools, in Ossie's format."""
