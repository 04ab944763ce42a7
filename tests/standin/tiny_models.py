"""Tiny random models on disk, made as real ones are: they generate and embed, and mean nothing."""

import importlib
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

WORDS = (
    "you decide answer the question evidence returns racks 30 days oslo hello calls name".split()
)
SPECIAL = {
    "unk_token": "[UNK]",
    "pad_token": "[PAD]",
    "bos_token": "<s>",
    "eos_token": "</s>",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
}
CHAT_TEMPLATE = (
    "{% for m in messages %}<s> {{ m['role'] }} {{ m['content'] }} </s> {% endfor %}"
    "{% if add_generation_prompt %}<s> assistant {% endif %}"
)


def needs_local() -> None:
    """Skip without the extra `local`, or fail where every test must run."""
    if find_spec("torch") and find_spec("sentence_transformers"):
        return
    missing = "The extra `local` is missing: `make extras` brings it."
    if os.environ.get("REQUIRE_ALL_TESTS") == "1":  # noqa: TID251  # a test run's own switch
        pytest.fail(missing)
    pytest.skip(missing)


def _tokenizer(folder: Path, *, template: str | None) -> Any:
    tokenizers: Any = importlib.import_module("tokenizers")
    transformers: Any = importlib.import_module("transformers")
    pieces = [*SPECIAL.values(), *WORDS, *map(chr, range(33, 127))]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    model = tokenizers.models.WordLevel(vocabulary, unk_token=SPECIAL["unk_token"])
    words = tokenizers.Tokenizer(model)
    words.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    made = transformers.PreTrainedTokenizerFast(
        tokenizer_object=words,
        **SPECIAL,
        model_max_length=64 if template is None else 4096,
        chat_template=template,
    )
    made.save_pretrained(str(folder))
    return made


def tiny_llama(folder: Path, *, context: int = 4096) -> str:
    """A Llama of one layer with a chat template."""
    transformers: Any = importlib.import_module("transformers")
    torch: Any = importlib.import_module("torch")
    torch.manual_seed(7)
    tokenizer = _tokenizer(folder, template=CHAT_TEMPLATE)
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=context,
        bos_token_id=2,
        eos_token_id=3,
        pad_token_id=1,
    )
    transformers.LlamaForCausalLM(config).save_pretrained(str(folder))
    return str(folder)


def _bert(folder: Path, kind: str, **more: int) -> None:
    transformers: Any = importlib.import_module("transformers")
    torch: Any = importlib.import_module("torch")
    torch.manual_seed(7)
    tokenizer = _tokenizer(folder, template=None)
    config = transformers.BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=64,
        **more,
    )
    getattr(transformers, kind)(config).save_pretrained(str(folder))


def tiny_bert(folder: Path) -> str:
    """A sentence-transformers model of 16 dimensions that reads 64 tokens."""
    sentence_transformers: Any = importlib.import_module("sentence_transformers")
    bare = folder / "bare"
    _bert(bare, "BertModel")
    models: Any = importlib.import_module("sentence_transformers.models")
    words = models.Transformer(str(bare), max_seq_length=64)
    pooled = models.Pooling(words.get_word_embedding_dimension())
    sentence_transformers.SentenceTransformer(modules=[words, pooled], device="cpu").save(
        str(folder / "tiny-bert")
    )
    return str(folder / "tiny-bert")


def tiny_cross_encoder(folder: Path) -> str:
    """A BERT that gives one score to a pair of texts."""
    _bert(folder, "BertForSequenceClassification", num_labels=1)
    return str(folder)
