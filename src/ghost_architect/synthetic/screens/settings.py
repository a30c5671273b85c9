"""Settings: one row's switches, lists and fields, names of sections at the left, what is dangerous at the end."""

from __future__ import annotations

from .. import widgets
from ..apps.app import Attribute, Thing
from ..looks.html import Html, join, tag
from ..rows.rows import Row
from ..stage import Drawing, Stage
from ..widgets import Item, picked, typed
from .parts import captioned, save_row, sections, stored

_SECTIONS = (
    "General",
    "Profile",
    "Account",
    "Notifications",
    "Billing",
    "Security",
    "Integrations",
    "Team",
    "API",
    "Appearance",
    "Privacy",
    "Data export",
)
_SENTENCES = (
    "Applies to everyone in this workspace.",
    "You can turn this off at any time.",
    "Changes take effect at once.",
    "Only administrators see this.",
    "Recommended for most teams.",
    "We send at most one message a day.",
    "Needed for some integrations.",
)
_DANGER = (
    ("Delete this account", "Once deleted it is gone for good.", "Delete account"),
    ("Transfer ownership", "Hand everything over to somebody else.", "Transfer"),
    ("Leave workspace", "You will lose access at once.", "Leave"),
)


def suits(_stage: Stage, thing: Thing) -> float:
    """What is said to be settings, and what consists of switches."""
    flags = sum(a.kind == "flag" for a in thing.attributes)
    alone = any(a.kind == "--" for a in thing.attributes)
    said = "settings" in thing.entity.screens
    return (2.5 if said else 0.0) + (0.6 if flags >= 3 else 0.0) + (0.5 if alone else 0.0)


def draw(stage: Stage, thing: Thing) -> Drawing:
    """The sections, the settings of one, the buttons."""
    rng, kit = stage.rng, stage.kit
    row = rng.choice(stage.rows.of(thing))
    shown = [a for a in stored(thing, {"json"}) if a.kind not in ("->", "--") or rng.random() < 0.6][
        : rng.randint(6, 18)
    ]
    lined = rng.random() < 0.6
    groups = [
        captioned(stage, s.caption, kit.stack(*(_setting(stage, thing, row, a, lined) for a in s.attributes)))
        for s in sections(stage, shown)
    ]
    danger = _danger(stage) if rng.random() < 0.2 else join()
    heading = kit.heading(rng.choice([thing.title, f"{thing.noun} settings", "Settings"]), mark=stage.title_mark(thing))
    body = kit.stack(heading, *groups, danger, save_row(stage) if rng.random() < 0.75 else join())
    names = rng.sample(_SECTIONS, rng.randint(3, 7))
    place = rng.randrange(len(names))
    if stage.window.narrow or rng.random() < 0.3:
        return Drawing(body, "Settings")
    if rng.random() < 0.35:
        return Drawing(kit.stack(kit.tabs(names, place), body), "Settings")
    side = tag("div", kit.menu(names, place), style="width:190px;flex:none")
    inner = tag("div", body, style="flex:1;min-width:0;max-width:820px")
    return Drawing(
        tag("div", side, inner, class_="x-row", style="align-items:flex-start;flex-wrap:nowrap;gap:28px"), "Settings"
    )


def _setting(stage: Stage, thing: Thing, row: Row, attribute: Attribute, lined: bool) -> Html:
    """A setting as a field, or in a line: what it is and a sentence at the left, its control at the right."""
    item = Item(stage, thing, row, attribute)
    able = attribute.kind in ("flag", "choice", "int", "count", "->", "minutes", "percent")
    if not lined or not able or not (attribute.columns or attribute.junction):
        return widgets.control(stage, thing, row, attribute)
    sentence = stage.kit.words(stage.rng.choice(_SENTENCES), role="muted") if stage.rng.random() < 0.5 else None
    left = tag("div", tag("div", stage.style.label(attribute), mark=item.names, style="font-weight:600"), sentence)
    if attribute.kind == "flag":
        right: Html = widgets.cells.toggle(item) if stage.style.units != "label" else widgets.cells.ticked(item)
    else:
        pick = attribute.kind in ("choice", "->")
        right = tag(
            "div",
            (picked.select if pick else typed.line)(item, "").html,
            style=f"width:{190 if pick else 110}px;flex:none",
        )
    return tag(
        "div",
        left,
        right,
        class_="x-row x-spread",
        style="flex-wrap:nowrap;border-bottom:1px solid var(--border);padding:9px 0",
    )


def _danger(stage: Stage) -> Html:
    title, sentence, word = stage.rng.choice(_DANGER)
    left = tag("div", tag("div", title, style="font-weight:600"), stage.kit.words(sentence, role="muted"))
    line = tag("div", left, stage.kit.button(word, "danger"), class_="x-row x-spread")
    return tag(
        "div",
        stage.kit.heading(stage.rng.choice(["Danger zone", "Irreversible actions"]), 3),
        line,
        class_="x-stack",
        style="border:1px solid var(--bad);border-radius:var(--radius);padding:14px",
    )
