"""The command line, `docsql`: a module for each group of commands, and what they print."""

from serving.cli.commands import main

__all__ = ["main"]
