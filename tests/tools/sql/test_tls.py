"""TLS to real servers by URL parameters: certificate authority and host name."""

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pymysql
import pytest
from certificates import Authority
from database_servers import RunningServer, mariadb_server, postgres_server
from sqlalchemy import URL

from tools.caller import Caller
from tools.errors import Unavailable
from tools.sql.run import Database

CALLER = Caller("someone")
HOST = "localhost"
"""The certificates' only name; the servers listen on 127.0.0.1, which is not it."""

MANY_ROWS = (
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 900) "
    "SELECT a.n FROM r a, r b, r c, r d"
)
ROW_CAP = 5


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("A test's authority")


@pytest.fixture(scope="module")
def trusted(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(authority.write(tmp_path_factory.mktemp("tls") / "authority.pem"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Another authority of the same name."""
    other = Authority("A test's authority")
    return str(other.write(tmp_path_factory.mktemp("tls") / "stranger.pem"))


@pytest.fixture(scope="module")
def postgres(authority: Authority) -> Iterator[RunningServer]:
    with postgres_server(authority.vouch(HOST)) as running:
        yield running


@pytest.fixture(scope="module")
def mariadb(authority: Authority) -> Iterator[RunningServer]:
    with mariadb_server(authority.vouch(HOST)) as running:
        with closing(_as_root(running)) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE shop")
            cursor.execute("CREATE USER keeper REQUIRE SSL")
            cursor.execute("GRANT SELECT ON shop.* TO keeper")
        yield running


def test_postgresql_is_asked_over_tls_when_its_name_is_vouched_for(
    postgres: RunningServer, trusted: str
) -> None:
    with closing(_postgres(postgres, sslmode="verify-full", sslrootcert=trusted)) as database:
        assert database.run("SELECT 1", caller=CALLER).rows == ((1,),)
        assert _versions(postgres) == {"TLSv1.3"}


@pytest.mark.parametrize("mode", ["verify-full", "verify-ca"])
def test_postgresql_is_not_asked_when_a_stranger_vouches_for_it(
    postgres: RunningServer, stranger: str, mode: str
) -> None:
    with (
        closing(_postgres(postgres, sslmode=mode, sslrootcert=stranger)) as database,
        pytest.raises(Unavailable, match="certificate verify failed"),
    ):
        database.run("SELECT 1", caller=CALLER)


def test_postgresql_is_not_asked_under_a_name_that_nobody_vouches_for(
    postgres: RunningServer, trusted: str
) -> None:
    asked = {"host": "127.0.0.1", "sslrootcert": trusted}
    with (
        closing(_postgres(postgres, sslmode="verify-full", **asked)) as database,
        pytest.raises(Unavailable, match=r'certificate for "localhost".* does not match host name'),
    ):
        database.run("SELECT 1", caller=CALLER)
    with closing(_postgres(postgres, sslmode="verify-ca", **asked)) as database:
        assert database.run("SELECT 1", caller=CALLER).rows == ((1,),)


def test_mariadb_is_asked_over_tls_and_so_is_the_end_of_a_statement(
    mariadb: RunningServer, trusted: str, caplog: pytest.LogCaptureFixture
) -> None:
    # The login is let in over TLS only, and so is the connection that ends what is left of it.
    with closing(_mariadb(mariadb, ssl_ca=trusted)) as database:
        assert len(database.run(MANY_ROWS, caller=CALLER).rows) == ROW_CAP
        assert database.run("SELECT 1", caller=CALLER).rows == ((1,),)
    assert caplog.messages == []


def test_mariadb_is_not_asked_when_a_stranger_vouches_for_it(
    mariadb: RunningServer, stranger: str
) -> None:
    database = _mariadb(mariadb, ssl_ca=stranger)
    with closing(database), pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
        database.run("SELECT 1", caller=CALLER)


def test_mariadb_is_not_asked_under_a_name_that_nobody_vouches_for(
    mariadb: RunningServer, trusted: str
) -> None:
    asked = {"host": "127.0.0.1", "ssl_ca": trusted}
    with (
        closing(_mariadb(mariadb, **asked)) as database,
        pytest.raises(Unavailable, match=r"certificate is not valid for '127\.0\.0\.1'"),
    ):
        database.run("SELECT 1", caller=CALLER)
    with closing(_mariadb(mariadb, **asked, ssl_check_hostname="false")) as database:
        assert database.run("SELECT 1", caller=CALLER).rows == ((1,),)


def _postgres(server: RunningServer, *, host: str = HOST, **options: str) -> Database:
    return _opened(
        URL.create("postgresql", "postgres", None, host, server.port, "postgres"), options
    )


def _mariadb(server: RunningServer, *, host: str = HOST, **options: str) -> Database:
    return _opened(URL.create("mariadb", "keeper", None, host, server.port, "shop"), options)


def _opened(url: URL, options: dict[str, str]) -> Database:
    asked = url.update_query_dict(options)
    return Database.open(asked, row_cap=ROW_CAP)


def _versions(server: RunningServer) -> set[str]:
    address = f"host=127.0.0.1 port={server.port} user=postgres dbname=postgres"
    with psycopg.connect(address) as connection:
        rows = connection.execute(
            "SELECT version FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return {row[0] for row in rows}


def _as_root(server: RunningServer) -> "pymysql.connections.Connection[pymysql.cursors.Cursor]":
    return pymysql.connect(host="127.0.0.1", port=server.port, user="root", autocommit=True)
