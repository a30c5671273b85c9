"""How values are written: a locale and, within it, one application's habits.

    locales/de_DE.yaml -> Locale ; Locale + seed -> Writing ; Writing.money(Decimal("1204.5")) -> "1.204,50 €"

Labels are English everywhere, and so are the names of months and "2h ago": what varies is what data brings along.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

import yaml

NOW = datetime(2026, 11, 1, 16, 40)
"""The moment at which every screen is looked at."""

TODAY = NOW.date()

_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
_WORDS: tuple[tuple[str, str, int], ...] = (
    ("Yes", "No", 10), ("✓", "✗", 3), ("✓", "", 3), ("✔", "✘", 1), ("True", "False", 2), ("true", "false", 1),
    ("yes", "no", 1), ("On", "Off", 2), ("Enabled", "Disabled", 1), ("Yes", "", 1),
)  # fmt: skip
_EMPTY = {"": 8, "-": 4, "—": 6, "–": 1, "None": 1, "N/A": 2}
_AGO = {"": 14, "short": 3, "long": 3, "calendar": 3}
_DURATIONS = {"1h 30m": 4, "90 min": 4, "90m": 1, "1 h 30 min": 1}
_RATINGS = {"stars": 5, "number": 2, "of five": 1}


@dataclass(frozen=True, slots=True, eq=False)
class Locale:
    """What things are called in a country, and how it writes values; locales/README.md describes each."""

    name: str
    country: str
    language: str
    first: tuple[str, ...]
    last: tuple[str, ...]
    company: Mapping[str, tuple[str, ...]]
    street: Mapping[str, tuple[str, ...]]
    cities: tuple[tuple[str, str, str], ...]
    phones: tuple[str, ...]
    iban: str
    jobs: tuple[str, ...]
    area: tuple[float, float, float, float]
    currency: Mapping[str, str]
    decimal: str
    group: str
    money: Mapping[str, float]
    percent: Mapping[str, float]
    dates: Mapping[str, float]
    clocks: Mapping[str, float]

    @property
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """The lists that templates of names and companies draw from."""
        return {
            "first": self.first,
            "last": self.last,
            "word": self.company["words"],
            "trade": self.company["trades"],
            "form": self.company["forms"],
        }


@cache
def locale(name: str) -> Locale:
    """The locale of this name.

    Raises:
        FileNotFoundError: there is none.
    """
    raw = _read(f"{name}.yaml")
    for key in ("first", "last", "phones", "jobs", "area"):
        raw[key] = tuple(raw[key])
    for key in ("company", "street"):
        raw[key] = {n: tuple(v) for n, v in raw[key].items()}
    raw["cities"] = tuple(map(tuple, raw["cities"]))
    return Locale(name=name, **raw)


@cache
def common() -> Mapping[str, Any]:
    """What is the same in every locale."""
    return _read("common.yaml")


def _read(file: str) -> dict[str, Any]:
    text = files(__package__).joinpath("locales", file).read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@dataclass(frozen=True, slots=True)
class Writing:
    """How one application writes values.

    Attributes:
        locale: whose marks and names.
        empty: what stands where nothing is.
        yes, no: of flags.
        day, clock: patterns of dates and of times of day.
        joined: pattern of both together.
        ago: how recent moments are written: "" as all, "short" 2h ago, "long" 2 hours ago, "calendar" Yesterday 14:05.
        price, share: patterns of money and percent.
        cents: whether whole amounts have cents too.
        group_from: numbers from here on have their thousands marked.
        duration: the example that says how minutes are written.
        stars: how ratings are written.
        unit_apart: whether a space stands before a unit.
        handle: what stands before user names.
        digits: of coordinates, after the point.
    """

    locale: Locale
    empty: str
    yes: str
    no: str
    day: str
    clock: str
    joined: str
    ago: str
    price: str
    share: str
    cents: bool
    group_from: int
    duration: str
    stars: str
    unit_apart: bool
    handle: str
    digits: int

    # --- time ---

    def date(self, value: date) -> str:
        """A day."""
        this, _, other = self.day.partition(" | ")
        pattern = other if other and value.year != TODAY.year else this
        month = _MONTHS[value.month - 1]
        return pattern.format(
            y=value.year,
            yy=value.year % 100,
            m=value.month,
            d=value.day,
            mon=month[:3],
            month=month,
            weekday=_DAYS[value.weekday()],
        )

    def time(self, value: time | datetime) -> str:
        """A time of day."""
        half = value.hour % 12 or 12
        ap = "AM" if value.hour < 12 else "PM"
        if "}{ap}" in self.clock:
            ap = ap.lower()
        return self.clock.format(H=value.hour, h=half, M=value.minute, S=value.second, ap=ap)

    def moment(self, value: datetime) -> str:
        """A day and time; recent ones as this application says it."""
        recent = self._ago(value) if self.ago and value <= NOW else ""
        return recent or self.absolute(value)

    def absolute(self, value: datetime) -> str:
        """A day and time, however recent."""
        return self.joined.format(date=self.date(value), time=self.time(value))

    def _ago(self, value: datetime) -> str:
        if self.ago == "calendar":
            named = {TODAY: "Today", TODAY - timedelta(1): "Yesterday"}.get(value.date(), "")
            return named and f"{named} {self.time(value)}"
        seconds = int((NOW - value).total_seconds())
        for size, unit, up_to in ((60, "minute", 3600), (3600, "hour", 86400), (86400, "day", 30 * 86400)):
            if seconds < up_to:
                count = max(1, seconds // size)
                return f"{count}{unit[0]} ago" if self.ago == "short" else f"{count} {unit}{'s' * (count > 1)} ago"
        return ""

    def minutes(self, value: int) -> str:
        """A duration."""
        hours, rest = divmod(value, 60)
        if self.duration == "90 min":
            return f"{value} min"
        if self.duration == "90m":
            return f"{value}m"
        h, m = ("h", "m") if self.duration == "1h 30m" else (" h", " min")
        said = [f"{hours}{h}"] * (hours > 0) + [f"{rest}{m}"] * (rest > 0 or hours == 0)
        return " ".join(said)

    # --- numbers ---

    def number(self, value: Decimal | int, places: int | None = None) -> str:
        """A number, with as many digits after the mark as it has or as are asked for."""
        if places is None:
            places = 0 if isinstance(value, int) else max(0, -int(value.as_tuple().exponent))
        if -self.group_from < value < self.group_from:
            text = f"{value:.{places}f}"
            return text.replace(".", self.locale.decimal) if places else text
        text = f"{value:,.{places}f}".replace(".", "\0").replace(",", self.locale.group.replace("~", "\u00a0"))
        return text.replace("\0", self.locale.decimal)

    def money(self, value: Decimal | int) -> str:
        """An amount in the currency of the locale."""
        places = 2 if self.cents or value != int(value) else 0
        sign, size = ("-", -value) if value < 0 else ("", value)
        said = self.price.format(n=self.number(size, places), **self.locale.currency)
        return sign + said.replace("~", "\u00a0")

    def percent(self, value: Decimal | int) -> str:
        """A share of a hundred."""
        return self.share.format(n=self.number(value)).replace("~", "\u00a0")

    def measure(self, value: Decimal | int, unit: str) -> str:
        """A number with its unit."""
        return f"{self.number(value)}{' ' if self.unit_apart else ''}{unit}"

    def coordinate(self, value: Decimal) -> str:
        """Degrees: with a point in every country, as machines write them."""
        return f"{value:.{self.digits}f}"

    def rating(self, value: int) -> str:
        """One to five."""
        return {"stars": "★" * value + "☆" * (5 - value), "number": f"{value}", "of five": f"{value}/5"}[self.stars]

    def flag(self, value: bool) -> str:
        """Yes or no."""
        return self.yes if value else self.no


def draw_writing(name: str, rng: Random) -> Writing:
    """The habits of an application in the locale of this name."""
    said = locale(name)

    def drawn(weights: Mapping[str, float]) -> str:
        return rng.choices(list(weights), list(weights.values()))[0]

    yes, no, _ = rng.choices(_WORDS, [w for *_, w in _WORDS])[0]
    return Writing(
        locale=said,
        empty=drawn(_EMPTY),
        yes=yes,
        no=no,
        day=drawn(said.dates),
        clock=drawn(said.clocks),
        joined=rng.choices(["{date} {time}", "{date}, {time}", "{date} at {time}"], [6, 3, 1])[0],
        ago=drawn(_AGO),
        price=drawn(said.money),
        share=drawn(said.percent),
        cents=rng.random() < 0.85,
        group_from=rng.choices([1000, 10_000, 10**15], [8, 1, 1])[0],
        duration=drawn(_DURATIONS),
        stars=drawn(_RATINGS),
        unit_apart=rng.random() < 0.85,
        handle="@" if rng.random() < 0.25 else "",
        digits=rng.randint(4, 6),
    )
