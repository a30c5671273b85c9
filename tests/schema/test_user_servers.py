"""A server of the user's: a database is made there, used and dropped, and nothing else is touched.

Every server here is real, and listens on this machine only.
"""

from __future__ import annotations

import re
import socket
import threading
import traceback
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ghost_architect.errors import EngineError
from ghost_architect.schema.ddl import ddl
from ghost_architect.schema.engines import open_engine
from ghost_architect.schema.engines.base import Reason, Refused
from ghost_architect.schema.engines.mariadb import engine as mariadb_engine
from ghost_architect.schema.engines.postgres import engine as postgres_engine
from ghost_architect.schema.execute import execute, prover
from ghost_architect.schema.findings import Severity

from .engine_samples import SHOP
from .servers import HOST, PASSWORDS, Certificates, Served, certificates, free_port, served, served_with_tls, url

ONE_TABLE = "CREATE TABLE a (id INT PRIMARY KEY)"


@pytest.fixture(scope="module", params=["postgres", "mysql"])
def server(request: pytest.FixtureRequest) -> Iterator[Served]:
    with served(request.param) as found:
        yield found


def reach(server: Served, user: str, rest: str = "", **other: str) -> str:
    return url(server.dialect, server.port, user, rest, **other)


@pytest.fixture(autouse=True)
def _nothing_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test does to the server, it holds the same afterwards."""
    if "server" not in request.fixturenames:
        yield
        return
    found: Served = request.getfixturevalue("server")
    before = found.holdings()
    yield
    assert found.holdings() == before


@pytest.mark.parametrize("user", ["boss", "keeper", "maker"])
def test_a_schema_is_proved_in_a_database_made_for_it(server: Served, user: str) -> None:
    name = server.dialect
    done = execute(ddl(SHOP, name), name, engine=reach(server, user), expected=SHOP, seconds=60)
    assert (done.error, [d for d in done.differences if d.severity is not Severity.INFO]) == ("", [])
    assert done.engine == f"{name} at {HOST}:{server.port}"
    assert re.match(r"(MariaDB )?\d+\.\d+", done.version)
    cautions = [d.message for d in done.differences if d.code == "EXECUTED-AS"]
    assert [f"with the rights of {user}" in c for c in cautions] == ([True] if user == "maker" else [])


@pytest.mark.parametrize("user", ["boss", "maker"])
def test_schemas_are_proved_one_after_another_and_all_is_gone(server: Served, user: str) -> None:
    with prover(server.dialect, reach(server, user), 60) as proved:
        assert [proved(SHOP).ok for _ in range(2)] == [True, True]


@pytest.mark.parametrize("user", ["boss", "keeper"])
def test_the_script_runs_as_an_account_that_reaches_nothing_else(server: Served, user: str) -> None:
    with open_engine(reach(server, user)).session(20) as session:
        session.run(ONE_TABLE)
        own = r"CREATE DATABASE ghost_mine" if server.dialect == "postgres" else "DROP DATABASE shop"
        for statement in ("SELECT * FROM shop.precious", "CREATE DATABASE other", own, "DROP TABLE shop.precious"):
            with pytest.raises(Refused):
                session.run(statement)
        assert [t.name for t in session.tables()] == ["a"]


def test_other_accounts_cannot_enter_the_database(server: Served) -> None:
    with open_engine(reach(server, "boss")).session(20) as session:
        session.run(ONE_TABLE)
        names = [row[0] for row in server.ask(_DATABASES[server.dialect]) if str(row[0]).startswith("ghost_")]
        assert len(names) == 1
        reached = open_engine(reach(server, "poor", f"/{names[0]}"))
        with pytest.raises(EngineError), reached.session(5):
            pass


_DATABASES = {"postgres": "SELECT datname FROM pg_database", "mysql": "SHOW DATABASES"}


def test_without_the_right_to_make_a_database_the_call_is_refused(server: Served) -> None:
    with pytest.raises(EngineError, match="poor may make no database at .*, and existing ones are never used") as error:
        execute(ONE_TABLE, server.dialect, engine=reach(server, "poor", "/shop"))
    right = {"postgres": 'ALTER ROLE "poor" CREATEDB', "mysql": rf"GRANT ALL ON `ghost\_%`.* TO 'poor'@'{HOST}'"}
    assert error.value.hint == right[server.dialect]
    # What the hint says is what is missing.
    server.ask(error.value.hint)
    try:
        assert execute(ONE_TABLE, server.dialect, engine=reach(server, "poor")).ok
    finally:
        back = {"postgres": "ALTER ROLE poor NOCREATEDB", "mysql": rf"REVOKE ALL ON `ghost\_%`.* FROM poor@'{HOST}'"}
        server.ask(back[server.dialect])


def test_a_database_that_is_there_already_is_not_touched(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    module = postgres_engine if server.dialect == "postgres" else mariadb_engine
    monkeypatch.setattr(module.secrets, "token_hex", lambda size: "taken")
    server.ask("CREATE DATABASE ghost_taken")
    try:
        for user in ("boss", "maker"):
            with pytest.raises(EngineError, match="exists"):
                execute(ONE_TABLE, server.dialect, engine=reach(server, user))
        assert ("ghost_taken",) in [tuple(r) for r in server.ask(_DATABASES[server.dialect])]
    finally:
        server.ask("DROP DATABASE ghost_taken")


@pytest.mark.parametrize("user", ["keeper", "maker"])
def test_the_database_goes_although_the_time_ran_out(server: Served, user: str) -> None:
    sleep = "SELECT pg_sleep(60)" if server.dialect == "postgres" else "SELECT SLEEP(60) FROM a"
    fill = "INSERT INTO a VALUES (1)"
    with open_engine(reach(server, user)).session(1.5) as session:
        session.run(ONE_TABLE)
        session.run(fill)
        with pytest.raises(Refused) as refused:
            session.run(sleep)
    assert refused.value.reason is Reason.DEADLINE


_KILL_ALL = {
    "postgres": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ghost-architect'",
    "mysql": "SELECT id FROM information_schema.processlist WHERE user <> 'ghost_admin' AND id <> CONNECTION_ID()",
}


@pytest.mark.parametrize("user", ["boss", "maker"])
def test_the_database_goes_although_every_connection_was_killed(server: Served, user: str) -> None:
    with open_engine(reach(server, user)).session(20) as session:
        session.run(ONE_TABLE)
        for row in server.ask(_KILL_ALL[server.dialect]):
            if server.dialect == "mysql":
                server.ask(f"KILL {row[0]}")
        with pytest.raises(Refused):
            session.run("CREATE TABLE b (id INT)")


def test_the_database_goes_although_the_caller_was_interrupted(server: Served) -> None:
    def work() -> None:
        with open_engine(reach(server, "maker")).session(20) as session:
            session.run(ONE_TABLE)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()


def test_sessions_side_by_side_do_not_see_each_other(server: Served) -> None:
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            with open_engine(reach(server, "keeper")).session(60) as session:
                session.run(f"CREATE TABLE t{number} (id INT PRIMARY KEY)")
                assert [t.name for t in session.tables()] == [f"t{number}"]
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"password": "s3cret but wrong"}, r"does not let boss in .*is the password right"),
        ({"password": ""}, r"does not let boss in .*no password was given"),
        ({"port": "closed"}, r"nothing listens at 127.0.0.1:\d+ "),
        ({"rest": "?sslmode=require"}, r"has no TLS .*sslmode=disable"),
        ({"host": "no-such-host.invalid"}, r"there is no host no-such-host.invalid"),
    ],
    ids=lambda x: next(iter(x), "") if isinstance(x, dict) else "",
)
def test_every_way_of_not_getting_in_is_one_clear_line(server: Served, wrong: dict[str, str], says: str) -> None:
    closed = free_port()
    parts = {name: value for name, value in wrong.items() if name != "port"}
    address = reach(server, "boss", **parts).replace(str(server.port), str(closed if "port" in wrong else server.port))
    with pytest.raises(EngineError) as error:
        execute(ONE_TABLE, server.dialect, engine=address)
    line = f"{error.value.message} ({error.value.hint})"
    assert re.search(says, line)
    assert "\n" not in line
    assert "s3cret" not in "".join(traceback.format_exception(error.value)) + repr(error.value)


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00" * 40, b"\xff" * 2000, b"N", b"E"])
def test_what_is_no_database_server_is_said_so(server: Served, said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    from ghost_architect.schema.engines.mariadb import client as mariadb_client
    from ghost_architect.schema.engines.postgres import client as postgres_client

    for client in (mariadb_client, postgres_client):
        monkeypatch.setattr(client, "ADMIN_SECONDS", 0.5)
    with closing(socket.create_server((HOST, 0))) as listener:

        def talk() -> None:
            caller, _ = listener.accept()
            with caller:
                caller.sendall(said)
                caller.settimeout(5)
                try:
                    while caller.recv(1000):
                        pass
                except OSError:
                    pass

        thread = threading.Thread(target=talk)
        thread.start()
        port = str(listener.getsockname()[1])
        with pytest.raises(EngineError, match=f"127.0.0.1:{port}"):
            execute(ONE_TABLE, server.dialect, engine=reach(server, "boss").replace(str(server.port), port))
        thread.join()


def test_the_password_may_come_from_the_environment(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GHOST_ENGINE_PASSWORD", PASSWORDS["maker"])
    assert execute(ONE_TABLE, server.dialect, engine=reach(server, "maker", password="")).ok


def test_the_user_s_password_is_in_no_statement(server: Served) -> None:
    execute(ONE_TABLE, server.dialect, engine=reach(server, "keeper"))
    log = server.log()
    assert "CREATE TABLE a" in log
    assert "s3cret-of-keeper" not in log.split("shop", 1)[1]


def test_a_strange_server_wide_setting_changes_nothing(server: Served) -> None:
    odd = {
        "postgres": ("ALTER SYSTEM SET standard_conforming_strings = off", "ALTER SYSTEM RESET ALL"),
        "mysql": ("SET GLOBAL sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'", "SET GLOBAL sql_mode = DEFAULT"),
    }
    tell = "SELECT pg_reload_conf()" if server.dialect == "postgres" else "SELECT 1"
    server.ask(odd[server.dialect][0])
    server.ask(tell)
    try:
        name = server.dialect
        done = execute(ddl(SHOP, name), name, engine=reach(server, "keeper"), expected=SHOP, seconds=60)
        assert (done.error, done.differences) == ("", ())
    finally:
        server.ask(odd[server.dialect][1])
        server.ask(tell)


# --- TLS ---


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module", params=["postgres", "mysql"])
def secure(request: pytest.FixtureRequest, tls: Certificates) -> Iterator[tuple[str, int]]:
    with served_with_tls(request.param, tls) as port:
        yield request.param, port


def test_tls_as_the_url_asks_for_it(secure: tuple[str, int], tls: Certificates) -> None:
    for host, rest in (
        ("localhost", f"?sslmode=verify-full&sslrootcert={tls.authority}"),
        (HOST, f"?sslmode=verify-ca&sslrootcert={tls.authority}"),
        (HOST, "?sslmode=require"),
    ):
        assert execute(ONE_TABLE, secure[0], engine=url(*secure, "keeper", rest, host)).ok


@pytest.mark.parametrize(
    ("host", "rest", "says"),
    [
        ("localhost", "?sslmode=verify-full", r"is not trusted: .* \?sslrootcert"),
        (HOST, "?sslmode=verify-full&sslrootcert=CA", "is not trusted: .*[Ii][Pp] address mismatch"),
        (HOST, "?sslmode=require&sslrootcert=OTHER", "is not trusted"),
        (HOST, "?sslmode=verify-ca&sslrootcert=/none.pem", "/none.pem: there is no such file"),
        (HOST, "?sslmode=verify-ca&sslrootcert=KEY", "is no certificate and key in PEM"),
    ],
)
def test_tls_that_cannot_be_had_is_said(
    secure: tuple[str, int], tls: Certificates, tmp_path: Path, host: str, rest: str, says: str
) -> None:
    other = certificates(tmp_path).authority
    for name, path in (("CA", tls.authority), ("OTHER", other), ("KEY", tls.key)):
        rest = re.sub(rf"={name}$", f"={path}", rest)
    with pytest.raises(EngineError) as error:
        execute(ONE_TABLE, secure[0], engine=url(*secure, "keeper", rest, host))
    assert re.search(says, f"{error.value.message} {error.value.hint}")


def test_a_server_that_insists_on_tls_is_an_error(secure: tuple[str, int]) -> None:
    with pytest.raises(EngineError) as error:
        execute(ONE_TABLE, secure[0], engine=url(*secure, "keeper"))
    assert (error.value.exit_code, str(secure[1]) in error.value.message) == (4, True)
