"""Models in this process: random weights on disk, really loaded and really run."""

import asyncio
import math
import threading
import time
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from tiny_models import needs_local, tiny_bert, tiny_cross_encoder, tiny_llama

from serving.models.chat.local import local_chat
from serving.models.text.local import LocalReranker, local_embeddings
from tools.errors import BadInput, Unavailable

ASKED = [SystemMessage("You answer."), HumanMessage("racks ?")]
SEARCH = {
    "type": "function",
    "function": {
        "name": "search",
        "description": "Find passages.",
        "parameters": {"type": "object", "properties": {"query": {"type": "string"}}},
    },
}

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> str:
    needs_local()
    return tiny_llama(tmp_path_factory.mktemp("llama"))


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> str:
    needs_local()
    return tiny_bert(tmp_path_factory.mktemp("bert"))


async def test_a_model_on_disk_generates_and_says_what_it_cost(llama: str) -> None:
    chat = local_chat(llama, max_tokens=12)
    whole: AIMessage = await chat.ainvoke(ASKED)
    pieces = [piece async for piece in chat.astream(ASKED)]
    assert whole.text
    assert "".join(piece.text for piece in pieces) == whole.text
    assert len([piece for piece in pieces if piece.text]) > 1
    assert whole.usage_metadata is not None
    assert whole.usage_metadata["output_tokens"] <= 12
    assert whole.response_metadata["finish_reason"] in ("length", "stop")


async def test_sampling_is_the_callers(llama: str) -> None:
    chat = local_chat(llama, max_tokens=16, temperature=0.0)
    greedy = {(await chat.ainvoke(ASKED)).text for _ in range(2)}
    sampled = {
        (await chat.bind(temperature=1.9, max_tokens=20).ainvoke(ASKED)).text for _ in range(4)
    }
    assert len(greedy) == 1
    assert len(sampled) > 1


async def test_tools_are_told_in_the_prompt_and_nonsense_is_no_call(llama: str) -> None:
    reply: AIMessage = await local_chat(llama, max_tokens=8).bind_tools([SEARCH]).ainvoke(ASKED)
    assert reply.tool_calls == []
    assert len(reply.invalid_tool_calls) == 1


async def test_leaving_stops_the_model(llama: str) -> None:
    chat = local_chat(llama, max_tokens=3000)
    before = threading.active_count()
    began = time.monotonic()
    async with asyncio.timeout(60):
        async for piece in chat.astream(ASKED):
            if piece.text:
                break
    # Whoever asks next waits until the one before has stopped.
    assert (await chat.bind(max_tokens=2).ainvoke(ASKED)).usage_metadata
    assert time.monotonic() - began < 60
    assert threading.active_count() <= before + 2


async def test_what_does_not_fit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    needs_local()
    chat = local_chat(tiny_llama(tmp_path, context=32), max_tokens=30)
    with pytest.raises(BadInput, match="reads 32 tokens"):
        await chat.ainvoke(ASKED)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    needs_local()
    with pytest.raises(Unavailable, match=r"DOCSQL_CHAT__MODEL is .*nothing-here.*no model"):
        local_chat(str(tmp_path / "nothing-here"))


async def test_texts_become_vectors_of_length_one(bert: str) -> None:
    embeddings = local_embeddings(bert)
    texts = ["racks", "30 days", "hello oslo"]
    vectors = embeddings.embed_documents(texts)
    assert (embeddings.model_id, embeddings.dimension) == ("tiny-bert", 16)
    assert all(math.isclose(math.hypot(*vector), 1, rel_tol=1e-4) for vector in vectors)
    assert await embeddings.aembed_query("racks") == pytest.approx(vectors[0], abs=1e-5)
    with pytest.raises(BadInput, match="tokens, and the model reads 64"):
        embeddings.embed_documents(["short", "racks " * 80])
    with pytest.raises(BadInput, match="reads 64"):
        embeddings.embed_query("racks " * 80)


async def test_a_cross_encoder_scores_each_text(tmp_path: Path) -> None:
    needs_local()
    reranker = LocalReranker(tiny_cross_encoder(tmp_path))
    scores = await reranker.rerank("racks ?", ["30 days", "hello", "oslo racks"])
    assert len(scores) == 3
    assert all(0 <= score <= 1 for score in scores)
    assert await reranker.rerank("racks ?", []) == []
    # Beside the question 64 tokens have no room for these: the best part is what counts.
    [long] = await reranker.rerank("racks ?", ["hello oslo racks 30 days " * 30])
    assert 0 <= long <= 1
    # What fits is judged whole, however long the question.
    assert len(await reranker.rerank("racks " * 56, ["hello"])) == 1
    with pytest.raises(BadInput, match="no room for a passage in the 64 that the reranker reads"):
        await reranker.rerank("racks " * 80, ["hello"])
