"""What a fact is typed, picked or ticked with: by the name of the widget (`pages/signals.yaml`).

Item -> Control(html, whether it says its own label) -> a whole field (`widgets.control`)
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from . import picked, typed
from .typed import Maker

CONTROLS: Mapping[str, Maker] = MappingProxyType(
    {
        "text_input": typed.line,
        "placeholder": typed.line,
        "email_input": typed.of_kind("email"),
        "tel_input": typed.of_kind("tel"),
        "url_input": typed.of_kind("url"),
        "password_input": typed.password,
        "masked": typed.masked,
        "number_input": typed.number,
        "money_input": typed.money,
        "addon_input": typed.addon,
        "spinner": typed.spinner,
        "slider": typed.slider,
        "date_input": typed.dated("calendar"),
        "datetime_input": typed.dated("calendar"),
        "time_input": typed.dated("clock"),
        "date_parts": typed.date_parts,
        "date_and_time": typed.date_and_time,
        "textarea": typed.textarea,
        "rich_text": typed.rich_text,
        "select": picked.select,
        "autocomplete": picked.autocomplete,
        "lookup_input": picked.lookup,
        "radio": picked.radio,
        "radio_cards": picked.radio_cards,
        "segmented": picked.segmented,
        "checkbox": picked.checkbox,
        "toggle": picked.toggle,
        "file_input": typed.file_button,
        "file_drop": typed.file_drop,
        "thumbnail": typed.picture,
        "avatar": typed.picture,
        "stars": typed.stars,
        "color_swatch": typed.swatch,
        "map_pin": typed.coordinate,
        "key_value_editor": typed.keys_and_values,
        "code_input": typed.keys_and_values,
        "chip_input": picked.chip_input,
        "checkbox_list": picked.checkbox_list,
        "multi_select": picked.multi_select,
        "two_selects": picked.two_selects,
    }
)
"""Widgets of a form by name."""

ODDS: Mapping[str, float] = MappingProxyType(
    {
        "text_input": 2.0,
        "select": 3.0,
        "textarea": 3.0,
        "date_input": 4.0,
        "datetime_input": 3.0,
        "number_input": 3.0,
        "money_input": 3.0,
        "toggle": 1.5,
        "checkbox": 2.5,
        "radio": 0.8,
        "placeholder": 0.1,
        "slider": 0.25,
        "spinner": 1.5,
        "radio_cards": 0.4,
        "password_input": 5.0,
    }
)
"""How likely a widget is against the others of its attribute; 1 where nothing is said."""
