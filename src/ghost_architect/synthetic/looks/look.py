"""A look: the classes and markup that a design system gives the parts of a screen.

    looks/NAME.yaml -> Look -> kit.Kit draws with it

A new look is a new file. One without `package` is our own and needs nothing but its file; one with a
package takes its style sheets from the folder that `synth setup` fills.

File format:

    title: Bootstrap 5
    package: bootstrap            # name in npm; `packages.yaml` pins version and hash, and records the licence
    styles: [dist/css/bootstrap.min.css]      # inside the package, in order; `PACKAGE:path` for another one
    extends: NAME                 # another look whose classes, markup, variables, themes and style hold here too
    themes:                       # what goes on <html> and which variables hold
      light: {attributes: {data-bs-theme: light}, variables: {accent: "#0d6efd"}}
      dark: {attributes: {data-bs-theme: dark}, variables: {...}}
    variables: {radius: 6px, rem: 1, ...}     # of frame.css, in both themes; `rem` is what 1rem is in text sizes
    fonts: [Inter]                # families it comes with, drawn in one of them half of the time
    kinds: [sans]                 # of the other families that suit it: sans, serif, mono
    accents: ["#0d6efd"]          # colours it comes in; none: any; an empty list: only its own
    classes: {button: btn btn-secondary, button.primary: btn btn-primary, table: table table-striped, ...}
    markup: {tab: '<li><a href="#">{text}</a></li>', field: '<div class="mb-3">{label}{control}{help}</div>', ...}
    style: |                      # more rules, ours
      .x-sidebar { ... }

A role without classes here has the class `x-ROLE` (a full stop becomes a hyphen), which `frame.css` styles
from the variables. So a look says only what it does otherwise. `markup` replaces the element of any role
that has children (its slot is `{text}`); these have slots of their own: field (label, control, help),
select (control), checkbox and radio (box, text, checked), switch (text, checked), progress (percent).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml


@dataclass(frozen=True, slots=True, eq=False)
class Theme:
    """Light or dark: attributes of <html>, and variables of `frame.css`."""

    attributes: Mapping[str, str]
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One design system. The module's docstring says what its file holds.

    Attributes:
        styles: paths of its style sheets under the folder that `synth setup` fills.
        accents: None where it comes in any colour.
    """

    name: str
    title: str
    package: str
    styles: tuple[str, ...]
    themes: Mapping[str, Theme]
    fonts: tuple[str, ...]
    kinds: tuple[str, ...]
    accents: tuple[str, ...] | None
    classes: Mapping[str, str]
    markup: Mapping[str, str]
    style: str

    def css_class(self, role: str) -> str:
        """The classes of a role."""
        return self.classes.get(role, f"x-{role.replace('.', '-')}")


@cache
def looks() -> Mapping[str, Look]:
    """Every look by name, whether or not its package is there."""
    folder = files(__package__) / "systems"
    found = sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml"))
    return MappingProxyType({name: _look(name, _read(name)) for name in found})


def _read(name: str) -> dict[str, Any]:
    """A look's file on top of the one that it extends."""
    raw: dict[str, Any] = yaml.safe_load((files(__package__) / "systems" / f"{name}.yaml").read_text(encoding="utf-8"))
    if "extends" not in raw:
        return raw
    base = _read(raw["extends"])
    merged = {key: {**base.get(key, {}), **raw.get(key, {})} for key in ("variables", "classes", "markup")}
    style = base.get("style", "") + raw.get("style", "")
    return {**base, **raw, **merged, "style": style}


def _look(name: str, raw: Mapping[str, Any]) -> Look:
    common = raw.get("variables") or {}
    package = raw.get("package", "")
    accents = raw.get("accents")
    return Look(
        name=name,
        title=raw["title"],
        package=package,
        styles=tuple(s.replace(":", "/", 1) if ":" in s else f"{package}/{s}" for s in raw.get("styles") or ()),
        themes={t: _theme(common, body or {}) for t, body in (raw.get("themes") or {"light": {}}).items()},
        fonts=tuple(raw.get("fonts") or ()),
        kinds=tuple(raw.get("kinds") or ("sans",)),
        accents=None if accents is None else tuple(accents),
        classes=raw.get("classes") or {},
        markup=raw.get("markup") or {},
        style=raw.get("style") or "",
    )


def _theme(common: Mapping[str, Any], body: Mapping[str, Any]) -> Theme:
    variables = {k: str(v) for k, v in {**common, **(body.get("variables") or {})}.items()}
    return Theme({k: str(v) for k, v in (body.get("attributes") or {}).items()}, variables)
