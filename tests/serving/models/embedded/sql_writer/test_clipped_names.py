"""Names of clipped words, that no list knows: `hers` is a Hersteller, `unt_cst` the unit cost."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from agent.drafts import SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.clipped import fit
from tools.sql.run import Database
from tools.sql.semantic.draft.draft import draft_model

READER = Caller("reader")
GERMAN = """
CREATE TABLE tbl_kd (kdnr INTEGER, nachn TEXT, ort TEXT, gespr INTEGER);
CREATE TABLE zlr (zlrnr TEXT, kdnr INTEGER, hers TEXT, einbdat TEXT);
CREATE TABLE trf (trfid INTEGER, trfbez TEXT, grpr REAL, oeko TEXT);
INSERT INTO tbl_kd VALUES (1, 'Roth', 'Stein', 0), (2, 'Beck', 'Lauf', 1), (3, 'Haas', 'Stein', 0);
INSERT INTO zlr VALUES ('S1', 1, 'Iskra', '04.02.2021'), ('S2', 2, 'Elster', '09.05.2022'), ('G3', 2, 'Iskra', '01.05.2023');
INSERT INTO trf VALUES (1, 'Basis', 9.5, 'N'), (2, 'Natur', 11.5, 'J'), (3, 'Nacht', 8.5, 'N');
"""
ENGLISH = """
CREATE TABLE vnd_mst (vnd_cd TEXT, vnd_nm TEXT, ld_tm INTEGER, ctry_cd TEXT);
CREATE TABLE cust_mst (cust_no INTEGER, cust_nm TEXT, st_cd TEXT, sls_rep INTEGER);
CREATE TABLE emp (emp_no INTEGER, fst_nm TEXT, lst_nm TEXT, hir_dt TEXT);
CREATE TABLE rma (rma_no INTEGER, cust_no INTEGER, rsn_cd TEXT, cr_amt REAL);
INSERT INTO vnd_mst VALUES ('V1', 'Oda', 35, 'JP'), ('V2', 'Keller', 28, 'DE'), ('V3', 'Blue', 9, 'US');
INSERT INTO emp VALUES (201, 'Rosa', 'Marsh', '20110203'), (202, 'Lee', 'Finch', '20190805');
INSERT INTO cust_mst VALUES (1, 'Apex', 'TX', 201), (2, 'Barlow', 'OH', 202), (3, 'Cedar', 'TX', 201);
INSERT INTO rma VALUES (1, 1, 'DMG', 20), (2, 2, 'LATE', 30), (3, 2, 'DMG', 45);
"""


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Database]]:
    """Both databases, each with its model as it was drafted."""
    place = tmp_path_factory.mktemp("clipped")
    found: dict[str, Database] = {}
    for name, script in (("german", GERMAN), ("english", ENGLISH)):
        with closing(sqlite3.connect(place / f"{name}.sqlite")) as connection:
            connection.executescript(script)
        url, model = f"sqlite:///{place / f'{name}.sqlite'}", place / f"{name}.yaml"
        plain = Database.open(url, name=name)

        def ask(sql: str, plain: Database = plain) -> tuple[tuple[object, ...], ...]:
            return plain.run(sql, caller=READER).rows

        model.write_text(draft_model(name, plain.schema(), ask), "utf-8")
        plain.close()
        found[name] = Database.open(url, name=name, model=model)
    yield found
    for database in found.values():
        database.close()


@pytest.mark.parametrize(
    ("name", "question", "gold"),
    [
        ("german", "Wie viele Zähler sind von Iskra?", "SELECT COUNT(*) FROM zlr WHERE hers = 'Iskra'"),
        ("german", "Wie viele Zähler gibt es pro Hersteller?", "SELECT hers, COUNT(*) FROM zlr GROUP BY hers ORDER BY 2 DESC"),
        ("german", "Welche Kunden sind gesperrt?", "SELECT nachn FROM tbl_kd WHERE gespr = 1"),
        ("german", "Wie hoch ist der Grundpreis von Natur?", "SELECT grpr FROM trf WHERE trfbez = 'Natur'"),
        ("german", "Welche Tarife sind Ökotarife?", "SELECT trfbez FROM trf WHERE oeko = 'J'"),
        ("german", "Nenne die 2 teuersten Tarife nach Grundpreis.", "SELECT trfbez, grpr FROM trf ORDER BY grpr DESC LIMIT 2"),
        ("english", "How many vendors are in the US?", "SELECT COUNT(*) FROM vnd_mst WHERE ctry_cd = 'US'"),
        ("english", "How many customers do we have in Texas?", "SELECT COUNT(*) FROM cust_mst WHERE st_cd = 'TX'"),
        ("english", "How many returns were because of damage?", "SELECT COUNT(*) FROM rma WHERE rsn_cd = 'DMG'"),
        ("english", "Who was hired last?", "SELECT fst_nm, lst_nm FROM emp ORDER BY hir_dt DESC LIMIT 1"),
        ("english", "What is the credit amount in total?", "SELECT SUM(cr_amt) FROM rma"),
    ],
)  # fmt: skip
async def test_a_word_is_found_in_the_name_that_clips_it(
    name: str, question: str, gold: str, databases: dict[str, Database]
) -> None:
    database = databases[name]
    draft = await EmbeddedSqlWriter().write(SqlTask(question, database, READER))
    assert isinstance(draft, SqlDraft), draft
    found, expected = (database.run(sql, caller=READER).rows for sql in (draft.sql, gold))
    for row, wanted in zip(found, expected, strict=True):
        assert set(wanted) <= set(row)


@pytest.mark.parametrize(
    "question",
    ["How much stock do we have in Texas?", "How many customers were cancelled?"],
)
async def test_what_no_name_clips_is_declined(
    question: str, databases: dict[str, Database]
) -> None:
    draft = await EmbeddedSqlWriter().write(SqlTask(question, databases["english"], READER))
    assert not isinstance(draft, SqlDraft), draft


@pytest.mark.parametrize(
    ("short", "word", "fits"),
    [
        ("zlr", "zähler", True),
        ("hers", "hersteller", True),
        ("mhn", "mahnungen", True),
        ("gespr", "gesperrt", True),
        ("oeko", "ökotarife", True),
        ("arbpr", "arbeitspreis", True),
        ("vnd", "vendor", True),
        ("instr", "insgesamt", False),
        ("zlr", "kunde", False),
        ("trf", "trf", False),
        ("art", "arbeitstag", False),
    ],
)
def test_letters_in_order_fit_a_word(short: str, word: str, fits: bool) -> None:  # noqa: FBT001
    assert (fit(short, word) >= 0.6) is fits
