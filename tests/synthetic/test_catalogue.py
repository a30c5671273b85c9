"""The domains: their format, and how much there is to draw from."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from ghost_architect.synthetic.apps.calling import called_by
from ghost_architect.synthetic.domains.catalogue import Catalogue, catalogue, problems, read_domain
from ghost_architect.synthetic.domains.fields import Field, read_field
from ghost_architect.synthetic.domains.kinds import KINDS
from ghost_architect.synthetic.domains.phrases import phrase, small


@pytest.fixture(scope="module")
def known() -> Catalogue:
    return catalogue()


def test_every_reference_leads_somewhere_and_no_entity_has_two_homes(known: Catalogue) -> None:
    assert list(problems(known)) == []


def test_there_is_enough_to_draw_from(known: Catalogue) -> None:
    entities = [e for d in known.domains.values() for e in d.entities.values()]
    words = {w for e in entities for n in (e.name, *(f.name for f in e.fields)) for w in n.split("_")}
    assert len(known.domains) >= 80
    assert len({e.name for e in entities}) >= 600
    assert len(words) >= 2000


def test_no_name_is_a_numbered_variant_of_another(known: Catalogue) -> None:
    names = {e.name for d in known.domains.values() for e in d.entities.values()}
    assert [n for n in names if re.search(r"\d", n)] == []
    for domain in known.domains.values():
        for entity in domain.entities.values():
            fields = {f.name for f in entity.fields}
            assert {f for f in fields if re.sub(r"_?\d+$", "", f) in fields - {f}} == set(), entity.name


def test_no_two_entities_have_the_same_fields(known: Catalogue) -> None:
    seen: dict[frozenset[str], str] = {}
    for domain in known.domains.values():
        for entity in domain.entities.values():
            fields = frozenset(f.name for f in entity.fields)
            if len(fields) > 3:
                assert seen.setdefault(fields, entity.name) == entity.name


@pytest.mark.parametrize("shape", ["part", "lookup", "><", "own relations"])
def test_every_domain_has_the_shapes_that_schemas_have(known: Catalogue, shape: str) -> None:
    for domain in known.domains.values():
        fields = [f for e in domain.entities.values() for f in e.fields]
        roles = [e.role for e in domain.entities.values()]
        own = [f for f in fields if f.is_relation and f.targets[0] in domain.entities]
        counts = {
            "part": sum(f.part for f in fields),
            "lookup": roles.count("lookup") // 2,
            "own relations": len(own) // 3,
        }
        counts["><"] = sum(f.kind == "><" for f in fields)
        assert counts[shape] >= 1, domain.name


def test_every_kind_is_used(known: Catalogue) -> None:
    used = {f.kind for d in (*known.domains.values(), known.platform) for e in d.entities.values() for f in e.fields}
    assert set(KINDS) - used == set()


@pytest.mark.parametrize(
    ("name", "line", "field"),
    [
        (
            "fee",
            "money 40..250 ! ; Fee, Charge",
            Field("fee", "money", True, labels=("Fee", "Charge"), low=Decimal(40), high=Decimal(250)),
        ),
        (
            "weight",
            "measure kg 0.5..40 ?",
            Field("weight", "measure", False, unit="kg", low=Decimal("0.5"), high=Decimal(40)),
        ),
        (
            "status",
            "choice Open, In work, Done !",
            Field("status", "choice", True, choices=("Open", "In work", "Done")),
        ),
        ("sku", "code %%-### ! *", Field("sku", "code", True, True, pattern="%%-###")),
        ("owner", "-> user ?", Field("owner", "->", False, targets=("user",))),
        ("order", "-> order part !", Field("order", "->", True, targets=("order",), part=True)),
        ("subject", "-> post | photo !", Field("subject", "->", True, targets=("post", "photo"))),
        ("account", "-- user !", Field("account", "--", True, True, targets=("user",))),
        ("total", "computed money 1..9", Field("total", "money", None, computed=True, low=Decimal(1), high=Decimal(9))),
        ("ends_on", "date after starts_on ?", Field("ends_on", "date", False, after="starts_on")),
        ("share", "percent", Field("share", "percent", low=Decimal(0), high=Decimal(100))),
    ],
)
def test_a_line_is_read(name: str, line: str, field: Field) -> None:
    assert read_field(name, line) == field


@pytest.mark.parametrize(
    ("name", "line", "said"),
    [
        ("Name", "words A", "no field name"),
        ("phone2", "phone", "no field name"),
        ("id", "int 1..2", "key"),
        ("owner_id", "-> user", "_id"),
        ("x", "colour", "is no kind"),
        ("x", "choice Only", "choice takes"),
        ("x", "money 9..1", "money takes"),
        ("x", "code ABC", "code takes"),
        ("x", "date someday", "date takes"),
        ("x", "time 20..7", "time takes"),
        ("x", "words", "words takes"),
        ("x", "email now", "email takes"),
    ],
)
def test_a_wrong_line_says_what_is_wrong(name: str, line: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_field(name, line)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dna_kits", "DNA kits"),
        ("api_key", "API key"),
        ("skus", "SKUs"),
        ("vat_rate", "VAT rate"),
        ("ph_level", "pH level"),
        ("price_per_kwh", "Price per kWh"),
        ("met_through", "Met through"),
        ("dns", "DNS"),
        ("bills_of_lading", "Bills of lading"),
    ],
)
def test_names_in_words(name: str, words: str) -> None:
    assert phrase(name) == words
    assert read_field(name, "text").label == words


@pytest.mark.parametrize(
    ("said", "within"), [("API keys", "API keys"), ("Open API key", "open API key"), ("pH of CO2", "pH of CO2")]
)
def test_acronyms_keep_their_capitals_within_a_sentence(said: str, within: str) -> None:
    assert small(said) == within


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ({"claim_number": "code C-###", "working_title": "words A | B"}, "working_title"),
        ({"hospital_number": "code H###", "forenames": "first_name", "surname": "last_name"}, "forenames"),
        ({"envelope_number": "code E-###", "family_name": "last_name"}, "family_name"),
        ({"payer": "person", "bank_name": "words A | B", "number": "code P-###"}, "number"),
        ({"vacancy": "-> vacancy", "applicant": "-> person", "stage": "-> stage", "serial": "code A-### *"}, "serial"),
        ({"amount": "money 1..9", "bank_name": "company"}, ""),
    ],
)
def test_a_row_is_called_by_its_name_before_its_number(lines: dict[str, str], name: str) -> None:
    assert called_by([read_field(n, line) for n, line in lines.items()]) == name


def test_every_acronym_of_a_label_is_one_in_its_name(known: Catalogue) -> None:
    """What a file writes in capitals ("VAT no.") is not written small where the name speaks ("Vat number")."""
    small = {
        f"{f.name}: {f.label}"
        for d in (*known.domains.values(), known.platform)
        for e in d.entities.values()
        for f in e.fields
        for label in f.labels
        for word in re.findall(r"\b[B-DF-HJ-NP-TV-XZ]{3,}\b", label)
        if word.lower() in f.name.split("_") and word not in f.label
    }
    assert small == set()


def test_every_domain_has_remarks_of_its_trade(known: Catalogue) -> None:
    shared = set(known.platform.lists["remark"])
    told = [r for d in known.domains.values() for r in d.lists.get("remark", ())]
    assert len(told) == len(set(told))
    assert not shared & set(told)
    assert [d.name for d in known.domains.values() if len(d.lists.get("remark", ())) < 3] == []


def test_a_wrong_file_names_the_place(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text("title: Shop\napps: [A]\nentities: {product: {fields: {price: gold 1..2}}}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"shop.yaml: product.price: 'gold' is no kind"):
        read_domain(file)
