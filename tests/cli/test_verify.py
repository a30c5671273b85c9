"""`verify`: findings are the data, the exit code says whether one is an error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..schema.servers import free_port, served, url
from .conftest import Cli

GOOD = """CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    name VARCHAR(200) NOT NULL
);
"""
DANGLING = "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES clients (id));"


def test_nothing_found_is_nothing_printed(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "good.sql").write_text(GOOD)
    ran = cli("verify", tmp_path / "good.sql", "--dialect", "sqlite")
    assert (ran.code, ran.out) == (0, "")
    assert "ran on sqlite" in ran.err


def test_an_error_is_a_line_and_ends_in_4(cli: Cli) -> None:
    ran = cli("verify", "-", "--dialect", "sqlite", stdin=DANGLING.encode())
    assert ran.code == 4
    assert [line for line in ran.out.splitlines() if line.startswith("error ") and "orders" in line]


def test_json(cli: Cli) -> None:
    body = json.loads(cli("verify", "-", "-d", "sqlite", "-f", "json", stdin=DANGLING.encode()).out)
    assert (body["version"], body["dialect"]) == (1, "sqlite")
    assert {"code", "severity", "table", "column", "message", "hint"} == set(body["findings"][0])
    assert list(body["executed"]) == ["sqlite"]


def test_what_the_engine_refuses_is_a_finding(cli: Cli) -> None:
    ran = cli("verify", "-", "-d", "sqlite", stdin=b"CREATE TABLE t (id INTEGER PRIMARY KEY); DROP TABLE t;")
    assert ran.code == 4
    assert [line for line in ran.out.splitlines() if "sqlite refuses the script" in line]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["missing.sql"], 2, "missing.sql: there is no such file"),
        (["latin.sql"], 3, "latin.sql: is not UTF-8 text (byte 3)"),
        ([], 2, "Missing argument 'FILE.sql'"),
        (["good.sql", "--format", "jsn"], 2, "did you mean json?"),
        (["good.sql", "--engine", "postgres", "--dialect", "sqlite"], 2, "--dialect postgres"),
    ],
)
def test_a_wrong_call_is_one_line(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.sql").write_text(GOOD)
    Path("latin.sql").write_bytes(b"-- \xe9")
    ran = cli("verify", *words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (code, "", 1)
    assert message in ran.err


def test_a_mark_at_the_start_of_a_file_is_no_sql(cli: Cli) -> None:
    assert cli("verify", "-", "-d", "sqlite", stdin=b"\xef\xbb\xbf" + GOOD.encode()).code == 0


def test_an_empty_file_is_said(cli: Cli) -> None:
    ran = cli("verify", "-", "-d", "sqlite")
    assert (ran.code, ran.out, ran.err) == (0, "", "-: holds no table\n")


def test_an_engine_speaks_for_its_dialect(cli: Cli) -> None:
    ran = cli("verify", "-", "--engine", "sqlite", stdin=GOOD.encode())
    assert (ran.code, ran.out) == (0, "")
    assert "ran on sqlite" in ran.err


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        ("postgresql://u:s3cret@127.0.0.1:PORT/db", 4, "nothing listens at 127.0.0.1:PORT"),
        ("mysql://u:s3cret@127.0.0.1:PORT", 4, "nothing listens at 127.0.0.1:PORT"),
        ("postgresql://u:s3cret@127.0.0.1:s3cret", 2, "has a port that is no number"),
        ("postgresql://u:s3cret/s3cret@host", 2, "has an @ behind its host"),
        ("postgresql://u:s3cret@host?passwd=s3cret", 2, "has a parameter passwd that is not known"),
        ("postgresql://u:%zzs3cret@host", 2, "has a % that begins no %XX"),
        ("postgre://u:s3cret@host", 2, "there is no engine postgre://..."),
        ("u:s3cret@host", 2, "there is no engine of this name"),
        ("postgresql//u:s3cret@host", 2, "there is no engine of this name"),
        ("s3cret@host://", 2, "there is no engine of this URL"),
    ],
)
@pytest.mark.parametrize("debug", [(), ("--debug",)], ids=["", "debug"])
def test_a_password_is_shown_nowhere(cli: Cli, given: str, code: int, says: str, debug: tuple[str, ...]) -> None:
    port = str(free_port())
    ran = cli("verify", "-", "--engine", given.replace("PORT", port), *debug, stdin=GOOD.encode())
    assert (ran.code, ran.out) == (code, "")
    assert says.replace("PORT", port) in ran.err.splitlines()[-1]
    assert "s3cret" not in ran.err
    assert "Traceback" in ran.err or not debug


@pytest.mark.parametrize("dialect", ["postgres", "mysql"])
def test_a_server_of_the_user_s(cli: Cli, dialect: str) -> None:
    with served(dialect) as server:
        address = url(dialect, server.port, "maker")
        ran = cli("verify", "-", "--engine", address, "--format", "json", stdin=GOOD.encode())
    label = f"{dialect} at 127.0.0.1:{server.port}"
    body = json.loads(ran.out)
    assert (ran.code, body["dialect"], body["executed"]) == (0, dialect, {label: True})
    assert [f["code"] for f in body["findings"]] == ["EXECUTED-AS"]
    assert f"ran on {label} " in ran.err
    assert "s3cret" not in ran.out + ran.err
