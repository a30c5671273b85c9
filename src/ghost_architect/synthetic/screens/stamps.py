"""When a row was made and changed: times that the database keeps, which no attribute is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from types import MappingProxyType

from ..apps.app import Thing
from ..looks.html import Html, Mark, tag
from ..rows.inserts import stamps
from ..rows.rows import Row
from ..stage import Stage
from ..style import cased

_STAMPS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "created_at": ("Created", "Created at", "Created on", "Date created"),
        "updated_at": ("Updated", "Last updated", "Updated at", "Last modified"),
    }
)


def stamps_of(stage: Stage, thing: Thing) -> list[str]:
    """The times of this kind that the thing's table has and that no attribute is."""
    table = next(t for t in stage.app.schema.tables if t.name == thing.table)
    return [name for name in _STAMPS if table.column(name) is not None]


def stamp_label(stage: Stage, thing: Thing, name: str, case: str) -> tuple[str, Mark]:
    """How the application calls such a time, and what that says."""
    said = name if case == "snake" else cased(Random(f"{stage.style.seed}/{name}").choice(_STAMPS[name]), case)
    return said, Mark((f"{thing.table}.{name}",), "label")


def stamp(stage: Stage, thing: Thing, row: Row, name: str) -> Html:
    """Such a time of a row."""
    moment = stamps(stage.rows, thing, row.number - 1)[name]
    said = stage.rows.writing.moment(moment) if moment is not None else ""
    return stage.kit.words(said, Mark((f"{thing.table}.{name}",)))


def stamp_line(stage: Stage, thing: Thing, row: Row) -> Html | None:
    """When a row was made and changed, in one line of small letters."""
    names = stamps_of(stage, thing)
    if not names:
        return None
    said: list[Html] = []
    for name in names:
        label, mark = stamp_label(stage, thing, name, stage.style.labels)
        said.append(tag("span", tag("span", label, mark=mark), " ", stamp(stage, thing, row, name)))
    return tag(
        "div", *(tag("span", s, style="margin-right:18px") for s in said), style="color:var(--muted);font-size:.9em"
    )
