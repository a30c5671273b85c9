"""How often a thing is what a screen is about: what is rich and connected oftener than a list of names.

    order (14 columns, 5 ties) 2.5      contract (8 columns, a tie) 0.6      language (code, name) 0.2

Applications have as many tables of few columns as of many, but people look at those of many nearly all the time.
"""

from __future__ import annotations

import math

from .apps.app import App, Thing

_TIE = 2.5
"""A relation is worth so many columns: what it points at is seen too."""

_USUAL = 15.0
"""Columns and ties of a thing that weighs 1."""

_BELOW = 3
"""Everything points at users, and no screen of a user shows everything."""

_SHARED = 0.5
"""What every trade has (users, teams, notes) is looked at less than what this one is about."""

_STEEP = 1.6
_LEAST, _MOST = 0.2, 5.0
"""Set so that screens show as many columns and tables as real ones do: half show 7 to 14 columns."""


def weight_of(app: App, thing: Thing) -> float:
    """The weight of a thing against the others of its application, by what there is to show of it."""
    told = sum(1 for a in thing.attributes if a.columns or a.junction)
    below = {t.name for t, _ in app.pointing(thing) if t.role != "lookup"}
    ties = sum(1 for a in thing.attributes if a.field.is_relation) + min(_BELOW, len(below))
    own = 1.0 if thing.entity.domain == app.domain else _SHARED
    rich = math.pow((told + _TIE * ties) / _USUAL, _STEEP)
    return own * max(_LEAST, min(_MOST, rich))
