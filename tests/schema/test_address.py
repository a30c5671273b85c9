"""URLs of servers: what they mean, and that no error quotes them."""

from __future__ import annotations

import re
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghost_architect.errors import UsageError
from ghost_architect.schema.engines import open_engine
from ghost_architect.schema.engines.address import Address, Tls, read_url


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("postgresql://u@localhost", Address("postgres", "u", host="localhost", port=5432)),
        ("postgres://u:p@127.0.0.1:5433/db", Address("postgres", "u", "p", "127.0.0.1", 5433, database="db")),
        ("postgresql+psycopg://u@localhost", Address("postgres", "u", host="localhost", port=5432)),
        ("mysql+pymysql://u@localhost?charset=utf8mb4", Address("mysql", "u", host="localhost", port=3306)),
        ("MARIADB://u@localhost", Address("mysql", "u", host="localhost", port=3306)),
        ("mysql://u:p%40%2F%3A%C3%A9@localhost", Address("mysql", "u", "p@/:é", "localhost", 3306)),
        ("mysql://u:a:b@localhost", Address("mysql", "u", "a:b", "localhost", 3306)),
        ("mysql://a%20b@localhost", Address("mysql", "a b", host="localhost", port=3306)),
        ("postgresql://u@[::1]:5433", Address("postgres", "u", host="::1", port=5433)),
        ("postgresql://localhost?user=u&password=p", Address("postgres", "u", "p", "localhost", 5432)),
        (
            "postgresql://u@/db?host=/run/pg&port=5433",
            Address("postgres", "u", port=5433, socket="/run/pg/.s.PGSQL.5433", database="db"),
        ),
        ("postgresql://u@%2Frun%2Fpg", Address("postgres", "u", port=5432, socket="/run/pg/.s.PGSQL.5432")),
        ("mysql://u@localhost?unix_socket=/run/my.sock", Address("mysql", "u", port=3306, socket="/run/my.sock")),
        (
            "postgresql://u@db.example.org?connect_timeout=3",
            Address("postgres", "u", host="db.example.org", port=5432, tls=Tls.VERIFY_FULL, connect_seconds=3.0),
        ),
        (
            "mysql://u@db.example.org?ssl-mode=VERIFY_CA&ssl_ca=/ca.pem&ssl_cert=/c.pem&ssl_key=/k.pem",
            Address(
                *("mysql", "u", "", "db.example.org", 3306, "", "", Tls.VERIFY_CA, "/ca.pem", "/c.pem", "/k.pem"),
            ),
        ),
        (
            "postgresql://u@db.example.org?sslmode=disable",
            Address("postgres", "u", host="db.example.org", port=5432, tls=Tls.DISABLE),
        ),
    ],
)
def test_what_a_url_says(url: str, address: Address) -> None:
    assert read_url(url, {}) == address


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://localhost", "names no user"),
        ("postgresql://u@", "names no host"),
        ("postgresql://u:p#q@localhost", "has to be encoded"),
        ("postgresql://u:p q@localhost", "has to be encoded"),
        ("postgresql://u:p\n@localhost", "has to be encoded"),
        ("postgresql://u:p/q@localhost", "has an @ behind its host"),
        ("postgresql://u:p?q@localhost", "has an @ behind its host"),
        ("postgresql://u@a,b", "names several hosts"),
        ("postgresql://u@localhost:0", "a port that is no number"),
        ("postgresql://u@localhost:99999", "a port that is no number"),
        ("postgresql://u@localhost:5432:1", "a port that is no number"),
        ("postgresql://u@::1", "names no host"),
        ("postgresql://u@[::1", "has no readable host"),
        ("postgresql://u@localhost?sslmode=prefer", "asks for TLS only where the server likes it"),
        ("postgresql://u@localhost?sslmode=on", "has an unknown sslmode"),
        ("postgresql://u@localhost?options=-c", "has a parameter options that is not known"),
        ("postgresql://u@localhost?=x", "has a parameter that is not known"),
        ("postgresql://u@localhost?connect_timeout=0", "connect_timeout that is no number"),
        ("mysql://u@localhost?charset=latin1", "another charset"),
        ("mysql://u%ff@localhost", "is not UTF-8"),
        ("mysql://u%00@localhost", "is not UTF-8"),
        ("mysql://u%0@localhost", "begins no %XX"),
        ("sqlite:///x.db", "there is no engine sqlite://..."),
        ("http://u:p@localhost", "there is no engine http://..."),
        ("://", "there is no engine of this URL"),
    ],
)
def test_what_is_wrong_with_a_url_is_one_line_with_a_hint(url: str, says: str) -> None:
    with pytest.raises(UsageError) as error:
        read_url(url, {})
    assert says in error.value.message
    assert error.value.hint
    assert "\n" not in error.value.message + error.value.hint


@pytest.mark.parametrize(
    ("url", "environment", "password"),
    [
        ("postgresql://u@h", {"GHOST_ENGINE_PASSWORD": "a", "PGPASSWORD": "b"}, "a"),
        ("postgresql://u@h", {"PGPASSWORD": "b", "MYSQL_PWD": "c"}, "b"),
        ("mysql://u@h", {"PGPASSWORD": "b", "MYSQL_PWD": "c"}, "c"),
        ("mysql://u:d@h", {"GHOST_ENGINE_PASSWORD": "a"}, "d"),
        ("mysql://u@h", {}, ""),
    ],
)
def test_where_the_password_comes_from(url: str, environment: dict[str, str], password: str) -> None:
    assert read_url(url, environment).password == password


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("postgresql://u:p@db.example.org/shop", "postgres at db.example.org"),
        ("mysql://u:p@db.example.org:3307", "mysql at db.example.org:3307"),
        ("mariadb://u:p@[::1]", "mysql at [::1]"),
        ("postgresql://u:p@[::1]:5433", "postgres at [::1]:5433"),
        ("mysql://u:p@/?unix_socket=/run/my.sock", "mysql at /run/my.sock"),
    ],
)
def test_the_label_names_the_place_and_nobody(url: str, label: str) -> None:
    engine = open_engine(url)
    assert engine.label == label
    assert engine.version() == ""


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.1", "[::1]"])
def test_on_this_machine_there_is_no_tls_unless_asked_for(host: str) -> None:
    assert read_url(f"mysql://u@{host}").tls is Tls.DISABLE
    assert read_url(f"mysql://u@{host}?sslmode=verify-full").tls is Tls.VERIFY_FULL


@pytest.mark.parametrize("host", ["localhost.example.org", "10.0.0.1", "db", "[fe80::1]", "127.0.0.1.example.org"])
def test_everywhere_else_it_is_checked(host: str) -> None:
    assert read_url(f"mysql://u@{host}").tls is Tls.VERIFY_FULL


SECRET = "Zq7Zq7"
PIECES = st.sampled_from(("postgresql://", "mysql:", "//", "@", ":", "/", "?", "&", "=", "#", "%", "%4", "[", "]", ","))
NOISE = st.lists(st.one_of(PIECES, st.sampled_from(("u", "localhost", "5432", "sslmode", " ", "\n", "é"))), max_size=8)


@given(before=NOISE, after=NOISE)
def test_no_text_with_a_password_in_it_makes_an_error_that_shows_it(before: list[str], after: list[str]) -> None:
    url = f"{''.join(before)}:{SECRET}@{''.join(after)}"
    try:
        found = repr(read_url(url, {})) if "://" in url else open_engine(url).label
    except UsageError as error:
        found = "".join(traceback.format_exception(error)) + error.hint
        assert SECRET not in found
    else:
        assert SECRET not in re.sub(r"(user|database|host|socket)='[^']*'", "", found)
