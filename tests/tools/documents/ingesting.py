"""Ingests a folder into a store and says when it begins; a test ends this process half-way."""

import sys
from pathlib import Path

from tools.documents.ingest import ingest
from tools.documents.store import DocumentStore

if __name__ == "__main__":
    with DocumentStore.open(sys.argv[1]) as store:
        print("open", flush=True)  # noqa: T201  # the test waits for it
        ingest([Path(sys.argv[2])], store=store, collection="c")
