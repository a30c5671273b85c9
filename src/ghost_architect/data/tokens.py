"""About how many tokens a text costs: the estimate of `pages.budget`, for long texts.

No tokenizer of Gemma's comes with the project. Its own way to cut digits and spaces is counted exactly, words at four
letters a token; on English prose and SQL that is more than the tokenizer makes of it, so a row that fits here fits.
"""

from __future__ import annotations

import re

SEQUENCE = 4096
"""Tokens that a training row may have."""

TURNS = 16
"""What the marks of a conversation cost: start, user, model, ends."""

_PARTS = re.compile(r"[A-Za-z]{1,4}|\S")
_SPACED_DIGIT = re.compile(r" \d")


def tokens(text: str) -> int:
    """The same as `budget.tokens`, a few times faster."""
    return 1 + len(_PARTS.findall(text)) + len(_SPACED_DIGIT.findall(text))
