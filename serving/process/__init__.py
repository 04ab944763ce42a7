"""Processes that listen, and what each does on its way in and out."""
