"""Texts from templates, codes from patterns, keys that are looked for until they are found."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

import pytest

from ghost_architect.synthetic.apps.app import Attribute, Thing
from ghost_architect.synthetic.domains.catalogue import Entity, catalogue
from ghost_architect.synthetic.domains.fields import read_field
from ghost_architect.synthetic.domains.kinds import KINDS, RELATIONS
from ghost_architect.synthetic.rows.column import Column, Maker, Value
from ghost_architect.synthetic.rows.facts import together
from ghost_architect.synthetic.rows.keys import Key, assign
from ghost_architect.synthetic.rows.shown import number
from ghost_architect.synthetic.rows.texts import Lists, all_of, drawn, filled, folded, size
from ghost_architect.synthetic.rows.values import MAKERS
from ghost_architect.synthetic.rows.writing import NOW, TODAY, locale

LISTS = {"shade": ("Moss", "Oat"), "garment": ("linen shirt", "ankle boots", "hat"), "ending": ("example", "test")}


def thing_of(**lines: str) -> Thing:
    fields = tuple(read_field(n, line) for n, line in lines.items())
    entity = Entity("sample", "test", (), (), "main", (), (), fields)
    attributes = tuple(Attribute(f, f.label, f.label, (f.name,), (), "", f.required is not False) for f in fields)
    return Thing(entity, "samples", "id", "Sample", "Samples", attributes, fields[0].name)


def maker_of(
    thing: Thing,
    name: str,
    others: dict[str, Value] | None = None,
    where: str = "de_DE",
    lists: Lists | None = None,
) -> Maker:
    attribute = thing.attribute(name)
    assert attribute is not None
    said = others or {}
    column = Column(
        thing=thing,
        field=attribute.field,
        rng=Random(name),
        locale=locale(where),
        lists=lists or {**catalogue().platform.lists, **LISTS},
        other=lambda n, _: said.get(n),
        who=lambda _: ("Jürgen", "von Stetten"),
        place=lambda i: i,
        level=lambda i: Random(f"level/{i}").random(),
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
    queue = thing_of(name="words Night watch | First line", inbound="email")
    assert maker_of(queue, "inbound", {"name": "Night watch"})(0) == "night-watch@firm.example"
    assert re.fullmatch(
        r"info@.*", str(maker_of(thing_of(company="company", email="email"), "email", {"company": "X"})(0))
    )


def test_region_and_postcode_are_those_of_the_city() -> None:
    thing = thing_of(city="city", region="region", postcode="postcode")
    said: dict[str, Value] = {"city": "Kiel"}
    assert maker_of(thing, "region", said)(0) == "Schleswig-Holstein"
    assert re.fullmatch(r"241\d\d", str(maker_of(thing, "postcode", said)(0)))


def known_of(thing: Thing, name: str, called: str, home: str = "EUR") -> Value:
    attribute = thing.attribute(name)
    assert attribute is not None
    found = together(thing, attribute, LISTS, home)
    assert found is not None
    assert found.source.name == thing.called
    return found.value(called)


def test_facts_that_belong_together() -> None:
    country = thing_of(name="country", iso="code %%", calling_code="int 1..998", long_code="code %%%")
    assert (known_of(country, "iso", "Norway"), known_of(country, "calling_code", "Morocco")) == ("NO", 212)
    assert known_of(country, "iso", "Nowhere") is None
    assert known_of(country, "long_code", "Norway") is None
    names = "words Euro | Yen | Pound sterling"
    money = thing_of(name=names, code="code %%%", symbol="words $ | €", exchange_rate="decimal 0.01..250")
    said = [known_of(money, n, "Yen") for n in ("code", "symbol", "exchange_rate")]
    assert said == ["JPY", "¥", Decimal("176.00")]
    assert known_of(money, "exchange_rate", "Euro", home="GBP") == Decimal("1.15")
    language = thing_of(name="words English | Arabic", right_to_left="flag")
    assert (known_of(language, "right_to_left", "Arabic"), known_of(language, "right_to_left", "English")) == (
        True,
        False,
    )


def test_what_only_sounds_alike_belongs_to_nothing() -> None:
    dish = thing_of(name="words Pizza | Pasta | Real", code="code %%%", exchange_rate="decimal 1..9")
    for name in ("code", "exchange_rate"):
        attribute = dish.attribute(name)
        assert attribute is not None
        assert together(dish, attribute, LISTS, "EUR") is None


@pytest.mark.parametrize("where", ["en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "pt_BR"])
def test_account_numbers_check(where: str) -> None:
    """ISO 13616: the whole, its head moved behind, is 1 modulo 97."""
    make = maker_of(thing_of(a="iban"), "a", where=where)
    for i in range(20):
        said = str(make(i)).replace(" ", "")
        assert len(said) >= 22  # the shortest of these countries; a "#" after a space once began a remark in YAML
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


def test_what_has_passed_did_so_in_order() -> None:
    lines = {"last_seen_at": "moment past", "filed_on": "date past", "heard_on": "date past", "due_on": "date near"}
    thing = thing_of(**lines)
    said: dict[str, Value] = {"filed_on": date(2026, 10, 25), "heard_on": date(2026, 10, 28)}
    for name, earliest in (("heard_on", "2026-10-25"), ("last_seen_at", "2026-10-25"), ("due_on", "2026-10-25")):
        assert all(str(maker_of(thing, name, said)(i)) >= earliest for i in range(40)), name
    lines = {"asked": "moment past", "answered": "moment after asked", "solved": "moment after asked"}
    said = {"asked": datetime(2026, 10, 1, 9), "answered": datetime(2026, 10, 20, 9)}
    assert all(str(maker_of(thing_of(**lines), "solved", said)(i)) > "2026-10-20" for i in range(40))


def test_shops_close_late() -> None:
    make = maker_of(
        thing_of(opens_at="time 6..10", closes_at="time after opens_at"), "closes_at", {"opens_at": time(8)}
    )
    assert all(time(13) <= t for t in (make(i) for i in range(40)) if isinstance(t, time))


def test_large_sums_that_people_name_are_round() -> None:
    says = [Decimal(str(maker_of(thing_of(**{n: "money 1800..9800"}), n)(3))) for n in ("salary", "budget", "fee_cap")]
    assert sum(v % 5 == 0 for v in says) >= 2


def test_few_things_are_locked_and_most_are_active() -> None:
    locked, active = (maker_of(thing_of(**{n: "flag"}), n) for n in ("locked", "is_active"))
    assert sum(bool(locked(i)) for i in range(100)) < 35
    assert sum(bool(active(i)) for i in range(100)) > 65


def test_documents_are_called_as_what_they_are() -> None:
    thing = thing_of(number="code WV-#####", invoice_scan="file", price_list="file")
    said: dict[str, Value] = {"number": "WV-80875"}
    assert re.search(r"/invoice-scan-wv-80875\.(pdf|docx)$", str(maker_of(thing, "invoice_scan", said)(0)))
    assert str(maker_of(thing, "price_list", said)(0)).endswith("price-list-wv-80875.xlsx")


@pytest.mark.parametrize(
    ("name", "line", "ending"),
    [
        ("recording", "file", "mp3|m4a|wav"),
        ("music_on_hold", "file ; Hold music", "mp3|m4a|wav"),
        ("binary", "file ; Firmware", "bin"),
        ("sheet_scan", "file ; Signed sheet", "pdf|jpg"),
        ("tarball", "file", "tgz"),
        ("score", "file ; Sheet music", "pdf"),
        ("paper", "file ; Slides", "pptx|pdf|key"),
    ],
)
def test_a_document_is_kept_in_what_suits_its_field(name: str, line: str, ending: str) -> None:
    thing = thing_of(number="code WV-#####", **{name: line})
    assert re.search(rf"\.({ending})$", str(maker_of(thing, name, {"number": "WV-1"})(0)))


def test_times_after_another_lie_within_what_the_field_says() -> None:
    thing = thing_of(opens_on="date past !", closes_on="date after opens_on within 2..4 ?", due="date after opens_on ?")
    first = TODAY - timedelta(days=40)
    make = maker_of(thing, "closes_on", {"opens_on": first})
    assert {make(i) for i in range(80)} == {first + timedelta(days=d) for d in (2, 3, 4)}
    assert maker_of(thing, "closes_on", {"opens_on": None})(0) is None
    assert maker_of(thing, "due", {"opens_on": None})(0) is None


def test_what_has_happened_does_not_lie_ahead() -> None:
    thing = thing_of(sent_at="moment past !", closed_at="moment after sent_at within 9000..9001 ?",
                     closes_at="moment after sent_at within 9000..9001 ?")  # fmt: skip
    said: dict[str, Value] = {"sent_at": NOW - timedelta(minutes=30)}
    assert maker_of(thing, "closed_at", said)(0) is None
    assert maker_of(thing, "closes_at", said)(0) in [NOW + timedelta(minutes=m) for m in (8970, 8971)]


def test_instruments_show_no_hundredths() -> None:
    thing = thing_of(body="measure °C 36..40")
    make = maker_of(thing, "body")
    assert all(re.fullmatch(r"\d\d\.\d", str(make(i))) for i in range(20))


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


def test_the_trade_says_most_remarks() -> None:
    own = ("Flue swept.", "chimney cap loose", "ash door sticks")
    thing = thing_of(a="text")
    lists = {**catalogue().platform.lists, **LISTS, "remark": own}
    make = maker_of(thing, "a", lists=lists)
    said = [str(make(i)) for i in range(300)]
    ours = [s for s in said if any(o[1:].rstrip(".") in s for o in own)]
    assert 0.5 < len(ours) / len(said) < 0.8
    assert not any(f"{o}." in s or f"{o};" in s for s in said for o in own if o.endswith("."))
    nobodys = maker_of(thing, "a")
    assert not any(o[1:] in str(nobodys(i)) for i in range(100) for o in own)


def test_numbers_of_a_row_know_each_other() -> None:
    thing = thing_of(bought_for="money 500..90000", daily="money 5..600", least="int 1..40", most="int 1..60")
    dear, hire = (maker_of(thing, n) for n in ("bought_for", "daily"))
    pairs = sorted((float(str(dear(i))), float(str(hire(i)))) for i in range(60))
    cheap, costly = [h for _, h in pairs[:20]], [h for _, h in pairs[40:]]
    assert max(cheap) < sum(costly) / 20
    ends = thing_of(price_from="money 5..80", price_to="money 5..90")
    said: dict[str, Value] = {"price_from": Decimal("79.50")}
    assert all(Decimal("79.5") <= Decimal(str(maker_of(ends, "price_to", said)(i))) <= 90 for i in range(40))


def test_a_room_is_on_the_floor_that_its_number_says() -> None:
    thing = thing_of(number="code R-###", storey="int 0..12")
    for storey in (0, 3, 11):
        said: dict[str, Value] = {"storey": storey}
        assert re.fullmatch(rf"R-{storey}[0-3]\d", str(maker_of(thing, "number", said)(0)))


def test_texts_get_numbers_where_words_run_out() -> None:
    columns: dict[str, list[Value]] = {"a": [None] * 3}
    assign(thing_of(a="email"), (Key(("a",)),), {"a": lambda _: "ada@x.example"}, columns, lambda _, __: ())
    assert columns["a"] == ["ada@x.example", "ada2@x.example", "ada3@x.example"]


def test_sums_of_a_row_agree() -> None:
    thing = thing_of(
        subtotal="money 10..900", vat_rate="percent", vat="money 1..90", total="money 10..900", paid="money 0..5000",
        balance="money 0..900",
    )  # fmt: skip
    said: dict[str, Value] = {"subtotal": Decimal("200.00"), "vat_rate": Decimal(20), "total": Decimal("240.00")}
    assert maker_of(thing, "vat", said)(0) == Decimal("40.00")
    assert maker_of(thing, "total", said)(0) == Decimal("240.00")
    make = maker_of(thing, "paid", said)
    paid = [make(i) for i in range(30)]
    assert max(map(number, paid)) == Decimal("240.00")
    assert maker_of(thing, "balance", {**said, "paid": Decimal("100.00")})(0) == Decimal("140.00")


def test_no_more_places_are_taken_than_there_are() -> None:
    thing = thing_of(seats_total="int 1..90", places_left="int 0..90", age_limit="int 1..99")
    seats: dict[str, Value] = {"seats_total": 12}
    make, free = maker_of(thing, "places_left", seats), maker_of(thing, "age_limit", seats)
    assert max(number(make(i)) for i in range(40)) == 12
    assert max(number(free(i)) for i in range(40)) > 12


def test_alternatives_of_a_field_begin_alike() -> None:
    texts = ("{shade} paint peels", "boiler not firing", "rust")
    assert {drawn(texts, LISTS, Random(i))[:1].isupper() for i in range(40)} == {True}
    assert drawn(("boiler not firing", "rust"), LISTS, Random(1)).islower()


def test_what_has_not_begun_is_not_over() -> None:
    thing = thing_of(arrives="date near", state="choice Booked, Confirmed, In house, Checked out")
    later, before = ({"arrives": TODAY + timedelta(days=d)} for d in (9, -9))
    soon, gone = maker_of(thing, "state", {**later}), maker_of(thing, "state", {**before})
    assert {soon(i) for i in range(60)} == {"Booked", "Confirmed"}
    assert "Checked out" in {gone(i) for i in range(60)}
