"""What a fact is picked or ticked with: lists, searches, cards, boxes, chips."""

from __future__ import annotations

from ..looks.html import NOTHING, Html, Mark, tag
from .cells import on
from .item import Item, choices, initials, is_person, many, pointed, second
from .typed import FLEX, FRAME, Control
from .words import ADD_NEW, FIND, PICK, PLACEHOLDERS

_PRESET = 0.7
"""How many lists of a new row have something picked already, mostly the first."""


def select(item: Item, label: str) -> Control:
    """A closed list; of an enum its values, of a reference the names of rows."""
    options = list(_numbers(item) or choices(item))
    if item.text:
        return Control(item.kit.select(options, item.text, item.mark))
    if options and not label and item.style.chooser("preset", item.attribute, item.thing.name).random() < _PRESET:
        return Control(item.kit.select(options, options[0], item.mark))
    nothing = label or item.style.chooser("pick", item.attribute, "").choice(PICK)
    return Control(item.kit.select([nothing, *options], nothing, item.names if label else NOTHING))


def _numbers(item: Item) -> list[str]:
    return [item.text] if item.text and item.kind in ("year", "rating", "time", "minutes", "flag") else []


def opened(item: Item, label: str) -> Control:
    """A list that is open, with a search in it."""
    top = select(item, label).html
    names = list(choices(item, 5))
    rows_too = item.attribute.field.is_relation
    search = tag("div", item.kit.input(placeholder=item.rng.choice(FIND)), style="padding:4px")
    rows = (
        tag(
            "div", n, mark=item.mark, style="padding:4px 10px" + (";background:var(--stripe)" if n == item.text else "")
        )
        for n in names
    )
    new = tag("div", item.rng.choice(ADD_NEW), style="padding:5px 10px;color:var(--accent)")
    over = "position:absolute;left:0;right:0;top:100%;z-index:3;margin-top:2px;box-shadow:0 6px 18px rgba(0,0,0,.18)"
    hung = tag(
        "div", search if rows_too else None, *rows, new if rows_too else None, style=f"{FRAME};padding:4px 0;{over}"
    )
    return Control(tag("div", top, hung, style="position:relative"))


def autocomplete(item: Item, label: str) -> Control:
    """A line that finds rows, with a looking glass."""
    if item.text:
        inside: Html = item.kit.input(item.text, mark=item.mark)
    else:
        inside = item.kit.input(mark=item.names if label else NOTHING, placeholder=label or item.rng.choice(FIND))
    return Control(item.kit.group(inside, "", item.kit.icon("search")))


def lookup(item: Item, label: str) -> Control:
    """The row that was picked, with its picture and a cross; a search while nothing is."""
    target = pointed(item)
    if target is None:
        return autocomplete(item, label)
    under, mark = second(item, *target)
    small = (
        tag("span", under, mark=mark, style="color:var(--muted);font-size:.9em")
        if under and item.rng.random() < 0.5
        else None
    )
    face = item.kit.avatar(initials(item.text), 22) if is_person(target[0]) and item.rng.random() < 0.6 else None
    cross = tag("span", "×", class_="x-cross", style="margin-left:auto")
    return Control(tag("div", face, item.span(item.text), small, cross, style=f"{FRAME};padding:6px var(--pad);{FLEX}"))


def radio(item: Item, _label: str) -> Control:
    """All options at once. Only the one that is picked is the row's value."""
    options = list(_answers(item))
    return Control(item.kit.radio(options, item.text if item.text in options else "", item.mark))


def _answers(item: Item) -> tuple[str, ...]:
    if item.kind == "flag":
        return (item.stage.rows.writing.yes, item.stage.rows.writing.no)
    return ("1", "2", "3", "4", "5") if item.kind == "rating" else tuple(choices(item, 5))


def segmented(item: Item, _label: str) -> Control:
    """The options as buttons side by side."""
    options = list(_answers(item))
    place = options.index(item.text) if item.text in options else -1
    frame = f"{FRAME};display:inline-flex;overflow:hidden;flex-wrap:wrap;max-width:100%"
    pressed = ";background:var(--accent);color:var(--on-accent)"
    parts = (
        tag(
            "span",
            item.span(o),
            style="padding:5px 13px;border-right:1px solid var(--border);white-space:nowrap"
            + (pressed if i == place else ""),
        )
        for i, o in enumerate(options)
    )
    return Control(tag("div", tag("div", *parts, style=frame)))


def radio_cards(item: Item, _label: str) -> Control:
    """The options as cards; those of a reference with a sum or a text of the row that they stand for."""
    made = [_card(item, name) for name in choices(item, 6)]
    return Control(item.kit.grid(*made, columns=1 if item.stage.window.narrow else max(1, min(len(made), 3))))


def _card(item: Item, name: str) -> Html:
    picked = name == item.text
    border = "2px solid var(--accent)" if picked else "1px solid var(--border)"
    inside = [tag("b", name, mark=item.mark)]
    if item.attribute.targets:
        thing = item.app.things[item.attribute.targets[0]]
        row = next(r for r in item.stage.rows.of(thing) if item.stage.rows.name_of(thing, r.number - 1) == name)
        for attribute in [a for a in thing.attributes if a.kind in ("money", "text", "minutes") and a.columns][:2]:
            own = Item(item.stage, thing, row, attribute)
            small = "font-size:.9em;color:var(--muted)" if attribute.kind != "money" else "font-size:1.15em"
            inside.append(tag("div", own.text, mark=own.mark, style=small) if own.text else Html(""))
    dot = item.kit.part("radio", name="input", type="radio", checked=picked)
    return tag(
        "div",
        tag("div", dot, tag("div", *inside, style="min-width:0"), style=f"{FLEX};align-items:flex-start"),
        style=f"border:{border};border-radius:var(--radius);background:var(--surface);padding:12px",
    )


def checkbox(item: Item, _label: str) -> Control:
    """A box to tick with the label behind it."""
    return Control(item.kit.checkbox(item.style.label(item.attribute), on(item), item.names), labelled=True)


def toggle(item: Item, _label: str) -> Control:
    """A switch with the label behind it."""
    return Control(item.kit.switch(item.style.label(item.attribute), on(item), item.names), labelled=True)


def chip_input(item: Item, _label: str) -> Control:
    """What was picked as chips with crosses, in a frame that takes more."""
    chips = [item.kit.chip(n, item.mark, closable=True) for n in many(item)]
    hint = (
        tag("span", item.rng.choice(PLACEHOLDERS["><"]), style="color:var(--muted)")
        if not chips or item.rng.random() < 0.5
        else None
    )
    return Control(tag("div", *chips, hint, style=f"{FRAME};padding:6px var(--pad);{FLEX};flex-wrap:wrap;gap:5px"))


def checkbox_list(item: Item, _label: str) -> Control:
    """A box for every row that could be picked."""
    held = set(many(item))
    boxes = [item.kit.checkbox(n, n in held, item.mark) for n in dict.fromkeys([*choices(item, 6), *many(item)])]
    return Control(tag("div", *boxes, class_="x-options"))


def multi_select(item: Item, _label: str) -> Control:
    """A list of several lines, those that are picked on another ground."""
    held = set(many(item))
    names = list(dict.fromkeys([*choices(item, 5), *many(item)]))[:6]
    lines = (
        tag(
            "div",
            n,
            mark=item.mark,
            style="padding:2px 10px" + (";background:var(--accent);color:var(--on-accent)" if n in held else ""),
        )
        for n in names
    )
    return Control(tag("div", *lines, style=f"{FRAME};padding:4px 0"))


def two_selects(item: Item, _label: str) -> Control:
    """First what kind of row, then which one."""
    target = pointed(item)
    own = [f"{item.thing.table}.{c}" for c in item.attribute.columns]
    nouns = [item.app.things[t].noun for t in item.attribute.targets]
    if target is None:
        first, second_ = item.kit.select(["Type", *nouns], "Type"), item.kit.select(["Select record"], "Select record")
    else:
        first = item.kit.select(nouns, target[0].noun, Mark((own[0],)))
        second_ = item.kit.select([item.text], item.text, Mark((own[1], *item.stage.called(target[0]))))
    return Control(tag("div", tag("div", first, style="flex:1"), tag("div", second_, style="flex:2"), style=FLEX))
