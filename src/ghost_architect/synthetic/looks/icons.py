"""Outlines of icons, ours."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ICONS: Mapping[str, str] = MappingProxyType(
    {
        "plus": "M8 3v10M3 8h10",
        "cross": "M4 4l8 8M12 4l-8 8",
        "search": "M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 0 0 0-9M10.5 10.5L14 14",
        "edit": "M3 13l1-3.5L11 2.5l2.5 2.5L6.5 12z",
        "bin": "M3 4.5h10M6 4.5V3h4v1.5M4.5 4.5L5 13.5h6l.5-9",
        "eye": "M1.5 8C4 4 12 4 14.5 8C12 12 4 12 1.5 8M8 6.3a1.7 1.7 0 1 0 0 3.4a1.7 1.7 0 0 0 0-3.4",
        "bell": "M4 11h8l-1-1.5V7a3 3 0 0 0-6 0v2.5zM7 13h2",
        "home": "M2.5 8L8 3l5.5 5M4 7v6h8V7",
        "user": "M8 2.5a2.7 2.7 0 1 0 0 5.4a2.7 2.7 0 0 0 0-5.4M2.8 14c.5-6 9.9-6 10.4 0",
        "gear": "M8 5.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 0 0 0-5M8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2"
        "M3.4 3.4l1.4 1.4M11.2 11.2l1.4 1.4",
        "down": "M4 6l4 4l4-4",
        "right": "M6 4l4 4l-4 4",
        "left": "M10 4L6 8l4 4",
        "star": "M8 2l1.8 3.9l4.2.5l-3.1 2.9l.8 4.2L8 11.4l-3.7 2.1l.8-4.2L2 6.4l4.2-.5z",
        "mail": "M2 4h12v8H2zM2 4.5l6 4.5l6-4.5",
        "calendar": "M2.5 4h11v9.5h-11zM2.5 7h11M5.5 2.5v3M10.5 2.5v3",
        "clock": "M8 2a6 6 0 1 0 0 12a6 6 0 0 0 0-12M8 4.8V8l2.4 1.6",
        "file": "M4 2h5l3 3v9H4zM9 2v3h3",
        "chart": "M2.5 13.5h11M4 11V8M7 11V4M10 11V6.5M13 11V3",
        "list": "M5 4h9M5 8h9M5 12h9M2 4h.5M2 8h.5M2 12h.5",
        "grid": "M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z",
        "dots": "M3.5 8h.01M8 8h.01M12.5 8h.01",
        "check": "M3 8.5l3.2 3.2L13 5",
        "upload": "M8 11V3M5 6l3-3l3 3M3 13h10",
        "download": "M8 3v8M5 8l3 3l3-3M3 13.5h10",
        "filter": "M2 3h12L9.5 8.5V13L6.5 11.5V8.5z",
        "phone": "M4 2.5l2 3-1.2 1.4c.8 1.8 2.2 3.2 4 4l1.5-1.2"
        "l3 2c-.3 1.2-1.3 2-2.5 1.8C6 12.8 3 9.3 2.3 5c-.1-1.2.6-2.2 1.7-2.5",
        "pin": "M8 14C5 10.5 3.5 8.5 3.5 6.5a4.5 4.5 0 0 1 9 0C12.5 8.5 11 10.5 8 14"
        "M8 5.2a1.3 1.3 0 1 0 0 2.6a1.3 1.3 0 0 0 0-2.6",
        "lock": "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
        "help": "M8 2a6 6 0 1 0 0 12a6 6 0 0 0 0-12M6.2 6.4c.2-2.2 3.6-2.2 3.6 0c0 1.4-1.8 1.3-1.8 2.8M8 11.4h.01",
        "box": "M2.5 5L8 2.5L13.5 5v6L8 13.5L2.5 11zM2.5 5L8 7.5L13.5 5M8 7.5v6",
        "tag": "M2.5 8.5v-6h6l5.5 5.5l-6 6zM5.5 5.5h.01",
        "card": "M2 4h12v8.5H2zM2 7h12M4 10h3",
        "out": "M9 3H3.5v10H9M7 8h7M11 5l3 3l-3 3",
        "heart": "M8 13.5C2 9.5 1.5 6 3.2 4.3C5 2.6 7.2 3.6 8 5.3C8.8 3.6 11 2.6 12.8 4.3C14.5 6 14 9.5 8 13.5",
    }
)
"""Paths on a grid of 16 by 16, by what they show."""
