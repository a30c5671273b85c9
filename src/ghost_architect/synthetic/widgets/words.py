"""What forms say besides labels and values. None of it is about the schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

HELP: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "email": ("We never share it.", "Used for sign-in and notices.", "One address only."),
        "phone": ("With country code.", "So that we can reach you.", "Include the area code."),
        "slug": ("Lower-case letters and hyphens.", "Part of the page's address.", "Leave empty to have one made."),
        "code": ("Must be unique.", "As printed on the document.", "Letters and digits, no spaces."),
        "money": ("Net of tax.", "Two decimals at most.", "In the account's own currency."),
        "percent": ("Between 0 and 100.",),
        "count": ("Whole numbers only.", "Leave 0 if unknown."),
        "int": ("Whole numbers only.",),
        "date": ("Day, month and year.", "Not in the past.", "Can be changed later."),
        "moment": ("In your own time zone.", "Local time."),
        "image": ("PNG or JPG, at most 2 MB.", "Square pictures look best.", "At least 400 × 400 pixels."),
        "file": ("PDF or DOCX, up to 10 MB.",),
        "secret": (
            "At least 8 characters.",
            "Use letters, digits and a symbol.",
            "Leave empty to keep the present one.",
        ),
        "text": (
            "Markdown is allowed.",
            "Visible to your team only.",
            "A few sentences are enough.",
            "Shown on the public page.",
        ),
        "words": ("Keep it short.", "Shown in lists and search.", "As it should appear on documents."),
        "url": ("Starts with https://", "Opens in a new window."),
        "flag": ("You can change this at any time.", "Off by default.", "Applies to new entries only."),
        "choice": ("Decides who sees it.", "Can be changed later."),
        "json": ("Must be valid JSON.",),
        "->": ("Missing from the list? Add it first.", "Start typing to search.", "Only active ones are listed."),
        "><": ("Pick as many as you like.", "Hold Ctrl to pick several.", "Separate with Enter."),
    }
)
"""Help under a control, by kind."""

PICK = ("Select...", "Select an option", "Choose...", "-- Select --", "Please select", "---------", "Select one")
"""What a closed list says while nothing is picked."""

FIND = ("Search...", "Type to search", "Start typing...", "Find by name")
"""What a search in a control says while nothing is typed."""

PLACEHOLDERS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "email": ("name@example.com", "you@company.com"),
        "phone": ("+1 555 000 0000", "Phone number"),
        "url": ("https://", "https://example.com"),
        "money": ("0.00", "0,00"),
        "percent": ("0", "0.0"),
        "count": ("0", "1"),
        "int": ("0",),
        "decimal": ("0.0",),
        "measure": ("0", "0.0"),
        "minutes": ("0", "30"),
        "date": ("dd/mm/yyyy", "mm/dd/yyyy", "YYYY-MM-DD", "Pick a date"),
        "moment": ("dd/mm/yyyy, --:--", "Select date and time"),
        "time": ("--:--", "09:00"),
        "year": ("YYYY",),
        "text": ("Write something...", "Add a note...", "Type here..."),
        "postcode": ("00000",),
        "><": ("Add...", "Type and press Enter", "Select several"),
    }
)
"""What an empty control says, by kind."""

ADD_NEW = ("+ Add new", "+ New", "Create new", "+ Add")
"""The way to a row that is not in the list yet."""

DROP = (
    "Drag files here or click to browse",
    "Drop a file here, or browse",
    "Click to upload or drag and drop",
    "Drop files to upload",
)
"""Inside the frame that files are dropped on."""

CONFIRM = ("Confirm password", "Repeat password", "Password again", "Confirm new password")
"""The second time a password is typed: no column of its own."""
