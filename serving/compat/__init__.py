"""Private APIs of other packages: one module per package, and nowhere else in `serving`.

pyproject.toml pins each package to the versions that were looked through; tests/compat has a canary
for each name that is used here.
"""
