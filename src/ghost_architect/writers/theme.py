"""The colours and letters of the diagram: one style sheet, light, dark or both."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

HUES = 8
"""How many colours tables and the wires to them take turns in."""


class Theme(StrEnum):
    """AUTO follows the system of whoever looks at it."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


# The last ones by name: not every program that draws SVG knows what the machine has for sans-serif.
_SANS = (
    'ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",'
    'Arial,"Liberation Sans","Noto Sans","DejaVu Sans",sans-serif'
)
_MONO = 'ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono","DejaVu Sans Mono",monospace'

_SHAPES = f"""
.erd text{{font-family:{_SANS};font-size:13px;unicode-bidi:isolate}}
.erd .name{{font-size:14px;font-weight:600}}
.erd .type{{font-family:{_MONO};font-size:11.5px;text-anchor:end}}
.erd .hint{{font-size:11px}}
.erd .tag{{font-size:9px;font-weight:700;letter-spacing:.3px;text-anchor:middle}}
.erd .guess{{font-style:italic}}
.erd .key{{font-size:12px}}
.erd .line{{fill:none;stroke-width:1.6;stroke-linejoin:round}}
.erd .halo{{fill:none;stroke-width:6}}
.erd .hit{{fill:none;stroke:transparent;stroke-width:11;pointer-events:stroke}}
.erd .foot{{fill:none;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round}}
.erd .ring{{stroke-width:1.6}}
.erd .dots{{fill:none;stroke-width:1.2;stroke-dasharray:1.5 2.5}}
.erd .rule{{stroke-width:1}}
.erd .none{{fill:none;stroke-width:1.3}}
.erd .edge{{fill:none;stroke-width:1}}
"""

_LIGHT = MappingProxyType(
    {
        "sheet": "#f5f7fa",
        "card": "#ffffff",
        "edge": "#cfd6e0",
        "rule": "#edf0f4",
        "strong": "#16202e",
        "text": "#26303f",
        "muted": "#66717f",
        "guess": "#8a6116",
        "tag": "#eceff4",
        "tag_text": "#4a5565",
        "key": "#fdf0c9",
        "key_text": "#7a5200",
        "plain": "#7b8695",
        "hues": "#2f6fde #0d8a72 #b4531f #8b46c9 #c02f6b #4c7a12 #0a7ea8 #8f6a00",
    }
)
_DARK = MappingProxyType(
    {
        "sheet": "#0f141b",
        "card": "#1a212b",
        "edge": "#364152",
        "rule": "#252e3a",
        "strong": "#f2f5f9",
        "text": "#d9e0ea",
        "muted": "#93a0b2",
        "guess": "#dcb062",
        "tag": "#2a3442",
        "tag_text": "#b6c2d1",
        "key": "#45381a",
        "key_text": "#f3cf74",
        "plain": "#7f8c9d",
        "hues": "#6ea2ff #43c7a9 #f0915a #c08bf3 #f277a5 #9ccb52 #4fbfe6 #d8b23c",
    }
)


def css(theme: Theme) -> str:
    """The style sheet. Colours are written out, not variables: not every viewer knows those."""
    if theme is Theme.LIGHT:
        return _SHAPES + _colours(_LIGHT)
    if theme is Theme.DARK:
        return _SHAPES + _colours(_DARK)
    return f"{_SHAPES}{_colours(_LIGHT)}@media (prefers-color-scheme:dark){{\n{_colours(_DARK)}}}\n"


def _colours(c: MappingProxyType[str, str]) -> str:
    rules = {
        ".sheet": f"fill:{c['sheet']}",
        ".card": f"fill:{c['card']}",
        ".edge": f"stroke:{c['edge']}",
        ".rule": f"stroke:{c['rule']}",
        "text": f"fill:{c['text']}",
        ".name": f"fill:{c['strong']}",
        ".type,.erd .hint,.erd .key": f"fill:{c['muted']}",
        ".guess": f"fill:{c['guess']}",
        ".dots": f"stroke:{c['guess']}",
        ".pill": f"fill:{c['tag']}",
        ".tag": f"fill:{c['tag_text']}",
        ".pill.pk": f"fill:{c['key']}",
        ".tag.pk": f"fill:{c['key_text']}",
        ".must": f"fill:{c['muted']}",
        ".none": f"stroke:{c['muted']}",
        ".halo": f"stroke:{c['sheet']}",
        ".line,.erd .foot,.erd .ring": f"stroke:{c['plain']}",
        ".ring": f"fill:{c['sheet']}",
        ".band": f"fill:{c['plain']}",
    }
    for i, hue in enumerate(c["hues"].split()):
        rules[f".h{i} .line,.erd .h{i} .foot,.erd .h{i} .ring"] = f"stroke:{hue}"
        rules[f".h{i} .band"] = f"fill:{hue}"
    return "".join(f".erd {selector}{{{rule}}}\n" for selector, rule in rules.items())
