"""Texts from templates, codes from patterns, keys that are looked for until they are found."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime
from random import Random

import pytest

from ghost_architect.synthetic.apps.app import Attribute, Thing
from ghost_architect.synthetic.domains.catalogue import Entity, catalogue
from ghost_architect.synthetic.domains.fields import read_field
from ghost_architect.synthetic.domains.kinds import KINDS, RELATIONS
from ghost_architect.synthetic.rows.column import Column, Maker, Value
from ghost_architect.synthetic.rows.keys import Key, assign
from ghost_architect.synthetic.rows.texts import all_of, drawn, filled, folded, size
from ghost_architect.synthetic.rows.values import MAKERS
from ghost_architect.synthetic.rows.writing import NOW, TODAY, locale

LISTS = {"shade": ("Moss", "Oat"), "garment": ("linen shirt", "ankle boots", "hat"), "ending": ("example", "test")}


def thing_of(**lines: str) -> Thing:
    fields = tuple(read_field(n, line) for n, line in lines.items())
    entity = Entity("sample", "test", (), (), "main", (), (), fields)
    attributes = tuple(Attribute(f, f.label, f.label, (f.name,), (), "", True) for f in fields)
    return Thing(entity, "samples", "id", "Sample", "Samples", attributes, fields[0].name)


def maker_of(thing: Thing, name: str, others: dict[str, Value] | None = None, where: str = "de_DE") -> Maker:
    attribute = thing.attribute(name)
    assert attribute is not None
    said = others or {}
    column = Column(
        thing=thing,
        field=attribute.field,
        rng=Random(name),
        locale=locale(where),
        lists={**catalogue().platform.lists, **LISTS},
        other=lambda n, _: said.get(n),
        who=lambda _: ("Jürgen", "von Stetten"),
        place=lambda i: i,
        host="firm.example",
    )
    return MAKERS[attribute.kind](column)


def test_every_kind_that_points_at_no_row_has_a_maker() -> None:
    assert set(MAKERS) == set(KINDS) - RELATIONS


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("@shade",), ["Moss", "Oat"]),
        (("{garment}, recycled",), ["Linen shirt, recycled", "Ankle boots, recycled", "Hat, recycled"]),
        (("a.{ending}", "{ending}"), ["a.example", "a.test", "example", "test"]),
        (("Plain", "@"), ["Plain", "@"]),
    ],
)
def test_templates(texts: tuple[str, ...], expected: list[str]) -> None:
    assert all_of(texts, LISTS) == expected
    assert size(texts, LISTS) == len(expected)
    assert {drawn(texts, LISTS, Random(i)) for i in range(80)} == set(expected)


def test_patterns() -> None:
    rng = Random(1)
    assert all(re.fullmatch(r"INV-2026-\d{4}/[A-Z]{2}", filled("INV-2026-####/%%", rng)) for _ in range(50))
    assert all(filled("###", rng, lead=True)[0] != "0" for _ in range(200))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Jürgen Weiß", "jurgen-weiss"), ("O'Brien & Sons", "obrien-sons"), ("Ayşe Yılmaz", "ayse-yilmaz"), ("東京", "")],
)
def test_addresses_are_plain(text: str, expected: str) -> None:
    assert folded(text) == expected


def test_numbers_stay_in_their_range() -> None:
    lines = {
        "a": "money 5.5..7",
        "b": "int -4..3",
        "c": "percent 0..1",
        "d": "decimal 0.998..1.03",
        "e": "minutes 7..9",
    }
    for low, high, name in ((5.5, 7, "a"), (-4, 3, "b"), (0, 1, "c"), (0.99, 1.03, "d"), (7, 9, "e")):
        make = maker_of(thing_of(**lines), name)
        assert all(low <= float(str(make(i))) <= high for i in range(300)), name


def test_wide_ranges_reach_both_ends() -> None:
    make = maker_of(thing_of(a="int 0..90000"), "a")
    lengths = Counter(len(str(make(i))) for i in range(2000))
    assert set(lengths) >= {3, 4, 5}


def test_mail_follows_person_and_firm() -> None:
    thing = thing_of(name="person", company="company", email="email")
    make = maker_of(thing, "email", {"company": "Weber & Söhne GmbH"})
    assert re.fullmatch(r"[a-z.]*vonstetten[a-z.]*@weber-sohne\.example", str(make(0)))
    assert re.fullmatch(
        r"info@.*", str(maker_of(thing_of(company="company", email="email"), "email", {"company": "X"})(0))
    )


def test_region_and_postcode_are_those_of_the_city() -> None:
    thing = thing_of(city="city", region="region", postcode="postcode")
    said: dict[str, Value] = {"city": "Kiel"}
    assert maker_of(thing, "region", said)(0) == "Schleswig-Holstein"
    assert re.fullmatch(r"241\d\d", str(maker_of(thing, "postcode", said)(0)))


def test_known_codes() -> None:
    thing = thing_of(name="country", iso="code %%")
    assert maker_of(thing, "iso", {"name": "Norway"})(0) == "NO"
    assert re.fullmatch("[A-Z]{2}", str(maker_of(thing, "iso", {"name": "Nowhere"})(0)))


@pytest.mark.parametrize("where", ["en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "pt_BR"])
def test_account_numbers_check(where: str) -> None:
    """ISO 13616: the whole, its head moved behind, is 1 modulo 97."""
    make = maker_of(thing_of(a="iban"), "a", where=where)
    for i in range(20):
        said = str(make(i)).replace(" ", "")
        assert int("".join(str(int(c, 36)) for c in said[4:] + said[:4])) % 97 == 1


def test_times() -> None:
    past = [maker_of(thing_of(a="moment past"), "a")(i) for i in range(50)]
    assert all(isinstance(v, datetime) and v < NOW for v in past)
    future = [maker_of(thing_of(a="date future"), "a")(i) for i in range(50)]
    assert all(isinstance(v, date) and v > TODAY for v in future)
    late = maker_of(thing_of(a="time 23..24", b="time after a"), "b", {"a": datetime(2026, 1, 1, 23, 59).time()})
    assert all(str(late(i)) == "23:59:00" for i in range(9))
    day = maker_of(thing_of(a="moment past", b="date after a"), "b", {"a": datetime(2026, 1, 1, 9)})(0)
    assert str(day) > "2026-01-01"


def test_sentences_are_sentences() -> None:
    make = maker_of(thing_of(a="text"), "a")
    said = [str(make(i)) for i in range(100)]
    assert all(re.match(r"[^a-z]", s) and s[-1] in ".!?" and not re.search(r"[{}]|\.\.", s) for s in said)
    assert len(set(said)) > 80


def test_keys_are_kept_where_there_is_just_room() -> None:
    thing = thing_of(a="choice x, y, z", b="flag")
    columns: dict[str, list[Value]] = {"a": [None] * 6, "b": [None] * 6}
    makers: dict[str, Maker] = {"a": lambda _: "x", "b": lambda _: True}
    every: dict[str, tuple[Value, ...]] = {"a": ("x", "y", "z"), "b": (False, True)}
    assign(thing, (Key(("a", "b")),), makers, columns, lambda _, name: every[name])
    assert len(set(zip(columns["a"], columns["b"], strict=True))) == 6


def test_keys_without_room_are_an_error() -> None:
    columns: dict[str, list[Value]] = {"b": [None] * 3}
    makers: dict[str, Maker] = {"b": lambda _: True}
    with pytest.raises(ValueError, match="too few values for 3 rows"):
        assign(thing_of(b="flag"), (Key(("b",)),), makers, columns, lambda _, __: (False, True))


def test_texts_get_numbers_where_words_run_out() -> None:
    columns: dict[str, list[Value]] = {"a": [None] * 3}
    assign(thing_of(a="email"), (Key(("a",)),), {"a": lambda _: "ada@x.example"}, columns, lambda _, __: ())
    assert columns["a"] == ["ada@x.example", "ada2@x.example", "ada3@x.example"]
