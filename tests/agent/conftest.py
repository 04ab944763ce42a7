import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from langchain_core.language_models import BaseChatModel
from langgraph.checkpoint.memory import InMemorySaver
from machine_bench import Bench, FakeDocuments, Start, passage
from scripted_chat import Line, ScriptedChat

from agent.advice import Deciding
from agent.approval import UNASKED, ApprovalRule
from agent.evaluation.baselines import AgentName, build_agent
from agent.ledger import MemoryLedger
from agent.sql_writers import ChatSqlWriter
from agent.toolbox import SqlWriter, Toolbox
from agent.window import UnboundedWindow, Window
from tools.sql.run import Database


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "shop.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE sale (city TEXT, amount INTEGER);"
            "INSERT INTO sale VALUES ('Oslo', 30), ('Oslo', 12), ('Rome', 8);"
        )
    database = Database.open(f"sqlite:///{path}", name="shop", description="Sales of a shop")
    yield database
    database.close()


@pytest.fixture
def start(shop: Database) -> Start:
    def build(
        lines: Mapping[str, Sequence[Line]],
        *,
        documents: FakeDocuments | None = None,
        connected: bool = True,
        rule: ApprovalRule = UNASKED,
        window: Window | None = None,
        second: SqlWriter | None = None,
        risk: float | None = None,
        deciding: Deciding | None = None,
        plain: BaseChatModel | None = None,
        agent: AgentName = "docsql",
        chooses: bool = True,
        samples: int = 0,
    ) -> Bench:
        chat = ScriptedChat(lines={role: list(said) for role, said in lines.items()})
        found = documents or FakeDocuments([passage("Returns are taken within 30 days.")])
        ledger = MemoryLedger()
        toolbox = Toolbox(
            chat=chat,
            sql_writer=ChatSqlWriter(chat, "scripted"),
            documents=found if connected else None,
            databases={"shop": shop} if connected else {},
            ledger=ledger,
            rules={"shop": rule},
            window=window or UnboundedWindow(),
            second=second,
            sampler=ChatSqlWriter(chat, "scripted") if samples else None,
            samples=samples,
            chooses=chooses,
            risk=risk,
            deciding=deciding or Deciding(),
            plain=plain,
        )
        machine = build_agent(agent, toolbox, checkpointer=InMemorySaver())
        return Bench(machine, chat, found, ledger)

    return build
