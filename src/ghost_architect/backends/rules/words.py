"""Whether a line reads like a label or like a value. No words of a language stand here; `signals.yaml` has them."""

from __future__ import annotations

import re

from ghost_architect.pages.signals import Signals

_VALUE = re.compile(
    r"""
      [^A-Za-z]*\d[\d.,:/ \-%+()$€£¥₹]*            # numbers, money, dates in digits
    | .*\d{4}-\d{2}-\d{2}.*                        # an ISO date somewhere
    | \S+@\S+\.\S+ | https?://\S+                  # an address
    | [$€£¥₹]\s?[\d.,]+.* | [A-Z]{1,6}-?\d{2,}\S*  # money, a reference
    | .*\b\d{1,2}:\d{2}\b.*                        # a time somewhere
    | (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?\s\d{1,2}\b.*
    | \d{1,2}\.?\s?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b.*
    """,
    re.VERBOSE,
)


def is_value(text: str) -> bool:
    """Whether it is plainly data: a number, an amount, a date, an address, a reference."""
    return bool(_VALUE.fullmatch(text.strip()))


def is_label(text: str, signals: Signals) -> bool:
    """Whether it could name a field: a few words that are not data, not a button and not a sentence."""
    clean = text.strip().rstrip("*:").strip()
    words = clean.split()
    if not 1 <= len(words) <= 7 or not (any(c.isalpha() for c in clean) or clean == "#"):
        return False
    if re.match(r"[-+]?\d+([.,]\d+)?\s", clean):
        return False  # "7 km", "30 days"
    if (len(clean) < 2 and clean != "#") or sum(c.isdigit() for c in clean) > 2 or re.search(r":\s*\S", clean):
        return False
    sentence = clean.endswith(("!", ",")) or (clean.endswith(".") and len(words) > 4)
    return not is_value(clean) and not sentence and not signals.is_caption(clean)


def is_known(text: str, signals: Signals) -> bool:
    """Whether a label's words alone say what it holds."""
    return is_label(text, signals) and signals.knows(text)
