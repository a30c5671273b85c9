"""What is kept apart stays apart."""

from __future__ import annotations

import pytest

from ghost_architect.synthetic.apps.splits import ASPECTS, SLICES, SPLITS, _raw, owned, source, speakable
from ghost_architect.synthetic.domains.catalogue import catalogue
from ghost_architect.synthetic.looks.look import looks


def test_the_splits_share_no_domain_look_font_or_word() -> None:
    domains = sorted(catalogue().domains)
    for names, aspect in (
        (domains, "domain"),
        (sorted(looks()), "look"),
        (["Lora", "Nunito", "Inter", "Roboto"], "font"),
    ):
        parts = [set(owned(split, aspect, names)) for split in SPLITS]
        assert all(parts)
        assert sum(map(len, parts)) == len(set().union(*parts)) == len(names)
    entities = [e for d in catalogue().domains.values() for e in d.entities.values()]
    words = [{w for e in entities if speakable(s, e) for w in e.name.split("_")} for s in SPLITS]
    assert words[0] - words[1] == words[0] - words[2]  # all of train's plain words are everybody's
    assert (words[1] - words[0]) & (words[2] - words[0]) == set()
    assert words[1] - words[0]
    assert words[2] - words[0]


def test_every_name_that_is_held_out_exists() -> None:
    held = _raw()
    known = {"domains": set(catalogue().domains), "looks": set(looks())}
    for aspect, names in known.items():
        assert {n for own in held[aspect].values() for n in own} - names == set()


@pytest.mark.parametrize("aspect", ASPECTS)
def test_a_slice_takes_one_aspect_from_test_and_the_others_from_train(aspect: str) -> None:
    name = f"test-{aspect}"
    assert name in SLICES
    assert {a: source(name, a) for a in ASPECTS} == {a: "test" if a == aspect else "train" for a in ASPECTS}


def test_where_nothing_of_a_split_is_installed_everything_may_be_used() -> None:
    assert owned("validation", "look", ["soft", "plain"]) == ["soft", "plain"]
