"""Ingestion by parser processes that stay for the next test, as a service's do.

Each new one loads a model of languages for half a second. Tests of the processes themselves, of
their limits and of their ends start their own.
"""

from functools import partial

from tools.documents.ingest import ingest as ingest_by
from tools.documents.readers import FileReaders

KEPT = FileReaders()
ingest = partial(ingest_by, readers=KEPT)
