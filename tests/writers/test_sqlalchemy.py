"""SQLAlchemy: the literal form, what its own tools say of it, and that it makes the database that the SQL makes.

schema -> write -> models.py -> imported in another process -> create_all on a real engine -> fit(schema)
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings

from ghost_architect.schema.dialects import DIALECTS
from ghost_architect.schema.engines import ENGINES, open_engine
from ghost_architect.schema.fit import fit
from ghost_architect.schema.objects import ForeignKey, Schema, Table
from ghost_architect.schema.types import BIGINT
from ghost_architect.writers.sqlalchemy import write
from tests.outside import need, python_package
from tests.schema.strategies import clashes, schemas

from .databases import Worker, database, difference
from .samples import BLOG, LIBRARY, SHOP, column, has_short_names, random_schemas, table, to

FIXED = {"shop": SHOP, "library": LIBRARY, "blog": BLOG, "nothing": Schema()}
_NAME = r"('.*'|\".*\")"
_UNNUMBERED = re.compile(rf"SQLAlchemy cannot say that {_NAME}\.{_NAME} numbers its rows: ")
_MOVED = re.compile(rf"SQLAlchemy cannot say that the primary key of {_NAME} begins with {_NAME}: ")
_KEYLESS = re.compile(
    rf"SQLAlchemy cannot say that {_NAME} has a key to (.+) of {_NAME}: a full stop parts names there"
)


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    python_package("sqlalchemy")
    found = Worker("sqlalchemy_worker.py")
    yield found
    found.close()


def test_literal() -> None:
    assert (
        write(SHOP).content
        == """# SQLAlchemy models, written by Ghost Architect.

from __future__ import annotations

from decimal import Decimal
from typing import Literal, get_args

from sqlalchemy import BigInteger, Enum, ForeignKey, Identity, Numeric, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

OrderStatus = Literal["draft", "paid"]


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str | None] = mapped_column(String(40))

    orders: Mapped[list[Order]] = relationship(back_populates="customer")
    invoices: Mapped[list[Invoice]] = relationship(
        back_populates="paid_by_customer", passive_deletes="all"
    )


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    total: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    status: Mapped[OrderStatus] = mapped_column(
        Enum(*get_args(OrderStatus), name="orders_status")
    )
    customer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("customers.id"))

    customer: Mapped[Customer] = relationship(back_populates="orders")
    invoice: Mapped[Invoice | None] = relationship(back_populates="order")


class Invoice(Base):
    __tablename__ = "invoices"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("orders.id"), unique=True
    )
    paid_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("customers.id"))

    order: Mapped[Order] = relationship(back_populates="invoice")
    paid_by_customer: Mapped[Customer | None] = relationship(back_populates="invoices")
"""
    )


def held(schema: Schema, notes: Sequence[str]) -> Schema:
    """The schema without what the notes say that SQLAlchemy cannot do."""
    numbered, moved, keyless = (
        {match.groups() for note in notes if (match := pattern.match(note))}
        for pattern in (_UNNUMBERED, _MOVED, _KEYLESS)
    )
    assert len(numbered) + len(moved) + len(keyless) == len(set(notes)), notes

    def table_held(old: Table) -> Table:
        columns = (replace(c, default=None) if (repr(old.name), repr(c.name)) in numbered else c for c in old.columns)
        key = old.primary_key
        if key and (repr(old.name), repr(key[0])) in moved:
            key = tuple(sorted(key, key=lambda name: name not in [c.name for c in old.columns if c.is_identity]))
        said: dict[tuple[str, ...], ForeignKey] = {
            (repr(old.name), ", ".join(map(repr, f.references)), repr(f.table)): f for f in old.foreign_keys
        }
        keys = tuple(f for f in old.foreign_keys if f not in [said.get(match) for match in keyless])
        return replace(old, columns=tuple(columns), primary_key=key, foreign_keys=keys)

    return Schema(tuple(map(table_held, schema.tables)))


def same_database(worker: Worker, schema: Schema, engine: str, folder: Path) -> None:
    """What the models make is what the SQL makes."""
    dialect = open_engine(engine).dialect
    written, models = write(schema, dialect), folder / "models.py"
    assert isinstance(written.content, str)
    models.write_text(written.content, encoding="utf-8")
    with database(engine, folder / "test.db") as found:
        worker(models, found)
        assert difference(found, held(fit(schema, dialect).schema, written.notes)) == []


@pytest.fixture
def engine_here(engine: str) -> str:
    """The engine, if it is installed."""
    need(open_engine(engine).version(), f"the engine {engine}")
    return engine


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", FIXED)
def test_the_database_is_the_one_that_was_meant(worker: Worker, name: str, engine_here: str, tmp_path: Path) -> None:
    same_database(worker, FIXED[name], engine_here, tmp_path)


@pytest.mark.parametrize("engine", ENGINES)
@settings(
    max_examples=settings().max_examples // 3,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(schema=schemas())
def test_any_schema_gives_the_database_that_was_meant(
    worker: Worker, engine_here: str, tmp_path: Path, schema: Schema
) -> None:
    assume(engine_here != "mysql" or not clashes(schema))
    same_database(worker, schema, engine_here, tmp_path)


def test_a_comparison_can_fail(worker: Worker, tmp_path: Path) -> None:
    models = tmp_path / "models.py"
    models.write_text(str(write(SHOP, "sqlite").content).replace("String(120)", "String(12)"), encoding="utf-8")
    with database("sqlite", tmp_path / "test.db") as found:
        assert worker(models, found) == {"classes": ["Customer", "Invoice", "Order"]}
        assert difference(found, SHOP) == ["customers.name: type varchar(120) became varchar(12)"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_formatters_and_linters_change_nothing(dialect: str, tmp_path: Path) -> None:
    for i, schema in enumerate((*FIXED.values(), *filter(has_short_names, random_schemas(40)))):
        (tmp_path / f"models_{i}.py").write_text(str(write(schema, dialect).content), encoding="utf-8")
    for told in (("format", "--check"), ("check", "--select=E4,E7,E9,F,I,UP,B,W,N801", "--ignore=E742")):
        command = [sys.executable, "-m", "ruff", *told, "--isolated", "--no-cache", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:]


def test_a_type_checker_finds_nothing(tmp_path: Path) -> None:
    for name, schema in FIXED.items():
        (tmp_path / f"{name}.py").write_text(str(write(schema).content), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={tmp_path}", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


_USE = """
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session
from models import Base, Category, Post, Tag, User

engine = create_engine("sqlite://")
Base.metadata.create_all(engine)
with Session(engine) as session:
    author, editor = User(email="a@example.org"), User(email="e@example.org")
    post = Post(author=author, editor=editor, metadata_="m", class_="c", tags=[Tag(label="new")])
    session.add_all([post, Category(children=[Category(), Category()])])
    session.commit()
    assert (author.posts_as_author, author.posts_as_editor) == ([post], []), author
    assert editor.posts_as_editor == [post]
    assert [t.posts for t in session.scalars(select(Tag))] == [[post]]
    assert sorted(len(c.children) for c in session.scalars(select(Category))) == [0, 0, 2]
    session.delete(post)
    session.commit()
    assert session.scalar(select(func.count()).select_from(User)) == 2
"""


def test_rows_are_reached_from_both_ends(tmp_path: Path) -> None:
    python_package("sqlalchemy")
    (tmp_path / "models.py").write_text(str(write(BLOG, "sqlite").content), encoding="utf-8")
    command = [sys.executable, "-B", "-W", "error", "-c", _USE]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_what_leads_nowhere_is_left_out_and_said(worker: Worker, tmp_path: Path) -> None:
    odd = Schema((table("orders", column("customer_id", BIGINT), keys=(to("customers", "customer_id"),)),))
    written = write(odd, "sqlite")
    assert written.notes == ("left out: a key of 'orders' to 'customers', where it finds nothing",)
    assert f"# {written.notes[0]}\n" in str(written.content)
    models = tmp_path / "models.py"
    models.write_text(str(written.content), encoding="utf-8")
    with database("sqlite", tmp_path / "test.db") as found:
        assert worker(models, found) == {"classes": ["Order"]}
