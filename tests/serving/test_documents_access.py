"""The caller's groups on what is uploaded, and behind every address of a document."""

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from docsql_process import Folder

SCOPES = "ask,documents:read,documents:write"
SECRET = ("bonus.md", b"# Bonus\n\nThe bonus budget is 7 quetzal feathers.")


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, httpx.Client]]:
    """Two callers of one service, each in a group of its own."""
    settings = {"DOCSQL_SERVICE__PORT": "0", "DOCSQL_DOCUMENTS__ACCESS_CONTROL": "true"}
    folder = Folder(tmp_path_factory.mktemp("groups"), settings)
    keys = {
        group: folder.run("keys", "create", group, "--groups", group, "--scopes", SCOPES)
        for group in ("finance", "hr")
    }
    with folder.serving() as service, ExitStack() as stack:
        yield {
            group: stack.enter_context(
                httpx.Client(
                    base_url=service.url,
                    headers={"Authorization": f"Bearer {made.stdout.split()[0]}"},
                    trust_env=False,
                    timeout=60,
                )
            )
            for group, made in keys.items()
        }


def test_what_a_caller_uploads_is_for_the_callers_groups_alone(
    clients: dict[str, httpx.Client],
) -> None:
    insider, outsider = clients["finance"], clients["hr"]
    taken = insider.post("/documents", files={"file": SECRET}).json()["files"][0]
    (document,) = insider.get("/documents").json()
    (passage,) = insider.get(f"/documents/{document['id']}").json()["passages"]
    address = f"/documents/{document['id']}"

    assert (document["id"], document["groups"]) == (taken["document_id"], ["finance"])
    assert outsider.get("/documents").json() == []
    assert outsider.get("/documents").headers["X-Total-Count"] == "0"
    for hidden in (address, f"{address}/file", f"{address}/passages/{passage['id']}"):
        assert insider.get(hidden).status_code == 200
        assert outsider.get(hidden).status_code == 404
    assert outsider.delete(address).status_code == 404
    assert insider.get(address).json()["passages"] == [passage]


def test_who_does_not_see_a_document_cannot_tell_that_its_name_is_taken(
    clients: dict[str, httpx.Client],
) -> None:
    """The same steps with a name that a hidden document has, and with a new one."""
    insider, outsider = clients["finance"], clients["hr"]
    kept = ("taken.md", b"# Secret\n\nSeven quetzal feathers.")
    taken = insider.post("/documents", files={"file": kept}).json()["files"][0]

    def told(name: str) -> list[object]:
        """All responses to the outsider, without ids and times."""
        sent = [
            (name, b"# Mine\n\nThese are the words."),
            (name, b"# Mine\n\nThese are the words."),
            (name, b"# Mine\n\nThese are the others."),
        ]
        said: list[object] = []
        for file in [*sent, (name, b"MZ\0")]:
            answer = outsider.post("/documents", files={"file": file})
            outcome = {**answer.json()["files"][0]}
            said += [answer.status_code, outcome.pop("document_id") == taken["document_id"]]
            said.append({key: str(value).replace(name, "NAME") for key, value in outcome.items()})
        (mine,) = [each for each in outsider.get("/documents").json() if each["source"] == name]
        said += [mine["groups"], mine["passages"]]
        said.append(outsider.delete(f"/documents/{mine['id']}").json()["deleted_passages"])
        said.append(outsider.get(f"/documents/{mine['id']}").status_code)
        return said

    assert told("taken.md") == told("free.md")
    assert "quetzal" in insider.get(f"/documents/{taken['document_id']}").text
    again = insider.post("/documents", files={"file": kept}).json()["files"][0]
    assert (again["outcome"], again["document_id"]) == ("unchanged", taken["document_id"])


def test_a_caller_gives_documents_to_no_group_of_others(clients: dict[str, httpx.Client]) -> None:
    given = clients["hr"].post(
        "/documents", files={"file": ("rules.md", b"Rules.")}, data={"groups": "finance"}
    )

    assert given.status_code == 400
    assert "You are not a member of 'finance'" in given.json()["error"]
    assert clients["finance"].get("/documents", params={"collection": "rules"}).json() == []


def test_a_question_is_answered_from_the_documents_of_the_callers_groups_alone(
    clients: dict[str, httpx.Client],
) -> None:
    insider, outsider = clients["finance"], clients["hr"]
    insider.post("/documents", files={"file": SECRET})
    question = {"input": {"question": "What is the bonus budget?", "mode": "documents"}}
    outsider.post("/documents", files={"file": ("rules.md", b"# Bonus\n\nIt is paid in March.")})

    told = outsider.post("/agent/invoke", json=question).text
    told += outsider.post("/agent/stream", json=question).text
    told += outsider.get("/threads").text + outsider.get("/ready").text
    asked = {"input": {**question["input"], "collections": ["nowhere"]}}
    told += outsider.post("/agent/invoke", json=asked).text

    assert "quetzal" not in told
    assert "paid in March" in told
    assert "7 quetzal feathers" in insider.post("/agent/invoke", json=question).text
