"""What values of each kind look like: one maker a kind.

    Column(field, rng, ...) -> maker -> maker(0), maker(1), ...

A maker draws the value of one row. It may look at what else the row holds (an address of mail has the
name of the person), never at other rows: what no two rows may share is seen to in `rows.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from random import Random
from uuid import UUID

from ..domains.catalogue import catalogue
from .column import Column, Maker, Value
from .figures import FIGURES
from .texts import Lists, drawn, filled, folded
from .writing import common

AT_HOME = 0.85
"""How often a town of this country is said to be in it: people do pick wrong lines of long lists."""

_OFFICES = frozenset("billing support sales office info invoices".split())


# --- makers: words ---


_MEDIA = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png", "csv": "text/csv", "txt": "text/plain"}
"""Media types by the endings of files' names."""


def _ending(name: Value) -> str:
    """The ending of a file's name; empty where a text is none."""
    found = re.search(r"\.([a-z]{2,5})$", str(name))
    return found[1] if found else ""


def _words(c: Column) -> Maker:
    field, rng, lists = c.field, c.rng, c.lists
    if c.thing.called not in ("", field.name) and all("/" in t for t in field.texts if not t.startswith("@")):
        called = c.thing.called
        return lambda i: _MEDIA.get(_ending(c.other(called, i))) or drawn(field.texts, lists, rng)
    return lambda _: drawn(field.texts, lists, rng)


def _text(c: Column) -> Maker:
    """The field's own sentences, else remarks about what the domain deals in."""
    rng, lists, texts = c.rng, c.lists, c.field.texts
    if not texts:
        texts, lists = tuple(common()["sentences"]), _remarks(c)

    def make(_i: int) -> str:
        said = [drawn(texts, lists, rng)]
        if rng.random() < 0.35:
            said += [more for more in [drawn(texts, lists, rng)] if more != said[0]]
        return " ".join(_sentence(s) for s in said)

    return make


def _remarks(c: Column) -> Lists:
    shared = catalogue().platform.lists
    own = [v for n, vs in c.lists.items() if n not in shared for v in vs if 1 < len(v.split()) < 5]
    remarks = (*c.lists["remark"], *common()["remarks"])
    items = own or c.lists["category_name"]
    return {"item": items, "remark": remarks, "first": c.locale.first, "last": c.locale.last}


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text[-1:] in ".!?" else ".")


def _code(c: Column) -> Maker:
    rng, pattern = c.rng, c.field.pattern
    codes: Mapping[str, str] = {**common()["countries"], **common()["codes"]}
    if set(pattern) == {"%"} and c.thing.called and c.thing.called != c.field.name:
        called = c.thing.called
        return lambda i: _known(codes.get(str(c.other(called, i)), ""), pattern) or filled(pattern, rng)
    digits = re.fullmatch(r"(.*?)(#{3,})([^#]*)", pattern)
    if digits is None or rng.random() < 0.4 or not c.field.unique:
        return lambda _: filled(pattern, rng)
    head, width, tail = filled(digits[1], rng), len(digits[2]), digits[3]
    start, step = rng.randrange(10 ** (width - 1)), rng.choice([1, 1, 1, 3, 7])
    return lambda i: f"{head}{(start + step * i) % 10**width:0{width}d}{filled(tail, rng) if tail else ''}"


def _known(code: str, pattern: str) -> str:
    return code if len(code) == len(pattern) else ""


def _choice(c: Column) -> Maker:
    rng, choices = c.rng, c.field.choices
    here = c.locale.name.rpartition("_")[2]
    if "country" in c.field.name and here in choices and c.first("city") is not None:
        return lambda _: here if rng.random() < AT_HOME else rng.choice(choices)
    weights = [rng.uniform(0.3, 2) for _ in choices]
    return lambda _: rng.choices(choices, weights)[0]


# --- makers: people and places ---


def _person(c: Column) -> Maker:
    if c.is_first("person"):
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
    rng, names = c.rng, list(common()["countries"])
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
    company, staff = c.first("company"), c.first("username") or "work" in c.field.name or rng.random() < 0.25
    office = next((w for w in c.field.name.split("_") if w in _OFFICES), "")
    office = office or ("info" if company and c.first("person", "first_name") is None else "")
    hosts = [c.host] if staff else common()["mail_hosts"]

    def make(i: int) -> str:
        firm = c.other(company.name, i) if company else None
        host = f"{_short(str(firm))}.example" if firm else rng.choice(hosts)
        first, last = (folded(n).replace("-", "") for n in c.who(i))
        name = (f"{first}.{last}", f"{first[:1]}.{last}", f"{first}{last}", f"{last}.{first}")[style]
        return f"{office or name}@{host}"

    return make


def _short(firm: str) -> str:
    return "-".join(folded(firm).split("-")[:2]) or "firm"


def _called(c: Column) -> Callable[[int], str]:
    """What to make an address of: the row's name where it is a text, else one of its words."""
    own = c.thing.attribute(c.thing.called)
    if own is not None and own.name != c.field.name and own.kind not in ("slug", "url", "email"):
        name = own.name
        return lambda i: folded(str(c.other(name, i))) or f"item-{i + 1}"
    pool = [v for vs in c.lists.values() for v in vs][:80]
    return lambda i: folded(c.rng.choice(pool)) or f"item-{i + 1}"


def _slug(c: Column) -> Maker:
    called = _called(c)
    return lambda i: "-".join(called(i).split("-")[:6])


def _url(c: Column) -> Maker:
    rng, called, company = c.rng, _called(c), c.first("company")
    paths = rng.choice([[""], ["", "/about", "/en"], ["/p/{}", "/docs/{}"], ["/{}"]])
    words = [folded(w) for w in c.locale.company["words"]]

    def make(i: int) -> str:
        firm = c.other(company.name, i) if company else None
        path = rng.choice(paths).format(called(i))
        host = f"{rng.choice(words)}.{rng.choice(common()['endings'])}"
        return f"https://{f'www.{_short(str(firm))}.example' if firm else host}{path}"

    return make


def _stored(endings: str) -> Callable[[Column], Maker]:
    """The address of a picture or document."""

    def maker(c: Column) -> Maker:
        rng, called = c.rng, _called(c)
        shelf, ending = rng.choice(common()["shelves"]), rng.choice(common()[endings])
        name = c.thing.called if endings == "documents" and c.thing.called != c.field.name else ""

        def make(i: int) -> str:
            own = _ending(c.other(name, i)) if name else ""
            stem = called(i).removesuffix(f"-{own}")[:40].strip("-")
            return f"/{shelf}/{stem}-{rng.randrange(10, 999)}.{own or ending}"

        return make

    return maker


def _iban(c: Column) -> Maker:
    country, _, pattern = c.locale.iban.partition(" ")

    def make(_i: int) -> str:
        account = filled(pattern, c.rng).replace(" ", "")
        # ISO 13616: letters count from A = 10, and the whole is 1 modulo 97.
        check = 98 - int("".join(str(int(x, 36)) for x in f"{account}{country}00")) % 97
        whole = f"{country}{check:02d}{account}"
        return " ".join(whole[n : n + 4] for n in range(0, len(whole), 4))

    return make


def _json(c: Column) -> Maker:
    rng, names = c.rng, c.rng.sample(common()["settings"], 3)
    words = [str(v) for v in ("auto", "dark", "v2", "eu-west", "default", 3, 20)]
    return lambda _: json.dumps({n: rng.choice([True, False, rng.randrange(50), rng.choice(words)]) for n in names})


def _other(make: Callable[[Random], Value]) -> Callable[[Column], Maker]:
    """A maker that needs nothing but chance."""
    return lambda c: lambda _: make(c.rng)


_MAC = "02:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}"  # the second bit of the first byte: given by hand, not by a maker

MAKERS: Mapping[str, Callable[[Column], Maker]] = {
    **FIGURES,
    "words": _words,
    "text": _text,
    "code": _code,
    "choice": _choice,
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
    "url": _url,
    "username": _user_name,
    "slug": _slug,
    "ip": _other(lambda rng: f"{rng.choice(common()['networks'])}.{rng.randrange(2, 254)}"),
    "mac": _other(lambda rng: _MAC.format(*rng.randbytes(5))),
    "iban": _iban,
    "color": _other(lambda rng: str(rng.choice(common()["colors"]))),
    "uuid": _other(lambda rng: str(UUID(int=rng.getrandbits(128), version=4))),
    "rating": _other(lambda rng: rng.choices([1, 2, 3, 4, 5], [3, 5, 15, 37, 40])[0]),
    "image": _stored("photos"),
    "file": _stored("documents"),
    "json": _json,
    "secret": _other(lambda rng: f"{rng.getrandbits(160):040x}"),
    "position": lambda c: lambda i: c.place(i) + 1,
}
"""A maker for every kind that does not point at rows."""
