"""Prompts, one Markdown file per node."""
