"""The embedding model that comes with DocSQL, and others in a folder of their own."""

import json
import math
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from serving.config.models import EmbeddingsSettings
from serving.config.settings import Settings
from serving.models.text import onnx
from serving.models.text.onnx import OnnxEmbeddings, onnx_embeddings, packaged_embeddings
from serving.models.text.sentence_model import SentenceModel, folder_model
from serving.parts.models import embeddings as open_embeddings
from serving.parts.names import model_names
from tools.errors import Unavailable
from tools.language.common_words import WORD_PIECES

LIKE = "How long is the engine guaranteed?"
PASSAGE = "The warranty period of a motor is ten years."
OTHER = "The canteen serves soup on Mondays."
VOCABULARY = WORD_PIECES


@pytest.fixture(scope="module")
def minilm() -> OnnxEmbeddings:
    return packaged_embeddings(threads=1)


@pytest.fixture
def folder(minilm: OnnxEmbeddings, tmp_path: Path) -> Path:
    """The packaged model as sentence-transformers would lay it out."""
    made = tmp_path / "a-model"
    made.mkdir()
    model = SentenceModel(
        name="", weights=lambda: made, vocabulary=VOCABULARY, window=32, dimension=384
    )
    model.tokenizer().save(str(made / "tokenizer.json"))
    (made / "model.onnx").symlink_to(onnx.packaged_weights())
    return made


def dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_texts_of_like_meaning_have_vectors_of_like_direction(minilm: OnnxEmbeddings) -> None:
    asked = minilm.embed_query(LIKE)
    passage, other = minilm.embed_documents([PASSAGE, OTHER])
    assert (minilm.model_id, minilm.dimension) == ("all-MiniLM-L6-v2 int8", len(asked))
    assert dot(asked, passage) > 0.4 > 0.2 > dot(asked, other)
    assert all(math.isclose(math.hypot(*vector), 1, rel_tol=1e-5) for vector in (asked, passage))


def test_vectors_come_in_the_order_of_the_texts_whatever_their_lengths(
    minilm: OnnxEmbeddings,
) -> None:
    texts = [PASSAGE * 9, "", LIKE, PASSAGE, OTHER]
    together = minilm.embed_documents(texts)
    for text, vector in zip(texts, together, strict=True):
        assert dot(minilm.embed_query(text), vector) > 0.98
    assert minilm.embed_documents([]) == []


def test_the_vector_of_a_query_is_the_callers_own_though_it_is_kept(
    minilm: OnnxEmbeddings,
) -> None:
    first = minilm.embed_query(LIKE)
    made = list(first)
    first.clear()
    assert minilm.embed_query(LIKE) == made


def test_the_end_of_a_long_text_counts(minilm: OnnxEmbeddings) -> None:
    filler = "Nothing of note happened that day. " * 40
    bare, ending = minilm.embed_documents([filler, filler + PASSAGE * 12])
    asked = minilm.embed_query(LIKE)
    assert dot(asked, ending) > dot(asked, bare) + 0.1


def test_a_folder_with_a_model_takes_its_place(folder: Path, minilm: OnnxEmbeddings) -> None:
    (folder / "config.json").write_text(json.dumps({"hidden_size": 384}), encoding="utf-8")
    settings = Settings(embeddings=EmbeddingsSettings(api="onnx", model=str(folder)))
    found = open_embeddings(settings)
    assert found
    assert (found.model_id, found.dimension) == ("a-model", 384)
    assert dot(found.embed_query(LIKE), minilm.embed_query(LIKE)) > 0.999
    assert model_names(settings)["embeddings"] == f"{folder} in this process"


def test_a_model_that_does_not_say_its_width_is_measured(folder: Path) -> None:
    assert onnx_embeddings(str(folder), threads=1).dimension == 384


def test_a_folder_says_how_its_model_is_used(folder: Path) -> None:
    said = {
        "1_Pooling/config.json": {"pooling_mode_cls_token": True},
        "config_sentence_transformers.json": {"prompts": {"query": "Q: ", "passage": "P: "}},
        "sentence_bert_config.json": {"max_seq_length": 100},
    }
    for name, content in said.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    model = folder_model(folder)
    assert (model.before_query, model.before_passage) == ("Q: ", "P: ")
    assert (model.takes_first_token, model.window) == (True, 100)


def test_no_embeddings_is_a_setting() -> None:
    settings = Settings(embeddings=EmbeddingsSettings(api="none"))
    assert open_embeddings(settings) is None
    assert model_names(settings)["embeddings"] == "none: BM25 alone"


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"name a folder with a model.onnx and its tokenizer"):
        onnx_embeddings(str(tmp_path))


def test_a_damaged_model_says_so_when_it_is_used(folder: Path) -> None:
    (folder / "model.onnx").unlink()
    (folder / "model.onnx").write_bytes(b"torn")
    with pytest.raises(Unavailable, match=r"model\.onnx is not a model that onnxruntime runs"):
        onnx_embeddings(str(folder)).embed_query(LIKE)


def test_weights_of_another_sum_are_not_used(tmp_path: Path) -> None:
    torn = tmp_path / "model.onnx"
    shutil.copyfile(onnx.packaged_weights(), torn)
    assert onnx.is_whole(torn)
    torn.write_bytes(torn.read_bytes()[:-1])
    assert not onnx.is_whole(torn)


def test_marks_of_the_tokenizer_in_a_text_are_words_like_any(minilm: OnnxEmbeddings) -> None:
    marked, plain = minilm.embed_documents([f"{PASSAGE} [PAD] [SEP]", PASSAGE])
    assert 0.5 < dot(marked, plain) < 0.9999


def test_a_tokenizer_that_is_none_is_refused(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(Unavailable, match=r"tokenizer\.json is not a tokenizer"):
        onnx_embeddings(str(folder)).embed_query(LIKE)
