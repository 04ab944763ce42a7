"""Certificates: exported, checked against the sources, and refused once anybody has changed them."""

import json
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from docsql_process import Folder, Service

from serving.certificates.certificate import Certificate
from serving.certificates.derivations import Grounds, derivations
from serving.certificates.verify import read
from serving.wire.answer import Citation, Query
from tools.errors import BadInput

COUNT = "How many repairs cost more than 50?"
RETURNS = "Within how many days may a bicycle be returned?"


@pytest.fixture(scope="module")
def asked(service: Service) -> Iterator[tuple[Service, dict[str, Any], str]]:
    """A service, and the certificate of a thread of its, as JSON and as text."""
    with httpx.Client(base_url=service.url, trust_env=False, timeout=30) as http:
        for question in (COUNT, RETURNS):
            body = {"input": {"question": question, "thread_id": "certified"}}
            assert http.post("/agent/invoke", json=body).status_code == 200
        text = http.get("/threads/certified", params={"format": "certificate"}).text
        yield service, json.loads(text), text
        http.delete("/threads/certified")


def test_a_certificate_names_what_each_number_comes_from(
    asked: tuple[Service, dict[str, Any], str],
) -> None:
    _, certificate, _ = asked
    count, returns = certificate["answers"]
    assert [number["source"] for number in count["numbers"]][-1] == "cell"
    assert count["queries"][0]["schema_fingerprint"]
    assert {number["source"] for number in returns["numbers"]} == {"passage"}
    assert "rows" not in json.dumps(count["queries"][0]["sql"])  # digests, and no data


def test_what_is_as_it_was_passes_and_what_has_changed_is_named(
    asked: tuple[Service, dict[str, Any], str], tmp_path: Path
) -> None:
    service, _, text = asked
    folder, file = service.folder, tmp_path / "certificate.json"
    file.write_text(text, encoding="utf-8")
    whole = folder.run("verify", str(file))
    assert (whole.returncode, "give the same results today" in whole.stdout) == (0, True), (
        whole.stderr
    )
    address = folder.settings["DOCSQL_DATABASES__SHOP__URL"]
    copy = shutil.copy(address.removeprefix("sqlite:///"), tmp_path / "shop.sqlite")
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("UPDATE repairs SET cost = cost + 1000")
    changed = folder.run("verify", str(file), DOCSQL_DATABASES__SHOP__URL=f"sqlite:///{copy}")
    assert changed.returncode == 1
    assert "the rows have changed (1 then and now)" in " ".join(changed.stdout.split())


def test_no_change_of_a_certificate_passes(asked: tuple[Service, dict[str, Any], str]) -> None:
    """A hundred as they were made, however they are laid out, and none of a hundred spoilt ones."""
    _, certificate, text = asked
    key, order = certificate["public_key"], random.Random(4)  # noqa: S311  # no secret
    for indent in range(100):
        names = order.sample(list(certificate), len(certificate))
        whole = json.dumps({name: certificate[name] for name in names}, indent=indent % 9 or None)
        assert isinstance(read(whole, key=key), Certificate)
    chance = random.Random(5)  # noqa: S311  # no secret
    places = list(_places(certificate))
    for _ in range(100):
        spoilt = json.loads(text)
        *way, last = chance.choice(places)
        holder = spoilt
        for step in way:
            holder = holder[step]
        holder[last] = _another(holder[last], chance)
        with pytest.raises(BadInput):
            read(json.dumps(spoilt), key=key)


def test_no_other_writing_of_a_certificate_passes(
    asked: tuple[Service, dict[str, Any], str],
) -> None:
    """What is added, left out, put in another order or written in another way is refused."""
    _, certificate, _ = asked
    text = json.dumps(certificate)
    spoilt: list[Any] = [json.loads(text) for _ in range(9)]
    spoilt[0]["answers"].pop()
    spoilt[1]["answers"].reverse()
    spoilt[2]["answers"].append(spoilt[2]["answers"][0])
    spoilt[3]["answers"][0]["numbers"].clear()
    spoilt[4]["answers"][1]["passages"].clear()
    spoilt[5]["answers"][0]["note"] = "seen"
    spoilt[6]["answers"][1]["passages"][0].pop("page")
    spoilt[7]["signature"] = certificate["signature"].upper()
    spoilt[8]["answers"][0]["queries"][0]["schema_fingerprint"] = ""
    rewritten = [
        text.replace(old, new, 1)
        for old, new in (
            ('"row_count": 1', '"row_count": 1.0'),
            ('"row_count": 1', '"row_count": "1"'),
            ('"row_count": 1', '"row_count": true'),
            ('"truncated": false', '"truncated": 0'),
            ("SELECT", "SELECT "),
            ("SELECT", "select"),
            ("How many", "How\u200b many"),
            ("How many", "How m\u0430ny"),
        )
    ]
    assert text not in rewritten
    for told in (*map(json.dumps, spoilt), *rewritten):
        with pytest.raises(BadInput):
            read(told, key=certificate["public_key"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not a valid certificate"),
        ("[]", "not a valid certificate"),
        ("", "not a valid certificate"),
        ("{}", "version: Field required"),
        ('{"version": 1, "version": 1}', "the field 'version' appears twice"),
        ('{"version": NaN}', "NaN is not a number of JSON"),
        (f'{{"version": {"1" * 5000}}}', "not a valid certificate"),
        ('{"version": 2}', "version"),
        ("[" * 200_000, "nested too deep"),
    ],
)
def test_what_is_no_certificate_is_said_to_be_none(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read(text, key="0" * 64)


def test_a_certificate_is_read_as_an_editor_saved_it_and_what_is_none_is_not(
    asked: tuple[Service, dict[str, Any], str], tmp_path: Path
) -> None:
    service, certificate, text = asked
    marked, huge, other = tmp_path / "marked.json", tmp_path / "huge.json", tmp_path / "other.json"
    marked.write_text(text.replace("\n", "\r\n"), encoding="utf-8-sig", newline="")
    key = f" {certificate['public_key'].upper()} "
    whole = service.folder.run("verify", str(marked), "--key", key)
    assert whole.returncode == 0, whole.stderr
    assert "2 answers of thread certified.\n" in whole.stdout  # no line is broken
    with huge.open("wb") as file:
        file.truncate(300 * 2**20)
    other.write_bytes(b"PK\xd2\xff")
    for path, said in ((huge, "too large for a certificate"), (other, "is not text in UTF-8")):
        refused = service.folder.run("verify", str(path))
        assert (refused.returncode, said in refused.stderr) == (1, True), refused.stderr


def test_answers_of_every_kind_pass_as_they_are(folder: Folder, documents: Path) -> None:
    """Also where rows were held back: how many there are in all is counted again."""
    settings = {"DOCSQL_DATABASES__SHOP__ROW_CAP": "3"}
    assert folder.run("ingest", str(documents), **settings).returncode == 0
    told: list[dict[str, Any]] = []
    for question in ("List all repairs", COUNT, RETURNS, "What is the average cost of repairs?"):
        asked = folder.run("ask", "--json", question, **settings)
        told.append(json.loads(asked.stdout))
        export = ("threads", "export", told[-1]["thread_id"], "--certificate")
        (folder.path / "c.json").write_text(folder.run(*export, **settings).stdout, "utf-8")
        verified = folder.run("verify", "c.json", **settings)
        assert verified.returncode == 0, verified.stdout
    assert told[0]["answer"].startswith("The first 3 of 7 rows")


def test_another_installations_certificate_needs_its_key(
    asked: tuple[Service, dict[str, Any], str], tmp_path: Path
) -> None:
    _, certificate, text = asked
    elsewhere = Folder(tmp_path)
    (tmp_path / "c.json").write_text(text, encoding="utf-8")
    refused = elsewhere.run("verify", "c.json")
    assert (refused.returncode, "`--key`" in refused.stderr) == (1, True)
    trusted = elsewhere.run("verify", "c.json", "--key", certificate["public_key"])
    assert "is not connected here" in " ".join(trusted.stdout.split())


SALES = Query(
    number=1,
    database="shop",
    sql="SELECT city, total FROM sales",
    columns=["city", "total"],
    rows=[["Oslo", "1200.50"], ["Rome", "800.00"], ["Bonn", "99.5"]],
    truncated=False,
    elapsed_s=0.0,
)
POLICY = Citation(
    number=2,
    passage_id="p",
    document_id="d",
    collection="default",
    source="policy.md",
    title="Policy",
    content_hash="",
    text="Returns are taken within 30 days, at a fee of 15 %.",
    score=1.0,
)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("Oslo sold 1,200.50 [1].", [("1,200.50", "cell")]),
        ("Rome sold 800 [1].", [("800", "cell")]),
        ("Together they sold 2,100 [1].", [("2,100", "column")]),
        ("The three cities sold on average 700 [1].", [("700", "column")]),
        ("There are 3 cities [1].", [("3", "rows")]),
        ("Within 30 days, for 15% [2].", [("30", "passage"), ("15%", "passage")]),
        ("More than 50 were asked for.", [("50", "question")]),
        ("Oslo sold 400.5 more than Rome [1].", [("400.5", "calculated")]),
        ("On 3 March 2025 nothing was sold [1].", []),
        ("It was 77.", [("77", "nothing")]),
    ],
)
def test_where_a_number_comes_from(answer: str, found: list[tuple[str, str]]) -> None:
    doubted = ["Not found in the evidence: '77' (number)."]
    grounds = Grounds("Who sold more than 50?", [SALES], [POLICY], doubted)
    assert [(one.text, one.source) for one in derivations(answer, grounds)] == found


def _places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to all values of a JSON document that hold no others."""
    match value:
        case {**fields}:
            for name in fields:
                yield from _places(value[name], (*way, name))
        case [*items]:
            for at in range(len(items)):
                yield from _places(value[at], (*way, at))
        case _:
            yield way


def _another(value: Any, chance: random.Random) -> Any:
    """A value of the same kind that differs a little."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str() if value:
            at = chance.randrange(len(value))
            return value[:at] + ("b" if value[at] == "a" else "a") + value[at + 1 :]
        case _:
            return "x"
