"""Real engines: what they say of good schemas, of wrong ones, and of hostile text."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ghost_architect.errors import EngineError, UsageError
from ghost_architect.schema import execute as execute_module
from ghost_architect.schema.ddl import ddl
from ghost_architect.schema.engines import open_engine
from ghost_architect.schema.engines.base import Reason, Refused
from ghost_architect.schema.engines.daemon import OnePerProcess
from ghost_architect.schema.engines.mariadb import server as mariadb
from ghost_architect.schema.engines.postgres import server as postgres
from ghost_architect.schema.execute import available, execute
from ghost_architect.schema.findings import Severity
from ghost_architect.schema.objects import Column, ForeignKey, Index, OnDelete, Schema, Table
from ghost_architect.schema.types import INTEGER, TEXT, enum, numeric, varchar

from .engine_samples import ENGINES, SHOP, hostile

TRACE = Path("/tmp/ghost_was_here")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_schema_runs_and_is_proved_in_full(engine: str) -> None:
    done = execute(ddl(SHOP, engine), engine, expected=SHOP)
    assert (done.error, done.differences) == ("", ())
    assert done.ok
    assert done.engine == engine
    assert done.version == available()[engine] != ""


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_runs_too(engine: str) -> None:
    assert execute("", engine, expected=Schema()).ok


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE a (id INT,, b INT)",
        "CREATE TABLE a (id INT, id INT)",
        "CREATE TABLE a (id INT PRIMARY KEY); CREATE TABLE a (id INT PRIMARY KEY)",
        "CREATE TABLE a (id INT PRIMARY KEY, b INT REFERENCES missing (id))",
        "CREATE TABLE b (id INT PRIMARY KEY, x INT); CREATE TABLE a (id INT PRIMARY KEY, b INT REFERENCES b (nope))",
        "CREATE TABLE b (id INT PRIMARY KEY, x INT); CREATE TABLE a (id INT PRIMARY KEY, b INT REFERENCES b (x))",
        "CREATE INDEX i ON missing (a)",
        "CREATE TABLE a (id INT PRIMARY KEY, CHECK (missing > 0))",
    ],
)
def test_what_the_engine_refuses_is_not_ok(engine: str, sql: str) -> None:
    done = execute(sql, engine)
    assert not done.ok
    assert done.error
    assert "\n" not in done.error


@pytest.mark.parametrize("engine", ENGINES)
def test_the_error_says_which_statement_failed(engine: str) -> None:
    done = execute("CREATE TABLE a (id INT PRIMARY KEY); CREATE INDEX i ON b (id)", engine)
    assert done.error.startswith("statement 2 (CREATE INDEX i): ")


def _wrong_schemas() -> list[tuple[str, Schema]]:
    one, two = Table("a", (Column("id", INTEGER, False),), ("id",)), Column("b", varchar(9))
    key = Column("a_id", INTEGER)
    base = replace(one, columns=(*one.columns, two, key))
    target = Table("t", (Column("id", INTEGER, False),), ("id",))
    fk = ForeignKey(("a_id",), "t", ("id",))
    return [
        ("type", Schema((replace(base, columns=(*one.columns, replace(two, type=TEXT), key)), target))),
        ("length", Schema((replace(base, columns=(*one.columns, replace(two, type=varchar(8)), key)), target))),
        ("scale", Schema((replace(base, columns=(*one.columns, replace(two, type=numeric(5, 2)), key)), target))),
        ("nullable", Schema((replace(base, columns=(*one.columns, replace(two, nullable=False), key)), target))),
        ("order", Schema((replace(base, columns=(*one.columns, key, two)), target))),
        ("missing column", Schema((replace(base, columns=(*one.columns, key)), target))),
        ("missing table", Schema((base,))),
        ("more tables", Schema((base, target, replace(target, name="u")))),
        ("primary key", Schema((replace(base, primary_key=("id", "a_id")), target))),
        ("unique", Schema((replace(base, uniques=(("b",),)), target))),
        ("index", Schema((replace(base, indexes=(Index(("b",)),)), target))),
        ("unique index", Schema((replace(base, indexes=(Index(("b",), True),)), target))),
        ("foreign key", Schema((replace(base, foreign_keys=(fk,)), target))),
        ("enum", Schema((replace(base, columns=(*one.columns, replace(two, type=enum("x")), key)), target))),
    ]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("what", "meant"), _wrong_schemas(), ids=lambda x: x if isinstance(x, str) else "")
def test_every_difference_is_seen(engine: str, what: str, meant: Schema) -> None:
    script = (
        "CREATE TABLE t (id INT PRIMARY KEY NOT NULL);"
        "CREATE TABLE a (id INT PRIMARY KEY NOT NULL, b VARCHAR(9), a_id INTEGER)"
    )
    done = execute(script, engine, expected=meant)
    assert done.error == ""
    assert not done.ok
    assert {(d.severity, d.code) for d in done.differences} == {(Severity.ERROR, "EXECUTED")}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("action", list(OnDelete))
def test_actions_are_compared(engine: str, action: OnDelete) -> None:
    def shop(on_delete: OnDelete) -> Schema:
        a = Table("a", (Column("id", INTEGER, False),), ("id",))
        keys = (ForeignKey(("a_id",), "a", ("id",), on_delete),)
        return Schema(
            (a, Table("b", (Column("id", INTEGER, False), Column("a_id", INTEGER)), ("id",), foreign_keys=keys))
        )

    other = OnDelete.CASCADE if action is not OnDelete.CASCADE else OnDelete.RESTRICT
    assert execute(ddl(shop(action), engine), engine, expected=shop(action)).ok
    assert not execute(ddl(shop(action), engine), engine, expected=shop(other)).ok


@pytest.mark.parametrize(("dialect", "sql"), hostile("postgres", "sqlite", "mysql"))
def test_hostile_text_never_reaches_an_engine(dialect: str, sql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Untouchable:
        def __init__(self) -> None:
            self.dialect = self.label = dialect

        def version(self) -> str:
            return "1"

        def session(self, seconds: float) -> None:
            raise AssertionError("a hostile statement got to the engine")

    monkeypatch.setattr(execute_module, "open_engine", lambda name: Untouchable())
    done = execute(f"CREATE TABLE fine (a INT);\n{sql}", dialect)
    assert not done.ok
    assert done.error


@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH '/tmp/ghost_was_here' AS x",
        "VACUUM INTO '/tmp/ghost_was_here'",
        "PRAGMA writable_schema = ON",
        "PRAGMA foreign_keys = OFF",
        "SELECT load_extension('/tmp/x.so')",
        "CREATE TABLE t AS SELECT zeroblob(1000000000)",
        "CREATE TEMP TABLE t (a INT)",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TRIGGER x AFTER INSERT ON base BEGIN DELETE FROM base; END",
        "CREATE VIRTUAL TABLE v USING fts5(a)",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
        "INSERT INTO base VALUES (1)",
        "DROP TABLE base",
        "CREATE INDEX i ON base (hex(a))",
        "CREATE TABLE t (" + ", ".join(f"c{i} INT" for i in range(300)) + ")",
        "CREATE TABLE t (a INT); CREATE TABLE u (a INT)",
    ],
)
def test_sqlite_itself_refuses_behind_the_list(sql: str) -> None:
    with open_engine("sqlite").session(5) as session:
        session.run("CREATE TABLE base (a INT)")
        with pytest.raises(Refused):
            session.run(sql)
        assert [t.name for t in session.tables()] == ["base"]
    assert not TRACE.exists()


@pytest.mark.parametrize(
    "sql",
    [
        "COPY base FROM PROGRAM 'touch /tmp/ghost_was_here'",
        "COPY base TO '/tmp/ghost_was_here'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT lo_import('/etc/passwd')",
        "CREATE EXTENSION dblink",
        "ALTER SYSTEM SET archive_command = 'touch /tmp/ghost_was_here'",
        "SET ROLE ghost_admin",
        "SET SESSION AUTHORIZATION ghost_admin",
        "CREATE ROLE x SUPERUSER",
        "CREATE DATABASE x",
        "CREATE SCHEMA x",
        "CREATE TEMP TABLE t (a int)",
        "SELECT rolpassword FROM pg_authid",
        "SET temp_file_limit = -1",
        "CREATE TABLE t (a int); CREATE TABLE u (a int)",
    ],
)
@pytest.mark.parametrize("engine", ["postgres"])
def test_postgres_itself_refuses_behind_the_list(engine: str, sql: str) -> None:
    with open_engine(engine).session(5) as session:
        session.run("CREATE TABLE base (a int)")
        with pytest.raises(Refused):
            session.run(sql)
        assert [t.name for t in session.tables()] == ["base"]
    assert not TRACE.exists()


@pytest.mark.parametrize(
    "sql",
    [
        "LOAD DATA INFILE '/etc/passwd' INTO TABLE base",
        "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE base",
        "SELECT 'x' INTO OUTFILE '/tmp/ghost_was_here'",
        "SELECT 'x' INTO DUMPFILE '/tmp/ghost_was_here'",
        "INSTALL SONAME 'ha_connect'",
        "CREATE FUNCTION sys_exec RETURNS INT SONAME 'x.so'",
        "CREATE USER x",
        "CREATE DATABASE x",
        "DROP DATABASE mysql",
        "SET GLOBAL general_log_file = '/tmp/ghost_was_here'",
        "SET GLOBAL max_statement_time = 0",
        "SELECT * FROM mysql.global_priv",
        "GRANT ALL ON *.* TO CURRENT_USER()",
        "CREATE TABLE mysql.t (a int)",
        "CREATE TEMPORARY TABLE t (a int)",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TRIGGER x BEFORE INSERT ON base FOR EACH ROW SET @a = 1",
        "CREATE EVENT e ON SCHEDULE EVERY 1 SECOND DO SELECT 1",
        "CREATE PROCEDURE p() SELECT 1",
        "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (HOST '127.0.0.1')",
        "HANDLER base OPEN; HANDLER base CLOSE",
        "DROP TABLE base",
        "DELETE FROM base",
        "SHUTDOWN",
        "CREATE TABLE t (a int); CREATE TABLE u (a int)",
    ],
)
@pytest.mark.parametrize("engine", ["mysql"])
def test_mariadb_itself_refuses_behind_the_list(engine: str, sql: str) -> None:
    with open_engine(engine).session(5) as session:
        session.run("CREATE TABLE base (a int)")
        with pytest.raises(Refused):
            session.run(sql)
        assert [t.name for t in session.tables()] == ["base"]
    assert not TRACE.exists()


@pytest.mark.parametrize("engine", ["mysql"])
@pytest.mark.parametrize("kind", ["InnoDB", "MyISAM", "Aria"])
def test_mariadb_writes_in_its_own_folder_only(engine: str, kind: str, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with open_engine(engine).session(5) as session:
        session.run(f"CREATE TABLE t (a int) ENGINE = {kind} DATA DIRECTORY = '{tmp_path}'")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("engine", "unfenced", "endless"),
    [
        ("postgres", "SET statement_timeout = 0", "SELECT pg_sleep(60)"),
        ("mysql", "SET max_statement_time = 0", "SELECT SLEEP(60)"),
        ("mysql", "SET max_statement_time = 0", "SELECT BENCHMARK(100000000000, MD5('a'))"),
    ],
)
def test_the_watchdog_stops_what_switched_off_its_timeout(engine: str, unfenced: str, endless: str) -> None:
    with open_engine(engine).session(0.5) as session:
        session.run(unfenced)
        with pytest.raises(Refused) as refused:
            session.run(endless)
    assert refused.value.reason is Reason.DEADLINE


def test_sqlite_stops_when_the_time_is_up() -> None:
    endless = "INSERT INTO t WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r"
    with open_engine("sqlite").session(0.2) as session:
        session._connection.execute("CREATE TABLE t (a)")  # type: ignore[attr-defined]
        with pytest.raises(Refused) as refused:
            session._execute(endless)  # type: ignore[attr-defined]
    assert refused.value.reason is Reason.DEADLINE


def test_sqlite_begins_when_the_time_is_up_already() -> None:
    """What it asks of itself is over the deadline too, and no fault of the program."""
    with open_engine("sqlite").session(-1.0) as session, pytest.raises(Refused) as refused:
        session.insert("t", {})
    assert refused.value.reason is Reason.DEADLINE


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_that_takes_too_long_says_so(engine: str) -> None:
    many = ";".join(f"CREATE TABLE t{i} (id INT PRIMARY KEY)" for i in range(2_000))
    done = execute(many, engine, seconds=0.01)
    assert not done.ok
    assert "stopped after 0.01 s" in done.error


@pytest.mark.parametrize("engine", ENGINES)
def test_runs_do_not_see_each_other(engine: str) -> None:
    with open_engine(engine).session(5) as first, open_engine(engine).session(5) as second:
        first.run("CREATE TABLE a (id INT)")
        assert [t.name for t in first.tables()] == ["a"]
        assert second.tables() == ()


def test_unknown_engines_and_dialects_are_usage_errors() -> None:
    with pytest.raises(UsageError, match="no engine 'sqlit'") as error:
        execute("", "sqlite", engine="sqlit")
    assert "sqlite" in error.value.hint
    with pytest.raises(UsageError, match="runs sqlite, not postgres"):
        execute("", "postgres", engine="sqlite")


@pytest.mark.parametrize(
    ("dialect", "module", "install"),
    [
        ("postgres", postgres, "uv pip install 'ghost-architect[postgres]'"),
        ("mysql", mariadb, "apt install mariadb-server-core, and uv pip install 'ghost-architect[mysql]'"),
    ],
)
def test_a_missing_engine_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, dialect: str, module: ModuleType, install: str
) -> None:
    monkeypatch.setattr(module, "version", lambda: "")
    assert available()[dialect] == ""
    with pytest.raises(EngineError) as error:
        execute("CREATE TABLE a (id INT)", dialect)
    assert error.value.hint == install


_CHILD = """
import sys
from ghost_architect.schema.engines import open_engine
from ghost_architect.schema.engines.{package}.server import SERVER
with open_engine("{engine}").session(30) as session:
    session.run("CREATE TABLE a (id int)")
    print(SERVER.get().folder, flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize(("engine", "package"), [("postgres", "postgres"), ("mysql", "mariadb")])
@pytest.mark.parametrize(
    ("how", "cleaned"),
    [(signal.SIGKILL, False), (signal.SIGINT, False), (None, False), (signal.SIGKILL, True)],
    ids=["kill -9", "interrupt", "end", "kill -9 after its folder was removed"],
)
def test_a_process_leaves_no_server_behind_however_it_ends(
    engine: str, package: str, how: signal.Signals | None, cleaned: bool
) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD.format(engine=engine, package=package)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    with child:
        folder = Path(child.stdout.readline().strip())
        server = int((folder / "pid").read_text())
        if cleaned:
            shutil.rmtree(folder, ignore_errors=True)
        if how is not None:
            child.send_signal(how)
        child.stdin.close()
        child.wait()
    for _ in range(500):
        if not folder.exists() and not Path(f"/proc/{server}").exists():
            break
        signal.sigtimedwait([], 0.02)
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(server, 0)


@pytest.mark.parametrize("engine", ["postgres", "mysql"])
def test_a_server_that_died_is_replaced(engine: str) -> None:
    kinds: dict[str, OnePerProcess[Any]] = {"postgres": postgres.SERVER, "mysql": mariadb.SERVER}
    assert execute("CREATE TABLE a (id INT)", engine).ok
    first = kinds[engine].get()
    os.kill(int((first.folder / "pid").read_text()), signal.SIGKILL)
    while first.alive:
        signal.sigtimedwait([], 0.02)
    assert execute("CREATE TABLE a (id INT)", engine).ok
    assert kinds[engine].get() is not first
    assert not first.folder.exists()


@pytest.mark.parametrize("engine", ENGINES)
def test_names_and_words_of_any_kind_survive(engine: str) -> None:
    strange = Table(
        'we"ird; DROP TABLE x',
        (
            Column("select", INTEGER, False),
            Column("größe", numeric(8, 3)),
            Column("it's", enum("a'b", "c;d", "é", "--"), False),
        ),
        ("select",),
        uniques=(("größe", "it's"),),
    )
    schema = Schema((strange,))
    done = execute(ddl(schema, engine), engine, expected=schema)
    assert (done.error, done.differences) == ("", ())


def test_decimal_places_are_compared_on_both_sides() -> None:
    column = Column("n", numeric(6, 2), False)
    meant = Schema((Table("a", (column,), ("n",)),))
    assert not execute("CREATE TABLE a (n NUMERIC(6, 3) PRIMARY KEY NOT NULL)", "sqlite", expected=meant).ok


def test_a_program_that_is_too_long_for_sqlite_is_refused_and_no_fault() -> None:
    """Over SQLITE_LIMIT_VDBE_OP it says that it has no memory, which Python raises as such."""
    numbers = ",".join(map(str, range(20_000)))
    done = execute(f"CREATE TABLE t (a INT CHECK (a IN ({numbers})))", "sqlite")
    assert not done.ok
    assert "more steps or memory" in done.error
