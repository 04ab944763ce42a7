"""Runs files of questions through the agent; scoring is left to the caller."""
