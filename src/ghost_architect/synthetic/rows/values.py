"""What values of each kind look like: one maker a kind.

    Column(field, rng, ...) -> maker -> maker(0), maker(1), ...

A maker draws the value of one row. It may look at what else the row holds (an address of mail has the
name of the person), never at other rows: what no two rows may share is seen to in `rows.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from random import Random
from uuid import UUID

from ..domains.catalogue import catalogue
from .column import Column, Maker, Value
from .figures import FIGURES
from .people import AT_HOME, PEOPLE, firm_of, host_of
from .texts import drawn, filled, folded
from .times import LIMITS, TIMES
from .writing import TODAY, common

_OF_THE_TRADE = 0.6
"""How many remarks are those of a domain that has a list of its own."""

_STOREY = frozenset({"floor", "storey"})

# --- makers: words ---


_MEDIA = {
    "pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png", "csv": "text/csv", "txt": "text/plain",
    "mp3": "audio/mpeg", "wav": "audio/wav", "mp4": "video/mp4", "zip": "application/zip", "xml": "application/xml",
    "html": "text/html", "json": "application/json",
}  # fmt: skip
"""Media types by the endings of files' names."""


def _ending(name: Value) -> str:
    """The ending of a file's name; empty where a text is none."""
    found = re.search(r"\.([a-z][a-z0-9]{1,6})$", str(name))
    return found[1] if found else ""


def _words(c: Column) -> Maker:
    field, rng, lists = c.field, c.rng, c.lists
    if c.thing.called not in ("", field.name) and all("/" in t for t in field.texts if not t.startswith("@")):
        called = c.thing.called
        return lambda i: _MEDIA.get(_ending(c.other(called, i))) or drawn(field.texts, lists, rng)
    return lambda _: drawn(field.texts, lists, rng)


def _text(c: Column) -> Maker:
    """The field's own sentences, else remarks of the trade and of every trade."""
    draw = _own(c) if c.field.texts else _remark(c)

    def make(_i: int) -> str:
        said = [draw()]
        if c.rng.random() < 0.35:
            said += [more for more in [draw()] if more != said[0]]
        return " ".join(_sentence(s) for s in said)

    return make


def _own(c: Column) -> Callable[[], str]:
    return lambda: drawn(c.field.texts, c.lists, c.rng)


def _remark(c: Column) -> Callable[[], str]:
    """Remarks: of the domain's own list where it has one, each as seldom as can be, else of everybody's."""
    shared, rng = catalogue().platform.lists, c.rng
    told = c.lists["remark"] if c.lists["remark"] is not shared["remark"] else ()
    items = [v for n, vs in c.lists.items() if n not in shared for v in vs if 1 < len(v.split()) < 5]
    lists = {
        "item": items or c.lists["category_name"],
        "remark": (*shared["remark"], *common()["remarks"]),
        "first": c.locale.first,
        "last": c.locale.last,
    }
    # What a list holds seldom fits into a sentence; where the trade speaks for itself, nothing is put together.
    sentences = tuple(s for s in common()["sentences"] if not told or "{item}" not in s)
    deck: list[str] = []

    def draw() -> str:
        if not told or rng.random() >= _OF_THE_TRADE:
            return drawn(sentences, lists, rng)
        if not deck:
            deck.extend(rng.sample(told, len(told)))
        return deck.pop()

    return draw


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text[-1:] in ".!?" else ".")


def _code(c: Column) -> Maker:
    rng, pattern = c.rng, c.field.pattern
    digits = re.fullmatch(r"(.*?)(#{3,})([^#]*)", pattern)
    storey = next((a.name for a in c.thing.attributes if a.kind == "int" and a.name in _STOREY), "")
    if storey and digits and len(digits[2]) == 3:
        return lambda i: f"{filled(digits[1], rng)}{c.other(storey, i) or 0}{rng.randint(1, 30):02d}{digits[3]}"
    if digits is None or rng.random() < 0.4 or not c.field.unique:
        return lambda _: filled(pattern, rng)
    head, width, tail = filled(digits[1], rng), len(digits[2]), digits[3]
    start, step = rng.randrange(10 ** (width - 1)), rng.choice([1, 1, 1, 3, 7])
    return lambda i: f"{head}{(start + step * i) % 10**width:0{width}d}{filled(tail, rng) if tail else ''}"


def _choice(c: Column) -> Maker:
    rng, choices = c.rng, c.field.choices
    here = c.locale.name.rpartition("_")[2]
    if "country" in c.field.name and here in choices and c.first("city") is not None:
        return lambda _: here if rng.random() < AT_HOME else rng.choice(choices)
    weights = [rng.uniform(0.3, 2) for _ in choices]
    ahead = _ahead(c)
    early = [w * (not _over(said)) for said, w in zip(choices, weights, strict=True)]
    if not ahead or not any(early):
        return lambda _: rng.choices(choices, weights)[0]

    def make(i: int) -> str:
        day = c.other(ahead, i)
        return rng.choices(choices, early if isinstance(day, date) and _day(day) > TODAY else weights)[0]

    return make


_STATES = frozenset({"status", "state", "stage", "phase", "progress"})
_OVER = frozenset(
    """arrived attended attending closed completed delivered departed done ended finished fulfilled held landed left
    live missed over paid played published returned running seen served settled successful underway won lost""".split()
)
_OVER_PHRASES = ("checked out", "checked in", "in house", "no show", "no-show", "in progress", "in consult", "on site")


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _over(said: str) -> bool:
    """Whether a state is one that only what has begun can be in."""
    low = said.lower()
    return low in _OVER_PHRASES or not _OVER.isdisjoint(low.split())


def _ahead(c: Column) -> str:
    """The day on which a row begins, where that may lie ahead and the field says how far it is; else nothing."""
    if c.keyed or _STATES.isdisjoint(c.field.name.split("_")):
        return ""
    able = [a for a in c.thing.attributes if a.kind in ("date", "moment") and not a.field.after]
    able = [a for a in able if LIMITS.isdisjoint(a.name.split("_")) and "next" not in a.name]
    return next((a.name for a in able if a.field.when in ("near", "future")), "")


# --- makers: addresses of pages and files ---


def _called(c: Column) -> Callable[[int], str]:
    """What to make an address of: the row's name where it is a text, else what the domain deals in."""
    own = c.thing.attribute(c.thing.called)
    if own is not None and own.name != c.field.name and own.kind not in ("slug", "url", "email"):
        name = own.name
        return lambda i: folded(str(c.other(name, i))) or f"item-{i + 1}"
    shared = catalogue().platform.lists
    pool = [v for name, vs in c.lists.items() if name not in shared for v in vs if len(v.split()) < 4]
    return lambda i: folded(c.rng.choice(pool or c.lists["category_name"])) or f"item-{i + 1}"


def _slug(c: Column) -> Maker:
    called = _called(c)
    return lambda i: "-".join(called(i).split("-")[:6])


def _url(c: Column) -> Maker:
    rng, called, company = c.rng, _called(c), firm_of(c)
    paths = rng.choice([[""], ["", "/about", "/en"], ["/p/{}", "/docs/{}"], ["/{}"]])
    words = [folded(w) for w in c.locale.company["words"]]

    def make(i: int) -> str:
        firm = c.other(company.name, i) if company else None
        path = rng.choice(paths).format(called(i))
        host = f"{rng.choice(words)}.{rng.choice(common()['endings'])}"
        return f"https://{f'www.{host_of(str(firm))}.example' if firm else host}{path}"

    return make


def _endings(c: Column) -> Sequence[str]:
    """What a document of this field is kept in."""
    labels = [w for label in c.field.labels for w in re.findall(r"[a-z0-9]+", label.lower())]
    for said in ({*c.field.name.split("_")}, {*labels}, {*c.thing.name.split("_")}):
        for kind in common()["documents"]:
            if said & {*kind["words"]}:
                return tuple(kind["endings"])
    return tuple(common()["documents"][-1]["endings"])


def _image(c: Column) -> Maker:
    """The address of a picture: called as its row."""
    called, shelf, ending = _called(c), c.rng.choice(common()["shelves"]), c.rng.choice(common()["photos"])
    return lambda i: f"/{shelf}/{called(i)[:40].strip('-')}-{c.rng.randrange(10, 999)}.{ending}"


def _file(c: Column) -> Maker:
    """The address of a document: called as what it is, and as its row."""
    rng, words = c.rng, [w for w in c.field.name.split("_") if w not in ("file", "upload", "document")]
    shelf, ending = rng.choice(common()["shelves"]), rng.choice(_endings(c))
    own = c.thing.attribute(c.thing.called)
    name = own.name if own is not None and own.kind in ("words", "code", "person", "company") else ""

    def make(i: int) -> str:
        called = folded(str(c.other(name, i))) if name else ""
        given = _ending(c.other(name, i)) if name else ""
        if given:
            return f"/{shelf}/{called.removesuffix(f'-{given}')}-{rng.randrange(10, 999)}.{given}"
        stem = "-".join([*words, called or str(rng.randrange(100, 9999))])[:48].strip("-")
        return f"/{shelf}/{stem}.{ending}"

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
    **PEOPLE,
    **TIMES,
    "words": _words,
    "text": _text,
    "code": _code,
    "choice": _choice,
    "url": _url,
    "slug": _slug,
    "ip": _other(lambda rng: f"{rng.choice(common()['networks'])}.{rng.randrange(2, 254)}"),
    "mac": _other(lambda rng: _MAC.format(*rng.randbytes(5))),
    "color": _other(lambda rng: str(rng.choice(common()["colors"]))),
    "uuid": _other(lambda rng: str(UUID(int=rng.getrandbits(128), version=4))),
    "rating": _other(lambda rng: rng.choices([1, 2, 3, 4, 5], [3, 5, 15, 37, 40])[0]),
    "image": _image,
    "file": _file,
    "json": _json,
    "secret": _other(lambda rng: f"{rng.getrandbits(160):040x}"),
    "position": lambda c: lambda i: c.place(i) + 1,
}
"""A maker for every kind that does not point at rows."""
