"""Threads and what is kept of them."""
