"""Draw examples: kind by kind, domain by domain, each from a seed of its own, and none like another.

seed -> (kind, domain, number) -> case -> example -> long enough, not too long, unlike all before -> kept
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from random import Random

from ..domains.catalogue import Catalogue
from .case import Case, make_case
from .example import Example
from .explain import explain
from .migrate import migrate
from .normalise import normalise
from .rename import rename
from .repair import repair
from .requirements import requirements
from .rules import is_rich

KINDS: Mapping[str, tuple[Callable[[Case, Random], Example | None], int, int, int]] = {
    "requirements": (requirements, 2, 7, 26),
    "repair": (repair, 2, 5, 20),
    "normalise": (normalise, 3, 5, 14),
    "migrate": (migrate, 2, 4, 16),
    "naming": (rename, 2, 4, 10),
    "explain": (explain, 3, 6, 14),
}
"""For each kind: who makes it, with how few and how many things, and its share in a hundred."""

LONGEST = 12_000
"""Characters of an example, at most: about 4,000 tokens, which is what a training run reads of one."""


def order(count: int) -> list[str]:
    """The kinds of `count` examples, mixed in their shares."""
    credit = dict.fromkeys(KINDS, 0)
    out: list[str] = []
    for _ in range(count):
        for kind, (*_, share) in KINDS.items():
            credit[kind] += share
        best = max(credit, key=credit.__getitem__)
        credit[best] -= 100
        out.append(best)
    return out


def examples(all_: Catalogue, count: int, seed: int = 0) -> Iterator[Example]:
    """`count` examples. The same seed gives the same ones, and more of them begin with the same ones."""
    domains = list(all_.domains.values())
    Random(f"instructions/{seed}/domains").shuffle(domains)
    for number, kind in enumerate(order(count)):
        # Not the length of the list apart, or each domain would only ever meet the same kinds.
        domain = domains[(number + number // len(domains) * 7) % len(domains)]
        yield example(all_, domain.name, kind, f"{seed}/{number}")


def example(all_: Catalogue, domain: str, kind: str, seed: str) -> Example:
    """One example; where a case has no room for it, the next case is tried.

    Raises:
        ValueError: the domain has no case for this kind.
    """
    maker, low, high, _ = KINDS[kind]
    for attempt in range(200):
        rng = Random(f"instructions/{seed}/{kind}/{domain}/{attempt}")
        case = make_case(all_, all_.domains[domain], rng, low, high)
        made = maker(case, rng) if is_rich(case.schema) else None
        if made is not None and made.output and len(made.instruction) + len(made.input) + len(made.output) <= LONGEST:
            return made
    raise ValueError(f"{domain} has no case for {kind}")
