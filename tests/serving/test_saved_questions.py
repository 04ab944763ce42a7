"""Saved questions over HTTP: whose they are, and what a link gives."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest
from docsql_process import Folder, Service

from serving.conversations.saved import MOST, SavedBook
from serving.conversations.store import open_threads
from tools.caller import Caller
from tools.errors import BadInput, UnknownName

COUNT, SUM = "How many repairs are there?", "What do repairs cost?"
As = Callable[[str], httpx.Client]


@pytest.fixture(scope="module")
def as_(tmp_path_factory: pytest.TempPathFactory, shop_settings: dict[str, str]) -> Iterator[As]:
    """Clients of people with keys of their own."""
    folder = Folder(tmp_path_factory.mktemp("saved"), shop_settings)
    with ExitStack() as open_ones:
        running: Service = open_ones.enter_context(folder.serving())
        known: dict[str, httpx.Client] = {}

        def client(name: str) -> httpx.Client:
            if name not in known:
                scope = "documents:read" if name == "reader" else "ask"
                key = folder.run("keys", "create", name, "--scopes", scope).stdout.strip()
                sent = {"Authorization": f"Bearer {key}"}
                known[name] = open_ones.enter_context(
                    httpx.Client(base_url=running.url, headers=sent, trust_env=False, timeout=30)
                )
            return known[name]

        yield client


def save(client: httpx.Client, question: str) -> str:
    saved = client.post("/saved-questions", json={"question": question})
    assert saved.status_code == 201, saved.text
    return saved.json()["id"]


def listed(client: httpx.Client) -> list[str]:
    return [one["question"] for one in client.get("/saved-questions").json()["questions"]]


def test_each_person_lists_and_deletes_their_own(as_: As) -> None:
    ann, ben = as_("ann"), as_("ben")
    first, second = save(ann, COUNT), save(ann, f"  {SUM} ")
    save(ben, COUNT)
    assert save(ann, COUNT) == first, "a question is kept once"
    assert (listed(ann), listed(ben)) == ([SUM, COUNT], [COUNT])
    refused = ben.delete(f"/saved-questions/{first}")
    assert (refused.status_code, listed(ann)) == (404, [SUM, COUNT])
    assert ann.delete(f"/saved-questions/{first}").status_code == 204
    assert ann.delete(f"/saved-questions/{first}").status_code == 404
    assert listed(ann) == [SUM]
    assert ann.delete(f"/saved-questions/{second}").status_code == 204


def test_a_link_gives_the_question_and_not_whose_it_is_until_it_is_deleted(as_: As) -> None:
    ann, ben = as_("ann"), as_("ben")
    id_ = save(ann, COUNT)
    found = ben.get(f"/saved-questions/{id_}")
    assert found.json() == {"id": id_, "question": COUNT}
    ann.delete(f"/saved-questions/{id_}")
    assert ben.get(f"/saved-questions/{id_}").status_code == 404


def test_nobody_reads_a_link_without_a_key_that_may_ask(as_: As) -> None:
    id_ = save(as_("ann"), COUNT)
    stranger = httpx.get(as_("ann").base_url.join(f"/saved-questions/{id_}"), trust_env=False)
    assert stranger.status_code == 401
    assert as_("reader").get(f"/saved-questions/{id_}").status_code == 403
    assert as_("reader").post("/saved-questions", json={"question": COUNT}).status_code == 403


@pytest.mark.parametrize("body", [{}, {"question": " "}, {"question": "x" * 8_001}, {"q": "x"}])
def test_what_is_no_question_is_not_saved(as_: As, body: dict[str, str]) -> None:
    assert as_("cleo").post("/saved-questions", json=body).status_code == 422
    assert listed(as_("cleo")) == []


async def test_nobody_fills_the_database(tmp_path: object) -> None:
    ann, ben = Caller("ann"), Caller("ben")
    async with open_threads(f"{tmp_path}/threads.db") as threads:
        book = SavedBook(threads)
        for at in range(MOST):
            await book.keep(f"Question {at}?", caller=ann)
        with pytest.raises(BadInput, match="Delete some first"):
            await book.keep("One more?", caller=ann)
        assert (await book.keep("One more?", caller=ben)).question == "One more?"
        with pytest.raises(UnknownName, match="no saved question 'x'"):
            await book.shared("x")
