"""The TEI client against the stand-in: order, batches, and texts that are refused, not cut."""

import asyncio
import math
import socket
from collections.abc import Callable
from typing import Any

import pytest
from standin_tei import DIMENSION, StartTei

from serving.config.models import EmbeddingsSettings, RerankerSettings
from serving.config.settings import Settings
from serving.models.endpoint.endpoint import CallPolicy
from serving.models.text.tei import TeiEmbeddings, TeiReranker
from serving.parts.models import reranker as open_reranker, served_embeddings as open_embeddings
from tools.errors import BadInput, DocsqlError, Unavailable

TEXTS = [f"rack number {number}" for number in range(7)]


async def test_vectors_come_in_the_order_of_the_texts(tei_server: StartTei) -> None:
    server = tei_server(batch_size=3)
    embeddings = TeiEmbeddings(server.url + "/")
    vectors = embeddings.embed_documents(TEXTS)
    assert await embeddings.aembed_documents(TEXTS) == vectors
    assert [await embeddings.aembed_query(text) for text in TEXTS] == vectors
    assert embeddings.embed_query(TEXTS[4]) == vectors[4]
    assert {len(vector) for vector in vectors} == {DIMENSION}
    assert all(math.isclose(math.hypot(*vector), 1) for vector in vectors)
    assert [len(body["inputs"]) for body in server.requests[:3]] == [3, 3, 1]


async def test_every_request_forbids_cutting(tei_server: StartTei) -> None:
    server = tei_server()
    await TeiEmbeddings(server.url).aembed_query("rack")
    await TeiReranker(server.url).rerank("rack", ["rack"])
    assert [body["truncate"] for body in server.requests] == [False, False]


def test_the_model_and_its_dimension_are_asked_for(tei_server: StartTei) -> None:
    server = tei_server()
    embeddings = TeiEmbeddings(server.url)
    assert (embeddings.model_id, embeddings.dimension) == ("stand-in/tei", DIMENSION)
    assert TeiReranker(server.url).model_id == "stand-in/tei"
    assert embeddings.dimension == DIMENSION
    assert len(server.requests) == 1


async def test_nothing_to_do_asks_nobody() -> None:
    nobody = "http://127.0.0.1:1"
    assert TeiEmbeddings(nobody).embed_documents([]) == []
    assert await TeiEmbeddings(nobody).aembed_documents([]) == []
    assert await TeiReranker(nobody).rerank("rack", []) == []


@pytest.mark.parametrize("status", [413, 422])
async def test_a_text_that_is_too_long_is_named_by_its_length(
    tei_server: StartTei, status: int
) -> None:
    server = tei_server(input_tokens=5, too_long_status=status)
    long = "word " * 400
    embeddings = TeiEmbeddings(server.url)
    with pytest.raises(BadInput, match="2,000 characters"):
        embeddings.embed_query(long)
    with pytest.raises(BadInput, match="2,000 characters, the longest of 2"):
        embeddings.embed_documents(["short", long])
    with pytest.raises(BadInput, match=r"2,000 characters.*less than 5 tokens"):
        await embeddings.aembed_documents(["short", long])
    with pytest.raises(BadInput, match="no room for a passage in the 5 that the reranker reads"):
        await TeiReranker(server.url).rerank("word", [long])


async def test_scores_come_in_the_order_of_the_texts_across_batches(tei_server: StartTei) -> None:
    server = tei_server(batch_size=2)
    texts = ["nothing of it", "the rack price", "a rack", "price of a rack", "price"]
    scores = await TeiReranker(server.url).rerank("rack price", texts)
    assert scores == [0.0, 1.0, 0.5, 1.0, 0.5]
    assert [len(body["texts"]) for body in server.requests] == [2, 2, 1]


REFUSALS: list[tuple[dict[str, Any], str, type[DocsqlError], str]] = [
    ({"is_overloaded": True}, "rack", Unavailable, "is overloaded"),
    ({"api_key": "right"}, "rack", Unavailable, "refused the API key"),
    ({}, "", BadInput, "may be empty"),
]


@pytest.mark.parametrize(("limits", "text", "error", "told"), REFUSALS)
async def test_a_refusal_names_the_server_and_who_must_act(
    tei_server: StartTei, limits: dict[str, Any], text: str, error: type[DocsqlError], told: str
) -> None:
    server = tei_server(**limits)
    embeddings = TeiEmbeddings(server.url)
    with pytest.raises(error, match=told) as raised:
        await embeddings.aembed_query(text)
    assert server.url in str(raised.value)
    with pytest.raises(error, match=told):
        embeddings.embed_query(text)


async def test_the_right_key_opens(tei_server: StartTei) -> None:
    server = tei_server(api_key="right")
    assert len(await TeiEmbeddings(server.url, api_key="right").aembed_query("rack")) == DIMENSION


def test_a_server_that_is_not_there_is_explained() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    embeddings = TeiEmbeddings(url)
    ways: list[Callable[[], Any]] = [
        lambda: embeddings.embed_query("rack"),
        lambda: embeddings.embed_documents(["rack"]),
        lambda: embeddings.model_id,
        lambda: asyncio.run(embeddings.aembed_documents(["rack"])),
        lambda: asyncio.run(TeiReranker(url).rerank("rack", ["rack"])),
    ]
    for way in ways:
        with pytest.raises(Unavailable, match=r"cannot be reached .*check that it runs") as raised:
            way()
        assert url in str(raised.value)


def test_a_silent_server_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Unavailable, match="did not answer in time"):
            TeiEmbeddings(url, policy=CallPolicy(silence_s=0.2)).embed_query("rack")


def test_tokens_are_counted_with_those_that_the_model_adds(tei_server: StartTei) -> None:
    server = tei_server(batch_size=2, input_tokens=8)
    embeddings = TeiEmbeddings(server.url)
    assert embeddings.count_tokens(["one", "one two", "one two three"]) == [3, 4, 5]
    assert embeddings.longest_text() == 8
    assert embeddings.count_tokens([]) == []
    assert [len(body["inputs"]) for body in server.requests] == [2, 1]


async def test_ingestion_and_questions_ask_no_more_at_once_than_is_set(
    tei_server: StartTei,
) -> None:
    server = tei_server()
    server.delay_s = 0.02
    dense = EmbeddingsSettings(url=server.url, at_once=3)
    sorting = RerankerSettings(url=server.url, at_once=2)
    settings = Settings(embeddings=dense, reranker=sorting)
    model, reranker = open_embeddings(settings), open_reranker(settings)
    assert model is not None
    assert reranker is not None
    await asyncio.gather(
        *(asyncio.to_thread(model.embed_documents, ["rack"]) for _ in range(10)),
        *(model.aembed_query("rack") for _ in range(10)),
    )
    assert server.most_at_once == 3
    server.most_at_once = 0
    await asyncio.gather(*(reranker.rerank("rack", ["rack"]) for _ in range(10)))
    assert server.most_at_once == 2


async def test_a_setting_says_how_often_a_server_is_asked(tei_server: StartTei) -> None:
    server = tei_server()
    server.fails = [429]
    model = open_embeddings(Settings(embeddings=EmbeddingsSettings(url=server.url, tries=1)))
    assert model is not None
    with pytest.raises(Unavailable, match="is overloaded"):
        await model.aembed_query("rack")
