"""The embedding model that comes with DocSQL: loading, a question's vector, passages a second."""

import time
from pathlib import Path

from figure import Figure, Section, spread
from workplace import Workplace

from serving.models.text.onnx import available_cores, packaged_embeddings

PASSAGES = 64
QUESTIONS = 50
WORDS = "The warranty of a rack server ends after three years unless the customer extends it. "


def measure(place: Workplace) -> Section:
    """Speed and memory of the model in a process of its own settings."""
    before = _resident_mb()
    began = time.perf_counter()
    model = packaged_embeddings()
    model.embed_query("Does it work?")
    loaded = time.perf_counter() - began
    place.say(f"{PASSAGES} passages of 256 tokens")
    passages = [f"{number}: {WORDS * 18}"[:1_230] for number in range(PASSAGES)]
    began = time.perf_counter()
    model.embed_documents(passages)
    per_second = PASSAGES / (time.perf_counter() - began)
    seconds: list[float] = []
    for number in range(QUESTIONS):
        began = time.perf_counter()
        model.embed_query(f"How long is the warranty of server {number}?")
        seconds.append(time.perf_counter() - began)
    cores = available_cores()
    return Section(
        "Vectors in this process",
        "all-MiniLM-L6-v2 with int8 weights by onnxruntime; the vectors follow behind the reading.",
        [
            Figure("Loading the model, with its first vector", loaded, "s", "once a process"),
            Figure("Passages embedded", per_second, "a second", f"256 tokens each, {cores} cores"),
            *spread("A question's vector", seconds, f"{QUESTIONS} questions of 8 words"),
            Figure("Memory", _resident_mb() - before, "MB", "resident, beyond the process without it"),
        ],
    )  # fmt: skip


def _resident_mb() -> float:
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * 4096 / 1e6
