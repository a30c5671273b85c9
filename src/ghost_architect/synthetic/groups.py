"""What the pairs of one application have in common: the application, its rows, look, frame and manner.

seed, group, split -> Group
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from .apps.app import App
from .apps.sample import sample_app
from .apps.splits import owned
from .domains.catalogue import Catalogue
from .looks.look import Look, looks
from .looks.sheets import font_for
from .rows.rows import Rows

_REAL = 1.5
"""How much more often a design system of others is drawn than one of our looks."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """One application as it is drawn.

    Attributes:
        app, rows: what it keeps.
        look: the name of its look.
        font: the family of its text, as CSS names it.
        manner: a seed for what is the same on all of its screens: frame, labels, density.
    """

    app: App
    rows: Rows
    look: str
    font: str
    manner: str


def group_of(
    all_: Catalogue, seed: int, number: int, split: str, known: Mapping[str, Look], fonts: Mapping[str, str]
) -> Group:
    """The application of a group.

    Args:
        all_: the domains.
        seed: of the run.
        number: of the group.
        split: whose domains, looks, fonts and words it uses.
        known: the looks that are available.
        fonts: family -> kind of those that are installed.
    """
    rng = Random(f"group/{seed}/{number}")
    domain = all_.domains[rng.choice(owned(split, "domain", sorted(all_.domains)))]
    app = sample_app(all_, domain, rng.getrandbits(48), split)
    look = known[_drawn(owned(split, "look", sorted(known)), rng)]
    own = owned(split, "font", sorted(fonts))
    font = font_for(look, {name: fonts[name] for name in own}, rng)
    return Group(app, Rows(app), look.name, font, f"manner/{seed}/{number}")


def _drawn(names: Sequence[str], rng: Random) -> str:
    """One of these looks, real design systems more often than ours."""
    return rng.choices(names, [_REAL if looks()[name].package else 1.0 for name in names])[0]
