"""What a tab's <head> holds for a look, and what <html> says for one screen of it.

Look + fetched folder -> sheet() -> Sheet      once a tab: style sheets, our frame, the look's rules, fonts
Look + theme + chance -> attributes() -> {}    once an application: colours, text size, density, font
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from random import Random
from types import MappingProxyType

from .look import Look, looks
from .setup import Package, is_there, packages

_DENSITIES = MappingProxyType(
    {
        "compact": {"gap": "8px", "pad": "5px", "line": "1.35"},
        "comfortable": {"gap": "12px", "pad": "8px", "line": "1.45"},
        "spacious": {"gap": "18px", "pad": "11px", "line": "1.55"},
    }
)

_DENSE = (5, 4, 1)
"""How often each is taken: what people work with all day is compact."""

_SIZES = {12: 1, 13: 3, 14: 6, 15: 4, 16: 4, 17: 1}
"""Sizes of text in CSS pixels, and how often each is taken."""

_ACCENTS = MappingProxyType(
    {
        "light": (
            "#2563eb", "#3056d3", "#4f46e5", "#7c3aed", "#9333ea", "#be185d", "#e11d48", "#c2410c", "#b45309",
            "#15803d", "#0f766e", "#0e7490", "#0369a1", "#334155", "#1f2937", "#5b21b6", "#065f46", "#9f1239",
        ),
        "dark": (
            "#60a5fa", "#818cf8", "#a78bfa", "#c084fc", "#f472b6", "#fb7185", "#fb923c", "#fbbf24", "#4ade80",
            "#34d399", "#2dd4bf", "#22d3ee", "#38bdf8", "#cbd5e1",
        ),
    }
)  # fmt: skip
"""Colours of buttons and links, for looks that come in any."""

PAPER = {"light": "#ffffff", "dark": "#1c1f27"}
LEAST = 3.0
"""Least contrast of an accent with what it lies on: WCAG 2.2, 1.4.11 and, for large letters, 1.4.3."""

_OWN_ACCENT, _OWN_FONT = 0.55, 0.5
"""How often a look keeps its own colour, and one of its own fonts."""

_DEBIAN = MappingProxyType(
    {
        "Cantarell": "sans", "Carlito": "sans", "Comfortaa": "sans", "DejaVu Sans": "sans",
        "DejaVu Sans Condensed": "sans",
        "FreeSans": "sans", "Gillius ADF": "sans", "Hack": "mono", "Lato": "sans", "Liberation Sans": "sans",
        "Liberation Sans Narrow": "sans", "Noto Sans": "sans", "Open Sans": "sans", "Roboto": "sans", "Ubuntu": "sans",
        "Caladea": "serif", "DejaVu Serif": "serif", "EB Garamond": "serif", "FreeSerif": "serif", "Gentium": "serif",
        "Liberation Serif": "serif", "Linux Libertine O": "serif", "Noto Serif": "serif",
        "DejaVu Sans Mono": "mono", "FreeMono": "mono", "Liberation Mono": "mono", "Noto Sans Mono": "mono",
    }
)  # fmt: skip
"""Families that Debian packages, by kind: those of them that the machine has are used."""

_FALLBACK = {
    "sans": '"DejaVu Sans", sans-serif',
    "serif": '"DejaVu Serif", serif',
    "mono": '"DejaVu Sans Mono", monospace',
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """The head of a page.

    Attributes:
        head: <link> and <style> elements.
        folder: what its links are relative to; None where it has none.
    """

    head: str
    folder: Path | None


def available(folder: Path) -> Mapping[str, Look]:
    """Our own looks, and those whose style sheets lie in the folder."""
    return {name: look for name, look in looks().items() if all((folder / s).is_file() for s in look.styles)}


def families(folder: Path) -> Mapping[str, str]:
    """Fonts to draw with, family -> kind (sans, serif, mono): this machine's, and those that lie in the folder."""
    fetched = {p.family: p.kind for p in packages() if p.family and is_there(p, folder)}
    here = {name: kind for name, kind in _DEBIAN.items() if name in _installed()}
    return dict(sorted((here | fetched).items()))


@cache
def _installed() -> frozenset[str]:
    """What fontconfig knows; nothing where there is no fontconfig."""
    program = shutil.which("fc-list")
    if program is None:
        return frozenset()
    listed = subprocess.run([program, ":", "family"], capture_output=True, text=True, errors="replace", check=False)
    return frozenset(name.strip() for line in listed.stdout.splitlines() for name in line.split(","))


def font_for(look: Look, known: Mapping[str, str], rng: Random) -> str:
    """A family that suits a look, as CSS names it: with what stands in for letters that it lacks.

    Args:
        look: drawn in one of its own fonts half of the time.
        known: what `families` returns; may be narrowed.
        rng: chooses.
    """
    own = [f for f in look.fonts if f in known]
    suiting = [f for f, kind in known.items() if kind in look.kinds]
    keep = rng.random() < _OWN_FONT
    name = rng.choice(own) if own and keep else rng.choice(suiting) if suiting else ""
    fallback = _FALLBACK[known.get(name, look.kinds[0])]
    return f'"{name}", {fallback}' if name else fallback


def sheet(look: Look, folder: Path | None) -> Sheet:
    """The head for all screens in one look.

    Args:
        look: which.
        folder: what `synth setup` filled; None draws one of our own looks without fetched fonts.
    """
    links = "".join(f'<link rel="stylesheet" href="{path}">' for path in look.styles)
    faces = "" if folder is None else "".join(_faces(p) for p in packages() if p.family and is_there(p, folder))
    return Sheet(f"{links}<style>{faces}\n{_frame()}\n{look.style}</style>", folder)


@cache
def _frame() -> str:
    sheets = (files(__package__) / "frame.css", files("ghost_architect.synthetic.screens") / "more.css")
    return "".join(sheet.read_text(encoding="utf-8") for sheet in sheets)


def _faces(package: Package) -> str:
    """The rules that make a fetched font known. A browser reads the file when something is written in it."""
    found = [f for f in package.files if f.endswith(".woff2")]
    return "".join(
        f'@font-face{{font-family:"{package.family}";font-weight:{700 if "-700-" in f else 400};'
        f'src:url("{package.name}/{f}") format("woff2")}}'
        for f in found
    )


def measures(rng: Random) -> tuple[str, int]:
    """How dense an application is, and the size of its text in CSS pixels: the first that `attributes` draws."""
    density = rng.choices(list(_DENSITIES), _DENSE)[0]
    return density, rng.choices(list(_SIZES), list(_SIZES.values()))[0]


def attributes(look: Look, theme: str, rng: Random, font: str) -> dict[str, str]:
    """Attributes of <html> for one application.

    Args:
        look: which.
        theme: a name in `look.themes`.
        rng: chooses the accent, the size of text and the density.
        font: what `font_for` returns.
    """
    held = look.themes[theme]
    density, size = measures(rng)
    variables = {
        **_DENSITIES[density],
        **held.variables,
        **_accent(look, theme, rng),
        "size": f"{size}px",
        "font": font,
    }
    written = ";".join(f"--{name}:{value}" for name, value in variables.items())
    return {
        **held.attributes,
        "lang": "en",
        "data-theme": theme,
        "data-look": look.name,
        "data-density": density,
        "style": f"color-scheme:{theme};{written}",
    }


def _accent(look: Look, theme: str, rng: Random) -> dict[str, str]:
    """The colour of buttons and links, and that of letters on it; nothing where the look keeps its own."""
    offered = _ACCENTS[theme] if look.accents is None else look.accents
    legible = [c for c in offered if contrast(c, PAPER[theme]) >= LEAST]
    keep, chosen = rng.random() < _OWN_ACCENT, rng.choice(legible) if legible else ""
    if keep or not chosen:
        return {}
    # White on mid-tones is what designers take, as long as it can be read.
    letters = "#ffffff" if contrast("#ffffff", chosen) >= LEAST else "#14171f"
    return {"accent": chosen, "link": chosen, "on-accent": letters}


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, 0 to 1 (WCAG 2.2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
