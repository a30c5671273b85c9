"""Templates of texts, and patterns of codes: `{medicine} {strength}`, `@list`, `INV-####`."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import product
from random import Random

Lists = Mapping[str, Sequence[str]]

_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


@cache
def parsed(texts: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Each alternative as literal, list, literal, list ... literal; `@list` as a list between nothing."""
    return tuple(("", t[1:], "") if re.fullmatch(r"@\w+", t) else tuple(re.split(r"\{(\w+)\}", t)) for t in texts)


def drawn(texts: tuple[str, ...], lists: Lists, rng: Random) -> str:
    """One of the alternatives, filled."""
    said = rng.choice(parsed(texts))
    if len(said) == 1:
        return _like(texts, said[0])
    return _like(texts, _begun(said, "".join(rng.choice(lists[p]) if i % 2 else p for i, p in enumerate(said))))


@cache
def _capitals(texts: tuple[str, ...]) -> bool:
    """Whether some of the alternatives are phrases with a capital, so that the others should be."""
    return any(" " in t and (t[0].isupper() or t[0] == "{") for t in texts)


def _like(texts: tuple[str, ...], text: str) -> str:
    """A phrase as the other alternatives begin; what is no words stays as it is."""
    return text[:1].upper() + text[1:] if _capitals(texts) and re.match(r"[a-zà-ÿ]+(?:[ ,]|$)", text) else text


def _begun(said: tuple[str, ...], text: str) -> str:
    """With a capital where a phrase begins with a value of a list; host names and bare values stay as they are."""
    return text[:1].upper() + text[1:] if not said[0] and len(said) > 1 and any(" " in p for p in said[::2]) else text


def size(texts: tuple[str, ...], lists: Lists) -> int:
    """How many texts there are."""
    return sum(math.prod(len(lists[p]) for p in said[1::2]) for said in parsed(texts))


def all_of(texts: tuple[str, ...], lists: Lists) -> list[str]:
    """Every text once, in the order of the file."""
    found: dict[str, None] = {}
    for said in parsed(texts):
        for chosen in product(*(lists[p] for p in said[1::2])):
            pieces = [p for pair in zip(said[::2], (*chosen, ""), strict=True) for p in pair]
            found[_like(texts, _begun(said, "".join(pieces)))] = None
    return list(found)


@lru_cache(1 << 12)
def folded(text: str) -> str:
    """Small ASCII letters and figures with hyphens between, as in addresses."""
    plain = text.lower().replace("ß", "ss").replace("ı", "i").replace("'", "").replace("&", " ")
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain))


@cache
def _pieces(pattern: str) -> tuple[str, ...]:
    return tuple(re.findall(r"#+|%+|[^#%]+", pattern))


def filled(pattern: str, rng: Random, lead: bool = False) -> str:
    """A pattern with its digits (`#`) and letters (`%`) drawn; `lead` keeps numbers from beginning with 0."""
    out = []
    for piece in _pieces(pattern):
        n = len(piece)
        if piece[0] == "#":
            low = 10 ** (n - 1) if lead else 0
            out.append(f"{rng.randrange(low, 10**n):0{n}d}")
        elif piece[0] == "%":
            out.append("".join(rng.choices(_LETTERS, k=n)))
        else:
            out.append(piece)
    return "".join(out)
