"""The kinds of screens: one file each, one line here.

A screen is a function `draw(stage, thing) -> Drawing`. `Screen.suits` says how well a thing suits it, 0 where
it cannot be drawn so. Those of `NEGATIVES` show nothing that is stored, whatever thing they are given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..apps.app import Thing
from ..stage import Drawing, Stage
from . import (
    calendar,
    cards,
    chat,
    checkout,
    dashboard,
    detail,
    documents,
    empty,
    feed,
    form,
    gallery,
    grouped,
    inbox,
    kanban,
    master_detail,
    matrix,
    mobile,
    modal,
    negatives,
    pricing,
    profile,
    settings,
    slots,
    table,
    timeline,
    tree,
    wireframe,
    wizard,
)


@dataclass(frozen=True, slots=True)
class Screen:
    """A kind of screen.

    Attributes:
        draw: makes it.
        suits: how well a thing suits it, as a weight against other kinds and things.
    """

    draw: Callable[[Stage, Thing], Drawing]
    suits: Callable[[Stage, Thing], float]


SCREENS: Mapping[str, Screen] = MappingProxyType(
    {
        "list": Screen(table.draw, table.suits),
        "form": Screen(form.draw, form.suits),
        "detail": Screen(detail.draw, detail.suits),
        "master_detail": Screen(master_detail.draw, master_detail.suits),
        "modal": Screen(modal.draw, modal.suits),
        "wizard": Screen(wizard.draw, wizard.suits),
        "settings": Screen(settings.draw, settings.suits),
        "profile": Screen(profile.draw, profile.suits),
        "checkout": Screen(checkout.draw, checkout.suits),
        "empty": Screen(empty.draw, empty.suits),
        "calendar": Screen(calendar.draw, calendar.suits),
        "cards": Screen(cards.draw, cards.suits),
        "chat": Screen(chat.draw, chat.suits),
        "dashboard": Screen(dashboard.draw, dashboard.suits),
        "document": Screen(documents.draw, documents.suits),
        "feed": Screen(feed.draw, feed.suits),
        "gallery": Screen(gallery.draw, gallery.suits),
        "grouped": Screen(grouped.draw, grouped.suits),
        "inbox": Screen(inbox.draw, inbox.suits),
        "kanban": Screen(kanban.draw, kanban.suits),
        "matrix": Screen(matrix.draw, matrix.suits),
        "mobile": Screen(mobile.draw, mobile.suits),
        "pricing": Screen(pricing.draw, pricing.suits),
        "slots": Screen(slots.draw, slots.suits),
        "timeline": Screen(timeline.draw, timeline.suits),
        "tree": Screen(tree.draw, tree.suits),
        "wireframe": Screen(wireframe.draw, wireframe.suits),
    }
)
"""Kinds of screens that show what is stored, by name."""


def _always(_stage: Stage, _thing: Thing) -> float:
    return 1.0


NEGATIVES: Mapping[str, Screen] = MappingProxyType(
    {
        "login": Screen(negatives.login, _always),
        "marketing": Screen(negatives.marketing, _always),
        "sums": Screen(negatives.sums, _always),
        "photograph": Screen(negatives.photograph, _always),
        "blank": Screen(negatives.blank, _always),
        "article": Screen(negatives.article, _always),
    }
)
"""Kinds of screens that show nothing that is stored, by name."""
