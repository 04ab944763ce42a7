"""Uploading, listing, showing and deleting documents over HTTP, on a service of this module's own."""

import io
import json
import socket
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from docsql_process import Folder, Service, events_in

from serving.client import ServiceClient, ServiceError
from serving.wire.question import Question

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One that takes 2 MB and three files at once."""
    settings = {
        "DOCSQL_SERVICE__PORT": "0",
        "DOCSQL_DOCUMENTS__UPLOAD_MB": "2",
        "DOCSQL_DOCUMENTS__UPLOAD_FILES": "3",
    }
    with Folder(tmp_path_factory.mktemp("uploads"), settings).serving() as running:
        yield running


@pytest.fixture
def http(service: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, trust_env=False, timeout=60) as client:
        yield client


def _post(http: httpx.Client, *files: tuple[str, bytes], **form: Any) -> httpx.Response:
    return http.post("/documents", data=form, files=[("file", file) for file in files])


def _sources(http: httpx.Client, **asked: Any) -> list[str]:
    return [each["source"] for each in http.get("/documents", params=asked).json()]


def _waiting_files(service: Service) -> list[Path]:
    return list((service.folder.data / "uploads").rglob("*"))


def test_documents_are_uploaded_asked_about_shown_and_deleted(
    service: Service, tmp_path: Path
) -> None:
    bell = tmp_path / "bell.md"
    bell.write_text("# Bells\n\nA bell weighs 80 grams.\n", encoding="utf-8")
    with ServiceClient(service.url) as client:
        (first,) = client.upload([(bell, "parts/bell.md")], collection="parts")
        (again,) = client.upload([(bell, "parts/bell.md")], collection="parts")
        assert (first.outcome, first.source) == ("added", "parts/bell.md")
        assert again.outcome == "unchanged"
        assert [document.id for document in client.documents(collection="parts")] == [
            first.document_id
        ]
        assert "80 grams" in client.document(first.document_id).passages[0].text
        answer = client.ask(
            Question(question="What does a bell weigh?", collections=["parts"], mode="documents")
        )
        assert "80 grams" in answer.answer
        gone = client.delete(first.document_id)
        assert (gone.source, gone.deleted_passages) == ("parts/bell.md", 1)
        for nobody in (first.document_id, "", "a/b", "../threads"):
            with pytest.raises(ServiceError, match="There is no document"):
                client.document(nobody)
            with pytest.raises(ServiceError, match="There is no document"):
                client.delete(nobody)
    assert not list((service.folder.data / "files").glob("*"))
    assert not _waiting_files(service)


def test_a_root_tells_files_of_one_name_apart(http: httpx.Client, service: Service) -> None:
    for root in ("/data/hr", "/data/it", ""):
        reply = _post(http, ("readme.md", root.encode() + b" words"), collection="r", root=root)
        assert reply.json()["files"][0]["outcome"] == "added"
    again = _post(http, ("readme.md", b"other words"), collection="r", root="/data/it")
    too_long = _post(http, ("readme.md", b"words"), collection="r", root="x" * 5_000)

    assert again.json()["files"][0]["outcome"] == "replaced"
    assert _sources(http, collection="r") == ["readme.md"] * 3
    assert too_long.status_code == 400
    assert not _waiting_files(service)


def test_folders_that_are_sent_to_the_service_keep_their_documents(
    service: Service, tmp_path: Path
) -> None:
    for name in ("hr", "it"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "readme.md").write_text(f"About {name}.", encoding="utf-8")
        service.folder.run("ingest", str(tmp_path / name), "--collection", "sent")
    (tmp_path / "hr" / "readme.md").rename(tmp_path / "hr" / "other.md")
    pruned = service.folder.run("ingest", str(tmp_path / "hr"), "--collection", "sent", "--prune")

    assert pruned.stdout.count("forgotten") == 1
    with ServiceClient(service.url) as client:
        texts = [
            client.document(document.id).passages[0].text
            for document in client.documents(collection="sent")
        ]
    assert sorted(texts) == ["About hr.", "About it."]


def test_a_programs_own_file_is_no_name_for_a_document(http: httpx.Client) -> None:
    reply = _post(http, ("~$plan.docx", b"x"), ("a.txt", b"Ants walk."), collection="own")

    assert reply.status_code == 400
    assert "~$plan.docx" in reply.json()["error"]


def test_several_files_are_one_upload_with_an_outcome_each(http: httpx.Client) -> None:
    reply = _post(
        http, ("a.txt", b"Ants walk."), ("b.bin", b"\0\1"), ("c.txt", b""), collection="several"
    )

    assert reply.status_code == 200
    assert reply.json()["collection"] == "several"
    assert [(f["source"], f["outcome"], f["is_unsupported"]) for f in reply.json()["files"]] == [
        ("a.txt", "added", False),
        ("b.bin", "failed", True),
        ("c.txt", "failed", False),
    ]
    assert _sources(http, collection="several") == ["a.txt"]


def test_a_quotation_mark_in_a_file_name_stays(http: httpx.Client) -> None:
    sent = _post(http, ('the "old" ants.md', b"# Ants\n\nOld ants walk."), collection="quoted")
    assert [each["source"] for each in sent.json()["files"]] == ['the "old" ants.md']
    assert _sources(http, collection="quoted") == ['the "old" ants.md']


def test_a_thread_keeps_what_was_uploaded_in_it(http: httpx.Client) -> None:
    files = [("file", ("ant.txt", b"Ants walk.")), ("file", ("b.bin", b"\0\1"))]
    events = {"Accept": "text/event-stream"}
    sent = http.post("/documents", params={"thread_id": "kept"}, files=files)
    http.post("/documents", params={"thread_id": "kept"}, files=files[:1], headers=events)
    content = http.get("/threads/kept").json()
    assert content["thread"]["title"] == "ant.txt, b.bin"
    first, second = (each["report"] for each in content["uploads"])
    assert first == sent.json()
    listed = {each["source"]: each["is_own"] for each in http.get("/documents").json()}
    assert listed["ant.txt"]
    assert [each["outcome"] for each in second["files"]] == ["unchanged"]
    asked = {"thread_id": "kept", "has_question": True}
    http.post("/documents", params=asked, files=files[:1])
    uploads = http.get("/threads/kept").json()["uploads"]
    assert [each["has_question"] for each in uploads] == [False, False, True]
    http.post("/agent/invoke", json={"input": {"question": "Hello!", "thread_id": "kept"}})
    assert len(http.get("/threads/kept").json()["uploads"]) == 3
    assert http.delete("/threads/kept").json()["deleted"]["additions"] == 3


def test_progress_comes_as_events_while_files_are_done(http: httpx.Client) -> None:
    reply = http.post(
        "/documents",
        data={"collection": "events"},
        files=[("file", ("a.txt", b"Ants walk.")), ("file", ("b.bin", b"\0"))],
        headers={"Accept": "text/event-stream"},
    )

    assert reply.headers["content-type"].startswith("text/event-stream")
    events = events_in(reply.text)
    assert [(e["event"], e.get("number"), e.get("total")) for e in events] == [
        ("file", 1, 2),
        ("file", 2, 2),
        ("finished", None, None),
    ]
    assert [event["outcome"]["outcome"] for event in events[:2]] == ["added", "failed"]
    assert events[2]["report"]["files"] == [event["outcome"] for event in events[:2]]


REFUSED = [
    pytest.param([("song.mp3", b"ID3\3")], 415, ".mp3 files cannot be read", id="a type by name"),
    pytest.param([("a.txt", b"{\\rtf1 hi}")], 415, ".rtf files cannot be read", id="by content"),
    pytest.param([("a.pdf", b"%PDF-1.4 broken")], 422, "damaged", id="a damaged file"),
    pytest.param([("a.txt", bytes(3 * MEGABYTE))], 413, "at most 2 MB", id="too large"),
    pytest.param([("a.txt", b"x")] * 4, 413, "at most 3 files", id="too many"),
    pytest.param([("a.txt", b"x")] * 9, 413, "Too many files", id="far too many"),
    pytest.param([("a.txt", b"x")] * 2, 400, "Two files have the same name", id="one name twice"),
]


@pytest.mark.parametrize(("files", "status", "said"), REFUSED)
def test_an_upload_that_cannot_be_taken_says_why_and_leaves_nothing(
    service: Service, http: httpx.Client, files: list[tuple[str, bytes]], status: int, said: str
) -> None:
    reply = _post(http, *files, collection="refused")

    assert (reply.status_code, reply.json()["act"]) == (status, "you")
    assert said in reply.json()["error"]
    assert _sources(http, collection="refused") == []
    assert not _waiting_files(service)


def _bomb() -> bytes:
    """A .docx of 100 kB that unpacks to 600 MB, as it says."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<a/>")
        with archive.open("word/media", "w") as media:
            for _ in range(600):
                media.write(bytes(MEGABYTE))
    return packed.getvalue()


def test_an_upload_that_would_fill_the_memory_leaves_nothing(
    service: Service, http: httpx.Client
) -> None:
    reply = _post(http, ("a.docx", _bomb()), collection="refused")

    assert (reply.status_code, reply.json()["act"]) == (422, "you")
    assert "would unpack to more than 500 MB" in reply.json()["error"]
    assert _sources(http, collection="refused") == []
    assert not _waiting_files(service)


NAMES = ["../x.md", "/etc/x.md", ".hidden.md", "a/../../x.md", "a\tb.md", "a" * 300, "a/" * 600]


@pytest.mark.parametrize("source", NAMES)
def test_an_upload_under_an_impossible_name_is_refused(http: httpx.Client, source: str) -> None:
    reply = _post(http, ("x.md", b"text"), source=source)

    assert reply.status_code == 400
    assert "is not a valid document name" in reply.text or "cannot be stored" in reply.text


def test_what_is_no_form_is_refused(http: httpx.Client) -> None:
    plain = http.post("/documents", content=b"text", headers={"Content-Type": "text/plain"})
    empty = http.post("/documents", files={"other": ("x.md", b"text")})
    broken = http.post(
        "/documents", content=b"text", headers={"Content-Type": "multipart/form-data"}
    )

    assert [reply.status_code for reply in (plain, empty, broken)] == [415, 400, 400]


def test_an_upload_without_a_length_is_stopped_at_the_limit(http: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        yield b'--p\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        for _ in range(100):
            yield bytes(MEGABYTE // 10)
        yield b"\r\n--p--\r\n"

    reply = http.post(
        "/documents",
        content=endless(),
        headers={"Content-Type": "multipart/form-data; boundary=p"},
    )

    assert reply.status_code == 413


def test_an_upload_that_breaks_off_leaves_nothing(service: Service, http: httpx.Client) -> None:
    where = urlsplit(service.url)
    head = (
        "POST /documents HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n"
        "Content-Type: multipart/form-data; boundary=p\r\n\r\n"
        '--p\r\nContent-Disposition: form-data; name="file"; filename="half.txt"\r\n\r\nHalf'
    )
    with socket.create_connection((where.hostname or "", where.port or 0)) as line:
        line.sendall(head.encode())

    assert http.get("/health").status_code == 200
    assert "half.txt" not in _sources(http)
    assert not _waiting_files(service)


def test_a_list_comes_in_pages(http: httpx.Client) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        assert _post(http, (name, name.encode()), collection="paged").status_code == 200

    first = http.get("/documents", params={"collection": "paged", "limit": 2})
    second = http.get(first.links["next"]["url"])

    assert first.headers["X-Total-Count"] == second.headers["X-Total-Count"] == "3"
    assert [d["source"] for d in (*first.json(), *second.json())] == ["a.txt", "b.txt", "c.txt"]
    assert "next" not in second.links


def test_a_passage_is_shown_among_its_neighbours_and_its_file_is_at_hand(
    http: httpx.Client,
) -> None:
    text = "\n\n".join(f"# Part {n}\n\nPart {n} is about racks." for n in range(9)).encode()
    report = _post(http, ("parts.md", text), collection="context").json()
    identity = report["files"][0]["document_id"]
    passages = http.get(f"/documents/{identity}").json()["passages"]

    shown = http.get(f"/documents/{identity}/passages/{passages[4]['id']}?around=2").json()
    edge = http.get(f"/documents/{identity}/passages/{passages[0]['id']}").json()
    unknown = http.get(f"/documents/{identity}/passages/nothing")

    assert [(p["ordinal"], p["is_quoted"]) for p in shown["passages"]] == [
        (2, False),
        (3, False),
        (4, True),
        (5, False),
        (6, False),
    ]
    assert [p["ordinal"] for p in edge["passages"]] == [0, 1]
    assert unknown.status_code == 404
    file = http.get(shown["file"])
    assert file.content == text
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.headers["x-content-type-options"] == "nosniff"


def test_a_pdf_opens_in_the_browser_at_the_page_of_its_passage(
    http: httpx.Client, demo_pdf: Path
) -> None:
    (taken,) = _post(http, (demo_pdf.name, demo_pdf.read_bytes())).json()["files"]
    passages = http.get(f"/documents/{taken['document_id']}").json()["passages"]
    last = passages[-1]

    shown = http.get(f"/documents/{taken['document_id']}/passages/{last['id']}").json()

    assert last["page"] > 1
    assert shown["file"] == f"/documents/{taken['document_id']}/file#page={last['page']}"
    file = http.get(shown["file"])
    assert file.headers["content-type"] == "application/pdf"
    assert file.headers["content-disposition"].startswith("inline")
    assert file.content == demo_pdf.read_bytes()


@pytest.fixture(scope="module")
def demo_pdf() -> Path:
    return Path(__file__).parents[2] / "deployment/demo/documents/data-centre-handbook.pdf"


def test_ingest_through_the_service_says_the_same_as_without(
    service: Service, tmp_path: Path
) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.txt").write_text(f"Rack {number}.", encoding="utf-8")
    (folder / "song.mp3").write_bytes(b"ID3")
    (folder / "large.txt").write_bytes(b"a " * 2 * MEGABYTE)

    taken = service.folder.run("ingest", str(folder), "--collection", "through", "--json")
    ray = service.folder.run("ingest", str(folder), "--workers", "ray://local")

    assert taken.returncode == 1, taken.stderr
    assert {each["source"]: each["outcome"] for each in json.loads(taken.stdout)} == {
        **{f"{number}.txt": "added" for number in range(5)},
        "song.mp3": "failed",
        "large.txt": "failed",
    }
    assert ray.returncode == 1
    assert "parses files itself" in ray.stderr


def test_a_document_that_is_uploaded_six_times_at_once_ends_as_one_of_them(
    http: httpx.Client,
) -> None:
    versions = [f"Version {number} of the plan." for number in range(6)]

    def send(text: str) -> httpx.Response:
        return _post(http, ("plan.txt", text.encode()), collection="race")

    with ThreadPoolExecutor(6) as threads:
        replies = list(threads.map(send, versions))

    assert {reply.status_code for reply in replies} == {200}
    (document,) = http.get("/documents", params={"collection": "race"}).json()
    passages = http.get(f"/documents/{document['id']}").json()["passages"]
    assert len(passages) == 1
    assert passages[0]["text"] in versions
    assert http.get(f"/documents/{document['id']}/file").text == passages[0]["text"]
