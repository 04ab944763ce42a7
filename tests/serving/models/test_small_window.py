"""Writers of SQL in front of a TGI with a small window, which refuses a prompt that is too long."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from standin_tgi import Fault, Reply, StartTgi, Text

from agent.drafts import SqlDeclined, SqlDraft
from agent.toolbox import Attempt, SqlTask, SqlWriter
from serving.config.models import ChatSettings, SqlCoderSettings
from serving.config.settings import Settings
from serving.parts.chat import chat_part
from serving.parts.models import sql_writer
from tools.caller import Caller
from tools.errors import Unavailable
from tools.sql.run import Database

SQL = "SELECT count(*) FROM lamp_sale"
QUESTION = "How many lamps were sold?"
ATTEMPTS = tuple(Attempt(f"SELECT {n}", f"reason-{n} " + "many words " * 40) for n in range(3))

pytestmark = pytest.mark.filterwarnings("ignore:The `dict` method is deprecated:DeprecationWarning")


def writes(_body: dict[str, Any]) -> Reply:
    return Text(SQL)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("shop") / "shop.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE lamp_sale (city TEXT, amount INTEGER)")
        for number in range(30):
            columns = ", ".join(f"column_{n} TEXT" for n in range(8))
            connection.execute(f"CREATE TABLE other_{number} ({columns})")
    with closing(Database.open(f"sqlite:///{path}", name="shop")) as opened:
        yield opened


def chatting(url: str, **more: Any) -> SqlWriter:
    settings = Settings(chat=ChatSettings(url=url, max_tokens=64, tools="plain", **more))
    return sql_writer(settings, chat_part(settings, {}))


def completing(url: str, **more: Any) -> SqlWriter:
    settings = Settings(sql_coder=SqlCoderSettings(url=url, **more))
    return sql_writer(settings, chat_part(settings, {}))


def task(shop: Database) -> SqlTask:
    return SqlTask(QUESTION, shop, Caller("ada"), ATTEMPTS)


# A writer, the most tokens of a prompt and of a prompt with its reply.
SMALL: list[tuple[Any, int, int]] = [
    (chatting, 4000, 500),
    (chatting, 400, 4096),
    (completing, 4000, 900),
    (completing, 400, 4096),
]


@pytest.mark.parametrize(("writer", "most", "total"), SMALL)
async def test_a_prompt_fits_the_window_that_the_server_says_it_has(
    tgi_server: StartTgi, shop: Database, writer: Any, most: int, total: int
) -> None:
    server = tgi_server(writes)
    server.max_input_tokens, server.max_total_tokens = most, total
    written = await writer(server.url).write(task(shop))
    assert isinstance(written, SqlDraft), written
    assert written.sql == SQL
    told = str(server.requests[-1])
    assert QUESTION in told
    assert "lamp_sale" in told
    assert "reason-2" in told
    assert "other_29" not in told


@pytest.mark.parametrize("most", range(400, 700, 10))
async def test_a_prompt_leaves_room_for_the_chat_template(
    tgi_server: StartTgi, shop: Database, most: int
) -> None:
    server = tgi_server(writes)
    server.max_input_tokens = most
    assert isinstance(await chatting(server.url).write(task(shop)), SqlDraft)


async def test_everything_is_shown_to_a_model_with_room(
    tgi_server: StartTgi, shop: Database
) -> None:
    server = tgi_server(writes)
    server.max_input_tokens = server.max_total_tokens = 100_000
    for writer in (chatting(server.url), completing(server.url)):
        await writer.write(task(shop))
        told = str(server.requests[-1])
        assert all(word in told for word in ("other_29", "lamp_sale", "reason-0", "reason-2"))


async def test_a_window_that_is_set_is_not_asked_for(tgi_server: StartTgi, shop: Database) -> None:
    server = tgi_server(writes)
    await completing(server.url, context_tokens=1024).write(task(shop))
    assert "other_29" not in str(server.requests[-1])


async def test_a_window_without_room_for_a_table_says_so(
    tgi_server: StartTgi, shop: Database
) -> None:
    server = tgi_server(writes)
    server.max_input_tokens = 20
    for writer in (chatting(server.url), completing(server.url)):
        with pytest.raises(Unavailable, match="serve it with a longer window"):
            await writer.write(task(shop))
    assert server.requests == []


async def test_a_prompt_that_is_refused_all_the_same_is_said_and_ends_nothing(
    tgi_server: StartTgi, shop: Database
) -> None:
    refusal = Fault("http", "Input validation error: too long", 422, "validation")
    server = tgi_server(lambda _body: refusal)
    for writer in (chatting(server.url), completing(server.url)):
        written = await writer.write(task(shop))
        assert isinstance(written, SqlDeclined)
        assert "too long" in written.reason
