"""Django: the literal form, what Django's own commands say of it, and which database they make.

schema -> write -> models.py -> an app of a scratch project, in another process: check, makemigrations, migrate
-> a real engine -> fit(schema), as far as Django can hold it (`django_form` lists how far that is)
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings

from ghost_architect.schema.dialects import DIALECTS
from ghost_architect.schema.dialects import dialect as find_dialect
from ghost_architect.schema.engines import ENGINES, open_engine
from ghost_architect.schema.fit import fit
from ghost_architect.schema.objects import Column, ForeignKey, OnDelete, Schema, Table, literal
from ghost_architect.schema.types import BIGINT, BINARY, JSON, TEXT, varchar
from ghost_architect.writers import Written
from ghost_architect.writers.django import write
from tests.outside import need, python_package
from tests.schema.strategies import clashes, schemas

from .databases import Worker, database, difference
from .django_form import as_django, differences
from .samples import BLOG, LIBRARY, SHOP, column, has_short_names, random_schemas, table, to

FIXED = {"shop": SHOP, "library": LIBRARY, "blog": BLOG}


def text(schema: Schema, dialect: str = "postgres") -> str:
    return str(write(schema, dialect).content)


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    python_package("django")
    python_package("psycopg")
    python_package("pymysql")
    found = Worker("django_worker.py")
    yield found
    found.close()


@pytest.fixture
def engine_here(engine: str) -> str:
    """The engine, if it is installed."""
    need(open_engine(engine).version(), f"the engine {engine}")
    return engine


def app(folder: Path, models: str) -> Path:
    """The folder with nothing but an app of these models."""
    place = folder / "scratch"
    for package in (place, place / "migrations"):
        package.mkdir(exist_ok=True)
        for old in package.glob("*.py"):
            old.unlink()
        (package / "__init__.py").touch()
    (place / "models.py").write_text(models, encoding="utf-8")
    return folder


def migrated(worker: Worker, written: Written, schema: Schema, engine: str, folder: Path) -> list[str]:
    """What Django's checks say, or how the database that it made is not the one that was meant."""
    d = find_dialect(open_engine(engine).dialect)
    with database(engine, folder / "test.db") as found:
        said: list[str] = worker(app(folder, str(written.content)), found)["said"]
        meant = as_django(fit(schema, d.name).schema, d, written.notes)
        return said or difference(found, schema, lambda made: differences(made, meant, d))


def test_literal() -> None:
    assert (
        text(LIBRARY)
        == """# Django models, written by Ghost Architect. Needs Django 5.2 or later.
# Django cannot hold the foreign key ('book_isbn', 'book_edition') of 'loans' to
#   'books': it has several columns
# ON DELETE is carried out by Django; the database is not told of it
# 'members'.'level' is a text with a CHECK: Django makes no enum type
# 'loans'.'state' is a text with a CHECK: Django makes no enum type

import datetime as dt
from decimal import Decimal

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast, Now


class MemberLevel(models.TextChoices):
    BASIC = "Basic"
    GOLD_MEMBER = "Gold member"
    GROSSTE = "größte", "größte"
    N_50_PERCENT_OFF = "50% off", "50% off"


class Member(models.Model):
    id = models.UUIDField(primary_key=True, db_default=RandomUUID())
    full_name = models.CharField(
        max_length=120,
        db_column="full name",
        db_comment="As on the card; it's shown “as is”",
    )
    level = models.CharField(
        max_length=11, choices=MemberLevel, db_default=MemberLevel.BASIC
    )
    invited_by = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        related_name="members_invited_by",
        db_column="invited_by",
        null=True,
        blank=True,
    )
    active = models.BooleanField(db_default=True)
    settings = models.JSONField(db_default={})
    photo = models.BinaryField(null=True, blank=True)
    last_address = models.GenericIPAddressField(null=True, blank=True)
    joined_on = models.DateField(db_default=Cast(Now(), models.DateField()))

    class Meta:
        db_table = "members"
        db_table_comment = "People who borrow.\\nOne row a card."
        constraints = [
            models.UniqueConstraint(
                fields=["full_name", "level"], name="members_full_name_level_key"
            ),
            models.CheckConstraint(
                condition=Q(level__in=MemberLevel.values), name="members_level_check"
            ),
        ]


class Book(models.Model):
    pk = models.CompositePrimaryKey("isbn", "edition")
    isbn = models.CharField(max_length=17)
    edition = models.SmallIntegerField(db_default=1)
    title = models.TextField()
    price = models.DecimalField(
        max_digits=8, decimal_places=2, null=True, blank=True, db_default=Decimal("0")
    )
    pages = models.IntegerField(null=True, blank=True)
    loan_period = models.DurationField(db_default=dt.timedelta(days=14))

    class Meta:
        db_table = "books"
        constraints = [
            models.UniqueConstraint(
                fields=["title", "edition"], name="books_title_edition_key"
            ),
            models.CheckConstraint(
                condition=Q(price__gte=Decimal("0")) & Q(pages__gt=0),
                name="books_price_pages_check",
            ),
        ]


class LoanState(models.TextChoices):
    OPEN = "open"
    RETURNED = "returned"
    LOST = "lost"


class Loan(models.Model):
    id = models.BigAutoField(primary_key=True)
    book_isbn = models.CharField(max_length=17)
    book_edition = models.SmallIntegerField()
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="loans")
    returned_to = models.ForeignKey(
        Member,
        on_delete=models.SET_NULL,
        related_name="loans_returned_to",
        db_column="returned_to",
        null=True,
        blank=True,
    )
    state = models.CharField(max_length=8, choices=LoanState, db_default=LoanState.OPEN)
    lent_at = models.DateTimeField(db_default=Now())
    note = models.TextField(null=True, blank=True, db_default="it's \\\\ new")

    class Meta:
        db_table = "loans"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=LoanState.values), name="loans_state_check"
            ),
            models.CheckConstraint(
                condition=Q(book_edition__gt=0), name="loans_book_edition_check"
            ),
        ]
        indexes = [
            models.Index(
                fields=["book_isbn", "book_edition"], name="loans_book_isbn_book_3615c2"
            ),
        ]
"""
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", FIXED)
def test_django_makes_the_database_that_was_meant(worker: Worker, name: str, engine_here: str, tmp_path: Path) -> None:
    written = write(FIXED[name], open_engine(engine_here).dialect)
    assert migrated(worker, written, FIXED[name], engine_here, tmp_path) == []


@pytest.mark.parametrize("engine", ENGINES)
@settings(
    max_examples=settings().max_examples // 5,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(schema=schemas())
def test_any_schema_gives_the_database_that_was_meant(
    worker: Worker, engine_here: str, tmp_path: Path, schema: Schema
) -> None:
    assume(engine_here != "mysql" or not clashes(schema))
    written = write(schema, open_engine(engine_here).dialect)
    assert migrated(worker, written, schema, engine_here, tmp_path) == []


def test_a_comparison_can_fail(worker: Worker, tmp_path: Path) -> None:
    written = write(SHOP, "sqlite")
    short = replace(written, content=str(written.content).replace("max_length=120", "max_length=12"))
    assert migrated(worker, short, SHOP, "sqlite", tmp_path) == ["customers.name: type varchar(120) became varchar(12)"]
    open_ = replace(written, content=str(written.content).replace("OrderStatus.values", "['?', *OrderStatus.values]"))
    assert migrated(worker, open_, SHOP, "sqlite", tmp_path) == [
        "orders.status: a row is taken that must be refused: a word that is not listed"
    ]
    with pytest.raises(AssertionError, match="is a text with a CHECK"):
        as_django(SHOP, find_dialect("postgres"), [*write(SHOP).notes, "'a'.'b' is a text with a CHECK"])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_formatters_and_linters_change_nothing(dialect: str, tmp_path: Path) -> None:
    for i, schema in enumerate((*FIXED.values(), Schema(), *filter(has_short_names, random_schemas(40)))):
        (tmp_path / f"models_{i}.py").write_text(text(schema, dialect), encoding="utf-8")
    # A table or a word may be called I (E741, E742).
    for told in (("format", "--check"), ("check", "--select=E4,E7,E9,F,I,UP,B,W,N801", "--ignore=E741,E742")):
        command = [sys.executable, "-m", "ruff", *told, "--isolated", "--no-cache", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:]


_USE = """
import django
from django.conf import settings
from django.db import IntegrityError, connection, models

settings.configure(
    INSTALLED_APPS=["scratch"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()
from scratch.models import Category, Post, PostTag, Tag, User

with connection.schema_editor() as editor:
    for model in django.apps.apps.get_models():
        editor.create_model(model)
author, reader = User.objects.create(email="a@example.org"), User.objects.create(email="e@example.org")
post = Post.objects.create(author=author, editor=reader, metadata="m", class_field="c")
tag = Tag.objects.create(label="new")
PostTag.objects.create(post=post, tag=tag)
assert list(post.tags.all()) == [tag] and list(tag.posts.all()) == [post]
assert author.posts_as_author.get() == reader.posts_as_editor.get() == post
tree = Category.objects.create()
assert list(tree.children.all()) == [] != [Category.objects.create(parent=tree)] == list(tree.children.all())
reader.delete()
post.refresh_from_db()
assert post.editor is None
try:
    author.delete()
except models.ProtectedError:
    pass
post.delete()
assert PostTag.objects.count() == 0
"""


def test_rows_are_reached_from_both_ends(tmp_path: Path) -> None:
    python_package("django")
    app(tmp_path, text(BLOG, "sqlite"))
    command = [sys.executable, "-B", "-W", "error", "-c", _USE]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_what_django_cannot_hold_is_said() -> None:
    odd = Schema(
        (
            Table("log", (Column("line", TEXT, True, literal("x")),)),
            Table("codes", (Column("code", varchar(9), False),), uniques=(("code",),)),
            table('a"b', column("x%"), column("n", BIGINT)),
            table(
                "jobs",
                Column("data", JSON, True, literal("null")),
                column("on", BIGINT),
                keys=(ForeignKey(("on",), 'a"b', ("id",), OnDelete.SET_NULL), to("nowhere", "on")),
            ),
        )
    )
    written = write(odd)
    assert written.notes == (
        "left out: a key of 'jobs' to 'nowhere', where it finds nothing",
        "'log' has no primary key; Django adds a column for one",
        "'codes' has no primary key; its unique key is written as one",
        "ON DELETE is carried out by Django; the database is not told of it",
        "the table 'a\"b' is called 'a_b': Django does not quote such a name",
        "the column 'x%' of 'a\"b' is called 'x_percent': Django does not quote such a name",
        "Django cannot hold the default of 'jobs'.'data'",
        "Django cannot hold ON DELETE SET NULL of 'jobs'.'on'; a deletion is refused",
    )
    for note in written.notes:
        assert f"# {note}\n" in str(written.content)


def test_mysql_has_no_key_over_bytes() -> None:
    schema = Schema((Table("files", (Column("digest", BINARY, False), Column("name", TEXT)), ("digest",)),))
    assert write(schema, "postgres").notes == ()
    assert write(schema, "mysql").notes == (
        "Django cannot hold the key ('digest') of 'files': MySQL wants a length of bytes in a key",
        "'files' has no primary key; Django adds a column for one",
    )


def test_titles_name_the_rows_where_they_do() -> None:
    def told(title: str) -> list[str]:
        one = replace(table("repair_orders"), title=title)
        return [line.strip() for line in text(Schema((one,))).splitlines() if "verbose" in line]

    assert told("") == []
    assert told("Repair order") == ['verbose_name = "Repair order"']
    assert told("All repairs") == ['verbose_name_plural = "All repairs"']
    assert told("Member list") == []
    assert told('"""\n# noqa') == []
