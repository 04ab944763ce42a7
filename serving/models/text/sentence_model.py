"""What is known of a sentence-embedding model before it is loaded.

A folder is as sentence-transformers and Optimum write it: model.onnx (or onnx/model.onnx) and
tokenizer.json; its other files, where they are there, say how long a text may be, how token
vectors become one, and what is put before a question or a passage.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from tools.errors import Unavailable

_WINDOW = 512
"""Tokens of a window where nothing says otherwise: what BERT and its kin were trained with."""
_QUERY_PROMPTS = ("query",)
_PASSAGE_PROMPTS = ("document", "passage")


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceModel:
    """A model's files and rules.

    `window` is in tokens, `dimension` None where only the model itself tells. Token vectors are
    averaged, or the first one is taken.
    """

    name: str
    weights: Callable[[], Path]
    vocabulary: Path
    window: int
    dimension: int | None = None
    takes_first_token: bool = False
    before_query: str = ""
    before_passage: str = ""

    def tokenizer(self) -> Tokenizer:
        """The tokenizer of a tokenizer.json or of a list of word pieces; cuts texts into windows.

        Raises:
            Unavailable: the file cannot be read as either.
        """
        try:
            if self.vocabulary.suffix == ".json":
                tokenizer = cast("Tokenizer", cast(Any, Tokenizer).from_file(str(self.vocabulary)))
            else:
                tokenizer = _word_pieces(self.vocabulary)
        except Exception as error:  # the library raises no class of its own
            raise Unavailable(f"{self.vocabulary} is not a tokenizer: {error}") from error
        tokenizer.no_padding()
        tokenizer.enable_truncation(self.window)
        return tokenizer


def folder_model(folder: Path) -> SentenceModel:
    """The model of a folder.

    Raises:
        Unavailable: an ONNX file or tokenizer.json is missing.
    """
    places = [folder / "model.onnx", folder / "onnx" / "model.onnx", *sorted(folder.glob("*.onnx"))]
    weights = next((place for place in places if place.is_file()), None)
    vocabulary = folder / "tokenizer.json"
    if weights is None or not vocabulary.is_file():
        raise Unavailable(
            f"DOCSQL_EMBEDDINGS__MODEL is {str(folder)!r}, which has no model for onnxruntime: name "
            "a folder with a model.onnx and its tokenizer.json."
        )
    config, pooling = _read(folder / "config.json"), _read(folder / "1_Pooling" / "config.json")
    prompts = _read(folder / "config_sentence_transformers.json").get("prompts")
    return SentenceModel(
        name=folder.resolve().name,
        weights=lambda: weights,
        vocabulary=vocabulary,
        window=_window(folder, config),
        dimension=config.get("hidden_size"),
        takes_first_token=bool(pooling.get("pooling_mode_cls_token")),
        before_query=_first(prompts, _QUERY_PROMPTS),
        before_passage=_first(prompts, _PASSAGE_PROMPTS),
    )


def _word_pieces(path: Path) -> Tokenizer:
    """BERT's uncased tokenizer (https://arxiv.org/abs/1810.04805) over a list of word pieces."""
    pieces = path.read_text("utf-8").splitlines()
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))  # noqa: S106
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [(mark, vocabulary[mark]) for mark in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=ends
    )
    return tokenizer


def _window(folder: Path, config: dict[str, Any]) -> int:
    said = _read(folder / "sentence_bert_config.json").get("max_seq_length")
    return int(said or min(config.get("max_position_embeddings") or _WINDOW, _WINDOW))


def _first(prompts: dict[str, str] | None, names: tuple[str, ...]) -> str:
    return next((prompts[name] for name in names if name in prompts), "") if prompts else ""


def _read(path: Path) -> dict[str, Any]:
    try:
        return cast("dict[str, Any]", json.loads(path.read_text("utf-8")))
    except (OSError, ValueError):
        return {}
