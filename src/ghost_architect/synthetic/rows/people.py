"""What people, firms and places look like: a maker a kind, for `values.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ghost_architect.schema.naming import word_set

from ..apps.app import Attribute
from .column import Column, Maker
from .facts import known
from .texts import drawn, filled, folded
from .writing import common

AT_HOME = 0.96
"""How often a town of this country is said to be in it: people do pick wrong lines of long lists."""

_OFFICES = word_set("billing support sales office info invoices")
_AT_WORK = word_set("work university school company corporate office staff campus business institutional")
"""Words of addresses of mail that belong to the organisation that uses the application."""

_EMPLOYER = word_set("company firm employer organisation organization business agency practice")
_SMALL = word_set("of and the und de da do du des la le los las el y e et")


def _person(c: Column) -> Maker:
    if c.is_first("person") and c.first("first_name") is None:
        return lambda i: " ".join(c.who(i))
    return lambda _: f"{c.rng.choice(c.locale.first)} {c.rng.choice(c.locale.last)}"


def _company(c: Column) -> Maker:
    patterns, names = c.locale.company["patterns"], c.locale.names
    return lambda _: drawn(patterns, names, c.rng)


def _street(c: Column) -> Maker:
    rng, said = c.rng, c.locale.street
    return lambda _: filled(rng.choice(said["patterns"]), rng, lead=True).replace("{name}", rng.choice(said["names"]))


def _place(part: int) -> Callable[[Column], Maker]:
    """City, region or postcode, all of one row from the same city."""

    def maker(c: Column) -> Maker:
        cities = {name: (name, region, postcode) for name, region, postcode in c.locale.cities}
        city = c.first("city") if part else None

        def make(i: int) -> str:
            known = cities.get(str(c.other(city.name, i))) if city else None
            return filled((known or c.rng.choice(c.locale.cities))[part], c.rng)

        return make

    return maker


def _country(c: Column) -> Maker:
    rng, names = c.rng, list(known("country"))
    home = c.locale.country
    at_home = c.thing.role == "main" and c.first("city") is not None
    return lambda _: home if at_home and rng.random() < AT_HOME else rng.choice(names)


def _user_name(c: Column) -> Maker:
    rng, style = c.rng, c.rng.randrange(4)

    def make(i: int) -> str:
        first, last = (folded(n).replace("-", "") for n in c.who(i))
        tail = str(rng.randrange(1, 99)) if rng.random() < 0.2 else ""
        return (f"{first[:1]}{last}", f"{first}.{last}", f"{first}_{last[:1]}", f"{first}{last[:3]}")[style] + tail

    return make


def _email(c: Column) -> Maker:
    rng, style = c.rng, c.rng.randrange(4)
    words = set(c.field.name.split("_"))
    company, staff = firm_of(c), c.first("username") or words & _AT_WORK or rng.random() < 0.25
    office = next((w for w in c.field.name.split("_") if w in _OFFICES), "")
    office = office or ("info" if company and c.first("person", "first_name") is None else "")
    own = c.thing.attribute(c.thing.called)
    desk = own.name if own and own.kind == "words" and c.first("person", "first_name", "username") is None else ""
    hosts = [c.host] if staff or desk else common()["mail_hosts"]

    def make(i: int) -> str:
        firm = c.other(company.name, i) if company else None
        host = f"{host_of(str(firm))}.example" if firm else rng.choice(hosts)
        first, last = (folded(n).replace("-", "") for n in c.who(i))
        name = (f"{first}.{last}", f"{first[:1]}.{last}", f"{first}{last}", f"{last}.{first}")[style]
        if desk:  # what is no person has an address of its own
            name = folded(str(c.other(desk, i)))[:24].strip("-") or name
        return f"{office or name}@{host}"

    return make


def firm_of(c: Column) -> Attribute | None:
    """The firm that a row is, or that its person works for; a sponsor is not."""
    company = c.first("company")
    own = company is not None and (company.name == c.thing.called or not _EMPLOYER.isdisjoint(company.name.split("_")))
    return company if own else None


def host_of(firm: str) -> str:
    """What a firm calls itself on the net: its first two words that mean something."""
    return "-".join([w for w in folded(firm).split("-") if w not in _SMALL][:2]) or "firm"


def _iban(c: Column) -> Maker:
    country, _, pattern = c.locale.iban.partition(" ")

    def make(_i: int) -> str:
        account = filled(pattern, c.rng).replace(" ", "")
        # ISO 13616: letters count from A = 10, and the whole is 1 modulo 97.
        check = 98 - int("".join(str(int(x, 36)) for x in f"{account}{country}00")) % 97
        whole = f"{country}{check:02d}{account}"
        return " ".join(whole[n : n + 4] for n in range(0, len(whole), 4))

    return make


PEOPLE: Mapping[str, Callable[[Column], Maker]] = {
    "person": _person,
    "first_name": lambda c: lambda i: c.who(i)[0],
    "last_name": lambda c: lambda i: c.who(i)[1],
    "company": _company,
    "street": _street,
    "city": _place(0),
    "region": _place(1),
    "postcode": _place(2),
    "country": _country,
    "job": lambda c: lambda _: c.rng.choice(c.locale.jobs),
    "email": _email,
    "phone": lambda c: lambda _: filled(c.rng.choice(c.locale.phones), c.rng),
    "username": _user_name,
    "iban": _iban,
}
"""A maker for every kind that tells of people, firms and places."""
