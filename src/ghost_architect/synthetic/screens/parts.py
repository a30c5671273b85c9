"""What several kinds of screens have: heads, buttons, groups of fields, facts, the line of who and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

from .. import widgets
from ..apps.app import Attribute, Thing
from ..domains.phrases import phrase, small
from ..looks.html import NOTHING, Child, Html, Mark, join, tag
from ..rows.rows import Row
from ..stage import Stage
from ..widgets.item import Item

_FAMILIES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "contact": frozenset({"email", "phone", "url", "username", "ip"}),
        "place": frozenset({"street", "city", "region", "postcode", "country"}),
        "position": frozenset({"coordinate"}),
        "dates": frozenset({"date", "moment", "time", "minutes"}),
        "sums": frozenset({"money", "percent", "iban"}),
        "files": frozenset({"image", "file", "color"}),
        "texts": frozenset({"text", "json"}),
        "flags": frozenset({"flag"}),
        "safety": frozenset({"secret"}),
    }
)

_CAPTIONS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "general": ("General", "Overview", "Basic information", "Details", "Summary", "About"),
        "contact": ("Contact", "Contact details", "How to reach them", "Communication"),
        "place": ("Address", "Location", "Where", "Postal address"),
        "position": ("Location", "Position", "On the map"),
        "dates": ("Dates", "Schedule", "Timeline", "Important dates", "Planning"),
        "sums": ("Pricing", "Amounts", "Billing", "Financials", "Terms"),
        "files": ("Media", "Files", "Appearance"),
        "texts": ("Notes", "Description", "Additional information", "Remarks", "Comments"),
        "flags": ("Options", "Settings", "Preferences", "Visibility", "Permissions"),
        "safety": ("Security", "Sign-in", "Access"),
    }
)


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that stand together under a caption, which is no column."""

    caption: str
    attributes: tuple[Attribute, ...]


def stored(thing: Thing, kinds_out: Iterable[str] = ()) -> list[Attribute]:
    """The attributes that a column or a table between holds."""
    out = set(kinds_out)
    return [a for a in thing.attributes if (a.columns or a.junction) and a.kind not in out]


def sections(stage: Stage, attributes: Sequence[Attribute]) -> list[Section]:
    """Attributes in groups by what they are about; a group of one goes to the first."""
    family = {a.name: next((f for f, kinds in _FAMILIES.items() if a.kind in kinds), "general") for a in attributes}
    members: dict[str, list[Attribute]] = {"general": []}
    for attribute in attributes:
        members.setdefault(family[attribute.name], []).append(attribute)
    single = [f for f, own in members.items() if f != "general" and len(own) < 2 and f not in ("texts", "safety")]
    moved = {a.name for f in single for a in members[f]}
    first = [a for a in attributes if family[a.name] == "general" or a.name in moved]
    groups = {"general": first, **{f: own for f, own in members.items() if f not in ("general", *single)}}
    style = stage.style
    return [Section(style.caption_of(stage.rng.choice(_CAPTIONS[f])), tuple(own)) for f, own in groups.items() if own]


# --- heads ---


_COLLECTIVES = frozenset("people staff children equipment stock inventory crew data".split())
_WHOSE = frozenset("my our your the all".split())


def several(thing: Thing) -> str:
    """What many of it are called inside of a sentence: nobody writes "Recent your library", or "Latest team"."""
    words = thing.title.lower().split()
    plural = words[-1].endswith("s") or words[-1] in _COLLECTIVES
    return small(thing.title if plural and words[0] not in _WHOSE else phrase(thing.table))


def page_head(stage: Stage, title: Child, mark: Mark, *buttons: Html, under: Child = "") -> Html:
    """The heading of a page with what can be done at its right."""
    head = stage.kit.heading(title, mark=mark)
    named = tag("div", head, stage.kit.words(under, role="muted")) if under else head
    right = stage.kit.row(*buttons) if buttons else None
    match stage.style.top:
        case "centre":
            return stage.kit.stack(tag("div", named, style="text-align:center"), *([right] if right else []))
        case "banner":
            return stage.kit.stack(tag("div", named, class_="x-banner"), *([right] if right else []))
        case "under":
            return stage.kit.stack(named, *([right] if right else []))
        case _:
            return stage.kit.row(named, right, spread=True)


def new_button(stage: Stage, thing: Thing) -> Html:
    """The way to a new row."""
    words = stage.style.new.format(noun=small(thing.noun))
    icon = "plus" if "+" not in words and stage.rng.random() < 0.5 else ""
    return stage.kit.button(words, "primary", icon)


def name_of(stage: Stage, thing: Thing, row: Row) -> tuple[str, Mark]:
    """What a row is called, with what that says."""
    attribute = thing.attribute(thing.called)
    called = attribute is not None and stage.text(thing, row, attribute) != ""
    return stage.rows.name_of(thing, row.number - 1), Mark(stage.called(thing)) if called else stage.key_mark(thing)


def caption(stage: Stage, text: str) -> Html:
    """The heading of a group; in some applications it looks just like a label."""
    kit = stage.kit
    match stage.style.caption:
        case "label":
            return kit.fact_label(text)
        case "upper":
            return tag(
                "div", text.upper(), style="font-size:.8em;letter-spacing:.06em;font-weight:700;color:var(--muted)"
            )
        case "rule":
            return tag("div", kit.heading(text, 3), style="border-bottom:1px solid var(--border);padding-bottom:5px")
        case _:
            return kit.heading(text, 3)


_ASIDES = (
    "Basic facts",
    "Shown to everybody on the team",
    "Can be changed at any time",
    "What others see",
    "Please keep this up to date",
    "More about this record",
)


def captioned(stage: Stage, text: str, body: Html, *, slim: bool = False) -> Html:
    """A group under its caption; in a card where the application has cards.

    Args:
        stage: what is drawn with.
        text: the caption; none where it is empty.
        body: the group.
        slim: in a slim column, where no caption has room beside its group.
    """
    if not text:
        return body
    if stage.style.caption == "aside" and stage.window.width >= 1000 and not slim:
        said = tag("div", stage.kit.heading(text, 3), stage.kit.words(stage.rng.choice(_ASIDES), role="muted"))
        both = (tag("div", said, style="flex:0 0 24%"), tag("div", stage.kit.card(body), style="flex:1;min-width:0"))
        return tag("section", *both, class_="x-row", style="align-items:flex-start;flex-wrap:nowrap")
    return (
        stage.kit.card(body, title=text)
        if stage.style.caption == "card"
        else tag("section", caption(stage, text), body, class_="x-stack")
    )


def save_row(stage: Stage) -> Html:
    """The buttons under a form."""
    kit, style, rng = stage.kit, stage.style, stage.rng
    save, back = kit.button(style.save, "primary"), kit.button(style.back)
    extra = (
        [kit.button(rng.choice(["Save and add another", "Save as draft", "Save and continue editing"]))]
        if rng.random() < 0.15
        else []
    )
    both = [save, *extra, back] if style.colon else [back, *extra, save]
    return tag(
        "div", *both, class_="x-row", style=f"justify-content:flex-{'start' if style.units == 'label' else 'end'}"
    )


# --- facts ---


def facts(
    stage: Stage, thing: Thing, row: Row, attributes: Sequence[Attribute], *, slim: bool = False, room: int = 0
) -> Html:
    """Labels with values as this application lays them out.

    Args:
        stage: what is drawn with.
        thing, row, attributes: whose facts, and which.
        slim: in a slim column, where values stand under labels.
        room: how wide the place is, CSS pixels; where it is wide there are two or three columns of facts.
    """
    joined = _joined(stage, thing, row, attributes)
    columns = 1 if slim or stage.style.facts == "grid" else min(room // _FACT, len(joined) // 3, 3)
    if columns > 1 and Random(f"{stage.style.seed}/columns of facts").random() < _BESIDE:
        cut = -(-len(joined) // columns)
        parts = (_laid(stage, joined[i : i + cut], slim) for i in range(0, len(joined), cut))
        return stage.kit.grid(*parts, columns=columns)
    return _laid(stage, joined, slim)


_FACT = 370
"""The least width of a column of facts where there are several, CSS pixels."""

_BESIDE = 0.75
"""How many applications lay facts out in several columns where there is room."""


def _laid(stage: Stage, joined: Sequence[tuple[Html, Html]], slim: bool) -> Html:
    kit, style = stage.kit, stage.style
    if slim and style.facts in ("table", "grid", ""):
        return kit.facts(joined, "stacked")
    if style.facts == "table":
        cells = [[kit.head(label), kit.cell(value)] for label, value in joined]
        return kit.table([], cells)
    if style.facts == "lines":
        lines = (
            tag(
                "div",
                tag("span", label, style="flex:none"),
                tag("div", value, style="min-width:0"),
                class_="x-row x-spread",
                style="border-bottom:1px solid var(--border);padding:7px 0;flex-wrap:nowrap",
            )
            for label, value in joined
        )
        return tag("div", *lines)
    return kit.facts(joined, style.facts)


def _joined(stage: Stage, thing: Thing, row: Row, attributes: Sequence[Attribute]) -> list[tuple[Html, Html]]:
    """Facts; the parts of an address, and two ends of a time, may be one."""
    out: list[tuple[Html, Html]] = []
    rest = list(attributes)
    together = stage.style.chooser("address", attributes[0], "").random() < 0.6 if attributes else False
    while rest:
        first = rest.pop(0)
        end = next((a for a in rest if a.field.after == first.name and a.kind == first.kind), None)
        block = (
            [a for a in rest if a.kind in _FAMILIES["place"] and a.columns and a.kind != "coordinate"]
            if first.kind == "street"
            else []
        )
        if block and together:
            rest = [a for a in rest if a not in block]
            out.append(
                (
                    stage.kit.fact_label(stage.style.caption_of("Address")),
                    stage.kit.fact_value(address(stage, thing, row, [first, *block])),
                )
            )
        elif end is not None and together and _both(stage, thing, row, first, end):
            rest.remove(end)
            label = stage.kit.fact_label(
                stage.style.caption_of(stage.rng.choice(["Period", "When", "From – to", "Duration"]))
            )
            out.append((label, stage.kit.fact_value(between(stage, thing, row, first, end))))
        else:
            out.append(widgets.fact(stage, thing, row, first))
    return out


def _both(stage: Stage, thing: Thing, row: Row, *attributes: Attribute) -> bool:
    return all(a.columns and stage.text(thing, row, a) for a in attributes)


def address(stage: Stage, thing: Thing, row: Row, attributes: Sequence[Attribute]) -> Html:
    """Street, then postcode and town, then the rest, with no label of their own."""
    items = {a.kind: Item(stage, thing, row, a) for a in attributes if stage.text(thing, row, a)}
    spans = {kind: item.span(item.text) for kind, item in items.items()}
    first_code = stage.rows.writing.locale.name not in ("en_US", "en_GB")
    town = [spans[k] for k in (("postcode", "city") if first_code else ("city", "region", "postcode")) if k in spans]
    last = [spans[k] for k in ("region", "country") if k in spans and spans[k] not in town]
    lines = [[spans["street"]] if "street" in spans else [], town, last]
    return tag("div", *(tag("div", *(join(p, " ") for p in line)) for line in lines if line))


def between(stage: Stage, thing: Thing, row: Row, start: Attribute, end: Attribute) -> Html:
    """Two ends of a time in one line."""
    first, last = (Item(stage, thing, row, a) for a in (start, end))
    return tag("span", first.span(first.text), stage.rng.choice([" – ", " to ", " → ", " - "]), last.span(last.text))


_AUTHORED = frozenset(
    "posted created opened reported requested submitted raised filed logged recorded published uploaded written".split()
)
"""What the person does who a row points at, where nothing else says what they did."""


def byline(stage: Stage, thing: Thing, row: Row) -> Html | None:
    """Who did it and when, in a sentence: "Posted by Ann Fox on 3 March". The verb is the moment's own."""
    moment = next(
        (
            a
            for a in thing.attributes
            if a.kind in ("moment", "date") and a.columns and a.name.rpartition("_")[0].endswith("ed")
        ),
        None,
    )
    if moment is None or not stage.text(thing, row, moment):
        return None
    verb = moment.name.rpartition("_")[0].replace("_", " ").capitalize()
    when = Item(stage, thing, row, moment)
    people = [
        a
        for a in thing.attributes
        if a.field.is_relation and a.columns and a.targets[0] in ("user", "employee") and len(a.targets) == 1
    ]
    done = moment.name.rpartition("_")[0]
    own = [a for a in people if a.name == f"{done}_by"]
    if not own and done in _AUTHORED:  # nobody's mail address is verified by who edited the page last
        own = [a for a in people if not a.name.endswith("_by") or a.name == "created_by"]
    who = next((Item(stage, thing, row, a) for a in own if stage.text(thing, row, a)), None)
    person = ["by ", who.span(who.text), " "] if who else []
    said = tag("span", f"{verb} ", *person, "" if "ago" in when.text else "on ", when.span(when.text))
    return stage.kit.words(said, NOTHING, "muted")
