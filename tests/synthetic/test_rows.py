"""Rows keep the keys of the schema, load into a real engine, and are the same however they are looked at."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections import Counter
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache

import pytest

from ghost_architect.schema.ddl import ddl
from ghost_architect.synthetic.apps.app import App, Attribute, Thing
from ghost_architect.synthetic.apps.sample import sample_app
from ghost_architect.synthetic.apps.splits import SPLITS
from ghost_architect.synthetic.domains.catalogue import catalogue
from ghost_architect.synthetic.rows.column import Value
from ghost_architect.synthetic.rows.inserts import stamps
from ghost_architect.synthetic.rows.pointing import echoed
from ghost_architect.synthetic.rows.rows import Rows

DOMAINS = sorted(catalogue().domains)
SOME = DOMAINS[::4]

_TYPES: dict[str, type] = {
    "flag": bool, "int": int, "count": int, "minutes": int, "year": int, "rating": int, "position": int,
    "money": Decimal, "decimal": Decimal, "percent": Decimal, "measure": Decimal, "coordinate": Decimal,
    "date": date, "moment": datetime, "time": time,
}  # fmt: skip


@cache
def made(domain: str, seed: int = 7, split: str = "train") -> tuple[App, Rows]:
    app = sample_app(catalogue(), catalogue().domains[domain], seed, split)
    return app, Rows(app)


def cells(domain: str) -> list[tuple[Thing, Attribute, list[Value]]]:
    app, rows = made(domain)
    return [(t, a, rows.column(t, a.name)) for t in app.things.values() for a in t.attributes]


def every_text(rows: Rows, backwards: bool = False) -> dict[tuple[str, str, int], str]:
    found = {}
    things = list(rows.app.things.values())
    for thing in reversed(things) if backwards else things:
        for attribute in reversed(thing.attributes) if backwards else thing.attributes:
            for row in rows.of(thing):
                found[thing.name, attribute.name, row.number] = rows.shown(thing, row, attribute)
    return found


@pytest.mark.parametrize("domain", DOMAINS)
def test_sqlite_takes_every_row(domain: str) -> None:
    """Foreign keys, CHECKs, UNIQUEs and NOT NULLs of the engine itself are the judge."""
    app, rows = made(domain)
    base = sqlite3.connect(":memory:")
    base.execute("PRAGMA foreign_keys = ON")
    base.executescript(ddl(app.schema, "sqlite"))
    for statement in rows.inserts():
        base.execute(statement)
    assert base.execute("PRAGMA foreign_key_check").fetchall() == []
    assert base.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    for thing in app.things.values():
        (count,) = base.execute(f'SELECT count(*) FROM "{thing.table}"').fetchone()
        assert count == len(rows.of(thing)) > 0
        for a in thing.attributes:
            if a.junction:
                (pairs,) = base.execute(f'SELECT count(*) FROM "{a.junction}"').fetchone()
                assert pairs == sum(len(v) for v in rows.column(thing, a.name) if isinstance(v, tuple))
            elif len(a.columns) == 1 and a.field.is_relation:
                column = f'SELECT count("{a.columns[0]}") FROM "{thing.table}"'
                assert base.execute(column).fetchone()[0] == sum(v is not None for v in rows.column(thing, a.name))
    base.close()


@pytest.mark.parametrize("domain", SOME)
def test_values_are_of_their_kind(domain: str) -> None:
    app, rows = made(domain)
    for thing, a, values in cells(domain):
        held = [v for v in values if v is not None]
        place = f"{thing.name}.{a.name}"
        assert len(held) == len(values) or not (a.required or a.name == thing.called or a.kind == "flag"), place
        if a.kind == "><":
            count = len(rows.of(app.things[a.targets[0]]))
            for i, v in enumerate(values):
                assert isinstance(v, tuple), place
                assert len(set(v)) == len(v) <= 4, place
                assert all(0 <= int(x) < count for x in v), place
                assert a.targets[0] != thing.name or i not in v, place
        elif len(a.targets) > 1:
            assert all(isinstance(v, tuple) and v[0] in a.targets for v in held), place
            assert all(isinstance(v, tuple) and int(v[1]) < len(rows.of(app.things[str(v[0])])) for v in held), place
        elif a.targets:
            count = len(rows.of(app.things[a.targets[0]]))
            assert all(isinstance(v, int) and 0 <= v < count for v in held), place
        else:
            assert all(isinstance(v, _TYPES.get(a.kind, str)) for v in held), place
        if (
            a.kind in ("int", "count", "money", "decimal", "minutes", "year", "percent", "measure")
            and not a.field.computed
        ):
            low, high = a.field.low, a.field.high
            assert low is not None
            assert high is not None
            slack = Decimal("0.01")  # a column holds two digits of a limit like 0.998
            assert all(isinstance(v, int | Decimal) and low - slack <= v <= high + slack for v in held), place


@pytest.mark.parametrize("domain", SOME)
def test_what_comes_after_does(domain: str) -> None:
    _, rows = made(domain)
    for thing, a, values in cells(domain):
        if not a.field.after:
            continue
        for base, v in zip(rows.column(thing, a.field.after), values, strict=True):
            if base is not None and v is not None:
                assert str(base) <= str(v), f"{thing.name}.{a.name}"


@pytest.mark.parametrize("domain", SOME)
def test_trees_have_no_circles_and_parts_have_brothers(domain: str) -> None:
    app, rows = made(domain)
    for thing, a, values in cells(domain):
        if a.targets == (thing.name,) and a.kind != "><":
            assert all(v is None or (isinstance(v, int) and v < i) for i, v in enumerate(values))
        if a.field.part:
            brothers = Counter(values)
            assert max(brothers.values()) <= 5
            whole = app.things[a.targets[0]]
            assert [r.number for r in rows.under(thing, whole, 0)] == [i + 1 for i, v in enumerate(values) if v == 0]
    for thing in app.things.values():
        count = len(rows.of(thing))
        assert count <= {"lookup": 12, "main": 40, "log": 40}.get(thing.role, 10**6) or any(
            a.field.part for a in thing.attributes
        )
        assert rows.of(thing) is rows.of(thing)


def test_about_one_optional_value_in_seven_is_missing() -> None:
    values = [v for d in SOME for _, a, vs in cells(d) if a.columns and not a.required and not a.targets for v in vs]
    assert 0.11 < sum(v is None for v in values) / len(values) < 0.19


def test_rows_are_called_by_different_names() -> None:
    """Of names with enough to choose from."""
    rich = [
        (t, vs)
        for d in DOMAINS
        for t, a, vs in cells(d)
        if a.name == t.called and a.kind in ("person", "code", "username", "email") and t.role == "main"
    ]
    assert len(rich) > 20
    assert all(len(set(vs)) >= 0.9 * len(vs) for _, vs in rich)


@pytest.mark.parametrize("domain", DOMAINS[::10])
def test_looking_in_another_order_shows_the_same(domain: str) -> None:
    app, rows = made(domain)
    assert every_text(Rows(app), backwards=True) == every_text(rows)


def test_another_process_makes_the_same() -> None:
    script = (
        "import hashlib; from tests.synthetic.test_rows import *;"
        "said = repr([sorted(every_text(made(d)[1]).items()) for d in DOMAINS[::40]]);"
        "print(hashlib.sha256(said.encode()).hexdigest())"
    )
    path = os.pathsep.join(p for p in sys.path if p)
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(said) == 1


@pytest.mark.parametrize("domain", SOME)
def test_everything_can_be_shown(domain: str) -> None:
    app, rows = made(domain)
    for (thing, name, number), text in every_text(rows).items():
        value = rows.of(app.things[thing])[number - 1][name]
        assert text == text.strip(), (thing, name)
        assert text or value in (None, ()) or isinstance(value, bool), (thing, name)
        assert "{" not in text or text.startswith("{"), (thing, name, text)
    for t in app.things.values():
        assert all(rows.name_of(t, i) for i in range(len(rows.of(t))))


def lines_of(rows: Rows, part: Thing, price: str, times: str) -> dict[Value, Decimal]:
    sums: dict[Value, Decimal] = {}
    whole = next(a.name for a in part.attributes if a.field.part)
    for row in rows.of(part):
        p, q = row[price], row[times]
        amount = p * q if isinstance(p, Decimal) and isinstance(q, int) else Decimal(0)
        sums[row[whole]] = sums.get(row[whole], Decimal(0)) + amount
    return sums


def test_totals_are_those_of_the_lines() -> None:
    """An invoice says what its lines add up to, in every application that has them all."""
    checked = 0
    for app, rows in (made(d, seed, split) for d in DOMAINS[::3] for seed in (1, 2) for split in SPLITS):
        invoice, line = app.things.get("invoice"), app.things.get("invoice_line")
        if invoice is None or line is None or invoice.attribute("subtotal") is None:
            continue
        if {"quantity", "unit_price"} <= {a.name for a in line.attributes}:
            sums = lines_of(rows, line, "unit_price", "quantity")
            assert [row["subtotal"] for row in rows.of(invoice)] == [sums[i] for i in range(len(rows.of(invoice)))]
            checked += 1
    assert checked


def test_ages_are_counted_from_birth() -> None:
    checked = 0
    for app, rows in (made("clinic", seed) for seed in range(30)):
        patient = app.things.get("patient")
        if patient is None or patient.attribute("age") is None or patient.attribute("born_on") is None:
            continue
        for row in rows.of(patient):
            born, age = row["born_on"], row["age"]
            assert (born is None) == (age is None)
            if isinstance(born, date) and isinstance(age, int):
                assert age == 2026 - born.year - ((born.month, born.day) > (11, 1))
                checked += 1
    assert checked


def test_addresses_of_mail_have_the_name_of_the_person() -> None:
    checked = 0
    for seed in range(40):
        app, rows = made("crm", seed)
        thing = app.things.get("customer")
        if thing is None or not (thing.attribute("name") and thing.attribute("email")):
            continue
        for row in rows.of(thing):
            if row["email"] is not None:
                last = str(row["name"]).split(maxsplit=1)[1].lower()
                if last.isascii() and last.isalpha():
                    assert last in str(row["email"])
                    checked += 1
    assert checked > 20


def test_an_address_is_there_or_not() -> None:
    """Of an address, all of it is missing or at most its region and postcode."""
    checked = 0
    for app, rows in (made(d) for d in DOMAINS):
        for thing in app.things.values():
            parts = [a for a in thing.attributes if a.kind in ("street", "city") and not a.required]
            if len(parts) == 2 and not any(a.field.unique or a in thing.calling for a in parts):
                street, city = (rows.column(thing, a.name) for a in parts)
                assert [v is None for v in street] == [v is None for v in city], thing.name
                checked += 1
    assert checked


def test_a_last_time_with_no_time_before_it() -> None:
    """The board of a forum that keeps its last activity, and not when it was opened."""
    apps = (made("forum", seed) for seed in range(200))
    alone = (
        (rows, thing)
        for app, rows in apps
        for thing in app.things.values()
        if thing.attribute("last_activity") is not None and thing.attribute("opened_on") is None
    )
    rows, thing = next(alone)
    assert any(isinstance(value, datetime) for value in rows.column(thing, "last_activity"))


def test_nobody_picks_one_thing_twice() -> None:
    for app, rows in (made(d) for d in SOME):
        for thing in app.things.values():
            for a in thing.attributes:
                for chosen in rows.column(thing, a.name) if a.kind == "><" else ():
                    assert isinstance(chosen, tuple)
                    names = [rows.name_of(app.things[a.targets[0]], int(i)) for i in chosen]
                    assert len(set(names)) == len(names), (thing.name, a.name)


def test_an_attribute_that_is_not_there() -> None:
    app, rows = made("clinic")
    with pytest.raises(KeyError):
        rows.of(next(iter(app.things.values())))[0]["no_such_thing"]


def test_a_line_is_called_as_the_product_that_it_points_at_and_no_older_than_its_whole() -> None:
    echoes = parts = 0
    for seed in range(14):
        app = sample_app(catalogue(), catalogue().domains["invoicing"], seed)
        rows = Rows(app)
        for thing in app.things.values():
            for attribute in thing.attributes:
                same = echoed(app, thing, attribute) if attribute.kind == "words" else None
                for row in rows.of(thing) if same is not None else ():
                    if same is not None and isinstance(place := row[same.name], int):
                        assert row[attribute.name] in (None, rows.name_of(app.things[same.targets[0]], place))
                        echoes += 1
            whole = next((a for a in thing.attributes if a.field.part), None)
            for row in rows.of(thing) if whole is not None else ():
                place = row[whole.name] if whole is not None else None
                above = app.things[thing.entity.parent]
                made = stamps(rows, thing, row.number - 1)["created_at"]
                first = stamps(rows, above, int(str(place)))["created_at"]
                assert made is not None
                assert first is not None
                assert made >= first
                parts += 1
    assert min(echoes, parts) > 20
