"""The inside of Chainlit: what its public API does not offer, and nowhere else on the page.

pyproject.toml pins Chainlit to the versions that were looked through; tests/compat has a canary for
each name that is used here.
"""
