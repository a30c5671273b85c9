"""Locales: enough of everything, and written so that whoever reads the screen knows what it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

import pytest

from ghost_architect.pages import signals
from ghost_architect.synthetic.apps.priors import priors
from ghost_architect.synthetic.apps.sample import sample_app
from ghost_architect.synthetic.apps.tables import signal
from ghost_architect.synthetic.domains.catalogue import catalogue
from ghost_architect.synthetic.rows.facts import known
from ghost_architect.synthetic.rows.rows import Rows
from ghost_architect.synthetic.rows.writing import NOW, Writing, draw_writing, locale

LOCALES = tuple(priors()["sampling"]["locales"])
PATTERNS = {s.name: s.values for s in signals.load().columns if s.values}
DAYS = [date(2026, 3, 14), date(2024, 12, 1), date(1987, 5, 9), date(2026, 11, 1)]
AMOUNTS = [Decimal(x) for x in ("0.50", "7", "40.00", "999.99", "1204.50", "1250000.00", "-12.30")]

TOLD = (
    "date moment time money percent minutes measure coordinate email phone url ip color uuid flag int count position "
    "json"
).split()
"""Kinds whose values say what they are, however an application writes them (a rating can be a bare 4)."""

UNITS = sorted(
    {f.unit for d in catalogue().domains.values() for e in d.entities.values() for f in e.fields} - {"", "h"}
)
"""All but hours, which are read as a duration, as they should be."""


def habits(name: str) -> list[Writing]:
    return [draw_writing(name, Random(i)) for i in range(120)]


@pytest.mark.parametrize("name", LOCALES)
def test_there_is_enough_of_everything(name: str) -> None:
    said = locale(name)
    assert min(len(set(said.first)), len(set(said.last))) >= 60
    assert min(len(said.cities), len(said.jobs), len(said.street["names"])) >= 20
    texts = [*said.first, *said.last, *said.jobs, *(t for c in said.cities for t in c)]
    assert all(type(t) is str and t == t.strip() != "" for t in texts)
    assert len(said.cities) == len({c for c, _, _ in said.cities})
    assert said.country in known("country")


def written(w: Writing) -> Iterator[tuple[str, str]]:
    """Signals and texts that should look like them."""
    yield from times(w)
    yield from numbers(w)
    for unit in UNITS:
        for size in map(Decimal, ("3", "0.85", "12400", "-18.5")):
            yield "measure", w.measure(size, unit)


def times(w: Writing) -> Iterator[tuple[str, str]]:
    for day in DAYS:
        yield "date", w.date(day)
        yield "moment", w.absolute(datetime.combine(day, time(14, 5, 9)))
        yield "moment", w.absolute(datetime.combine(day, time(0, 30)))
    for back in (30, 400, 3000, 90_000, 200_000, 5_000_000):
        yield "moment", w.moment(NOW - timedelta(seconds=back))
    for clock in (time(0, 5), time(9), time(12, 30), time(23, 59)):
        yield "time_of_day", w.time(clock)
    for minutes in (5, 60, 90, 1500):
        yield "duration", w.minutes(minutes)


def numbers(w: Writing) -> Iterator[tuple[str, str]]:
    yield from (("money", w.money(amount)) for amount in AMOUNTS)
    yield from (("percent", w.percent(Decimal(share))) for share in ("0", "7.5", "19", "100", "-3.2"))
    yield from (("integer_value", w.number(n)) for n in (0, 17, 999, 1000, 48_213, 9_800_000))
    yield from (("decimal_value", w.number(Decimal(n))) for n in ("0.5", "12.25", "1234.56"))
    yield "coordinate", w.coordinate(Decimal("-46.633309"))
    yield from (("flag", text) for text in (w.yes, w.no) if text)


@pytest.mark.parametrize("name", LOCALES)
def test_values_look_like_what_the_signals_expect(name: str) -> None:
    wrong = {(kind, text) for w in habits(name) for kind, text in written(w) if not PATTERNS[kind].fullmatch(text)}
    assert not wrong


@pytest.mark.parametrize("name", LOCALES)
def test_rows_of_a_locale_look_like_what_the_signals_expect(name: str) -> None:
    apps = (sample_app(catalogue(), d, s) for s in range(3) for d in catalogue().domains.values())
    checked = 0
    for app in (a for a in apps if a.locale == name):
        rows = Rows(app)
        for thing in app.things.values():
            for attribute in (a for a in thing.attributes if a.kind in TOLD):
                said = signal(attribute.kind).values
                if said is None or attribute.field.unit == "h":
                    continue
                for row in rows.of(thing)[:6]:
                    text = rows.shown(thing, row, attribute)
                    assert not text or said.fullmatch(text), f"{app.id} {thing.name}.{attribute.name}: {text!r}"
                    checked += 1
    assert checked > 500


@pytest.mark.parametrize(
    ("name", "money", "day"),
    [
        ("en_US", {"$1,204.50", "USD 1,204.50"}, {"03/14/2026", "Mar 14, 2026", "2026-03-14"}),
        ("en_GB", {"£1,204.50"}, {"14/03/2026", "14 Mar 2026", "14 Mar"}),
        ("de_DE", {"1.204,50\u00a0€", "1.204,50\u00a0EUR"}, {"14.03.2026", "14. Mar 2026"}),
        ("fr_FR", {"1\u00a0204,50\u00a0€"}, {"14/03/2026", "14 Mar 2026"}),
        ("es_ES", {"1.204,50\u00a0€"}, {"14/03/2026", "14-03-2026"}),
        ("pt_BR", {"R$\u00a01.204,50", "BRL 1.204,50"}, {"14/03/2026", "2026-03-14"}),
    ],
)
def test_each_country_has_its_ways(name: str, money: set[str], day: set[str]) -> None:
    assert money <= {w.money(Decimal("1204.50")) for w in habits(name)}
    assert day <= {w.date(date(2026, 3, 14)) for w in habits(name)}


def test_recent_moments() -> None:
    said = {t for w in habits("en_US") for t in (w.moment(NOW - timedelta(hours=2)), w.moment(NOW - timedelta(days=1)))}
    assert {"2h ago", "2 hours ago", "1 day ago", "1d ago"} <= said
    assert any(t.startswith("Yesterday ") for t in said)


def test_one_application_writes_one_way() -> None:
    app = sample_app(catalogue(), catalogue().domains["clinic"], 3)
    assert Rows(app).writing == Rows(app).writing
    assert len({w.empty for w in habits("en_US")}) >= 5
    assert all(w.empty == "" or signals.load().is_empty(w.empty) for n in LOCALES for w in habits(n))
