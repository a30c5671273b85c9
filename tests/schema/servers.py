"""Servers as a user has them: over TCP on this machine, with accounts, passwords and a database that matters."""

from __future__ import annotations

import select
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ghost_architect.schema.engines.mariadb import server as mariadb
from ghost_architect.schema.engines.postgres import server as postgres

from ..outside import need, program

HOST = "127.0.0.1"
PASSWORDS: Mapping[str, str] = {
    "boss": "s3cret of/boss?#@:%",
    "keeper": "s3cret-of-keeper",
    "maker": "s3cret-of-maker",
    "poor": "s3cret-of-poor",
}
"""`boss` may do everything, `keeper` makes databases and accounts, `maker` databases only, `poor` neither."""


def free_port() -> int:
    """A port that nobody listens at."""
    with closing(socket.socket()) as found:
        found.bind((HOST, 0))
        port: int = found.getsockname()[1]
        return port


@dataclass(frozen=True)
class Certificates:
    """Of a server that is called `localhost`, signed by an authority of the test's own."""

    authority: Path
    certificate: Path
    key: Path


def certificates(folder: Path) -> Certificates:
    """New ones in this folder, which every user may read: servers run as another one."""
    openssl = program("openssl")
    authority, certificate, key = folder / "ca.pem", folder / "server.pem", folder / "server.key"
    new = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    ca_key = str(folder / "ca.key")
    _run(*new, "-subj", "/CN=test authority", "-keyout", ca_key, "-out", str(authority))
    signed = ["-CA", str(authority), "-CAkey", ca_key, "-addext", "subjectAltName=DNS:localhost"]
    _run(*new, "-subj", "/CN=localhost", *signed, "-keyout", str(key), "-out", str(certificate))
    return Certificates(authority, certificate, key)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


class PostgresOnTcp(postgres.Server):
    """PostgreSQL that asks for passwords. (The wheel's was built without TLS: see `TlsFront`.)"""

    prefix = "ghost-test-pg-"
    dialect = "postgres"

    def __init__(self) -> None:
        self.port = free_port()
        super().__init__()

    def prepare(self) -> Sequence[str]:
        command = super().prepare()
        data = self.folder / "data"
        settings = {"listen_addresses": HOST, "port": self.port, "log_min_messages": "log", "log_statement": "all"}
        with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        rules = f"local all all trust\nhost all all {HOST}/32 scram-sha-256\n"
        (data / "pg_hba.conf").write_text(rules, encoding="utf-8")
        return command

    @property
    def socket(self) -> str:
        return str(self.folder / f".s.PGSQL.{self.port}")

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def ask(self, statement: str, database: str = "postgres") -> list[list[Any]]:
        """Run a statement as the owner of the server."""
        from pg8000.native import Connection

        with closing(Connection(postgres.ADMIN, unix_sock=self.socket, database=database, ssl_context=False)) as admin:
            return admin.run(statement) or []

    def furnish(self) -> None:
        """The accounts, and a database with a row in it that all of them may reach."""
        rights = {"boss": "SUPERUSER", "keeper": "CREATEDB CREATEROLE", "maker": "CREATEDB", "poor": ""}
        for name, password in PASSWORDS.items():
            self.ask(f"CREATE ROLE {name} LOGIN {rights[name]} PASSWORD '{password}'")
        self.ask("CREATE DATABASE shop OWNER maker")
        self.ask("CREATE TABLE precious (id int)", "shop")
        self.ask("INSERT INTO precious VALUES (1)", "shop")
        self.ask("ALTER TABLE precious OWNER TO maker", "shop")

    def holdings(self) -> object:
        """Everything on the server: databases, roles, and what is in the one that matters."""
        databases = self.ask("SELECT datname, datdba, datacl::text FROM pg_database ORDER BY 1")
        roles = self.ask("SELECT rolname, rolsuper, rolvaliduntil FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1")
        tables = self.ask(
            "SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace", "shop"
        )
        return databases, roles, tables, self.ask("SELECT * FROM precious", "shop")


class MariaDbOnTcp(mariadb.Server):
    """MariaDB that listens on a port, and speaks TLS where it has certificates."""

    prefix = "ghost-test-my-"
    dialect = "mysql"

    def __init__(self, tls: Certificates | None = None) -> None:
        self.port, self._tls = free_port(), tls
        super().__init__()

    def prepare(self) -> Sequence[str]:
        command = [option for option in super().prepare() if option != "--skip-networking"]
        command += [f"--bind-address={HOST}", f"--port={self.port}", "--general-log", "--skip-name-resolve"]
        command += [f"--general-log-file={self.folder / 'queries'}"]
        if self._tls:
            for path in (self._tls.certificate, self._tls.key):
                self.run(["/bin/sh", "-c", f"umask 077; cat >{self.folder / path.name}"], path.read_bytes())
            command += [f"--ssl-cert={self.folder / 'server.pem'}", f"--ssl-key={self.folder / 'server.key'}"]
            command += ["--require-secure-transport"]
        return command

    def log(self) -> str:
        return (self.folder / "queries").read_text(errors="replace")

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement as the owner of the server."""
        from pymysql.connections import Connection

        who = {"user": mariadb.ADMIN, "password": self.password, "unix_socket": self.socket, "ssl_disabled": True}
        with closing(Connection(**who, autocommit=True, charset="utf8mb4")) as admin, admin.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def furnish(self) -> None:
        """The accounts, and a database with a row in it that most of them may reach."""
        for name, password in PASSWORDS.items():
            self.ask(f"CREATE USER {name}@'{HOST}' IDENTIFIED BY '{password}'")
        self.ask(f"GRANT ALL ON *.* TO boss@'{HOST}' WITH GRANT OPTION")
        self.ask(f"GRANT CREATE USER ON *.* TO keeper@'{HOST}'")
        self.ask(rf"GRANT ALL ON `ghost\_%`.* TO keeper@'{HOST}' WITH GRANT OPTION")
        self.ask(rf"GRANT ALL ON `ghost\_%`.* TO maker@'{HOST}'")
        for statement in ("CREATE DATABASE shop", "CREATE TABLE shop.precious (id int)"):
            self.ask(statement)
        self.ask("INSERT INTO shop.precious VALUES (1)")
        for name in ("keeper", "maker", "poor"):
            self.ask(f"GRANT ALL ON shop.* TO {name}@'{HOST}'")

    def holdings(self) -> object:
        """Everything on the server: databases, accounts with their rights, and what is in the one that matters."""
        accounts = self.ask("SELECT user, host FROM mysql.global_priv ORDER BY 1, 2")
        rights = self.ask("SELECT db, user, host FROM mysql.db ORDER BY 1, 2, 3")
        rows = self.ask("SELECT * FROM shop.precious")
        return self.ask("SHOW DATABASES"), accounts, rights, self.ask("SHOW TABLES IN shop"), rows


class TlsFront:
    """PostgreSQL with TLS: takes the request for it as the server would, and hands on what it deciphers.

    https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-SSL
    """

    def __init__(self, behind: PostgresOnTcp, tls: Certificates) -> None:
        self._behind = behind
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(tls.certificate, tls.key)
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(caller,), daemon=True).start()

    def _talk(self, caller: socket.socket) -> None:
        with caller, suppress(OSError), socket.create_connection((HOST, self._behind.port)) as server:
            request = caller.recv(8)
            if request != b"\x00\x00\x00\x08\x04\xd2\x16\x2f":
                return  # it speaks nothing but TLS
            caller.sendall(b"S")
            with self._context.wrap_socket(caller, server_side=True) as secure:
                secure.setblocking(False)
                while True:
                    ready, _, _ = select.select([secure, server], [], [])
                    if server in ready:
                        answer = server.recv(65_536)
                        if not answer:
                            return
                        secure.setblocking(True)
                        secure.sendall(answer)
                        secure.setblocking(False)
                    with suppress(ssl.SSLWantReadError):
                        while True:
                            asked = secure.recv(65_536)
                            if not asked:
                                return
                            server.sendall(asked)


Served = PostgresOnTcp | MariaDbOnTcp


def url(dialect: str, port: int, user: str, rest: str = "", host: str = HOST, password: str | None = None) -> str:
    """The URL under which this account reaches a server."""
    secret = quote(PASSWORDS[user] if password is None else password, safe="")
    return f"{dialect}://{user}:{secret}@{host}:{port}{rest}"


@contextmanager
def served(dialect: str, tls: Certificates | None = None) -> Iterator[Served]:
    """A furnished server that runs this dialect."""
    need({"postgres": postgres, "mysql": mariadb}[dialect].version(), f"the engine {dialect}")
    server: Served = PostgresOnTcp() if dialect == "postgres" else MariaDbOnTcp(tls)
    try:
        server.furnish()
        yield server
    finally:
        server.stop()


@contextmanager
def served_with_tls(dialect: str, tls: Certificates) -> Iterator[int]:
    """The port of a furnished server that runs this dialect and speaks nothing but TLS."""
    with served(dialect, tls) as server:
        if isinstance(server, MariaDbOnTcp):
            yield server.port
        else:
            with closing(TlsFront(server, tls)) as front:
                yield front.port
