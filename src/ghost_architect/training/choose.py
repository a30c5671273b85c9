"""What `auto` settings become: the fastest way that fits the card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from ghost_architect.config import AUTO, TrainingConfig
from ghost_architect.errors import UsageError, printable

from .disk import lies
from .hardware import Card
from .plan import Plan, plan
from .rehearsal.setting import Setting
from .shapes import Model

_WAYS: dict[str, tuple[tuple[Any, float], ...]] = {
    "keep": ((True, 0.0), (False, 0.12)),
    "offload": ((False, 0.0), (True, 0.03)),
    "tile": ((None, 0.0), (2048, 0.01), (1024, 0.03)),
    "loss_rows": ((512, 0.0), (256, 0.01), (128, 0.02)),
    "tower": (("card", 0.0), ("host", 0.015)),
}
"""What each setting can become, and the share of a step's time that it costs. The shares are estimates; only their
order counts: what is made again costs most, copies beside the computation little."""


def precision(config: TrainingConfig, card: Card) -> str:
    """Of matrix products.

    Raises:
        UsageError: bfloat16 was asked for, and the card has none; or dropout, which float16 has no range for.
    """
    if config.precision == "bf16" and not card.bf16:
        raise UsageError(f"precision is bf16, and {card.name} has no bfloat16", "precision: fp16, or auto")
    auto = "bf16" if card.bf16 else "fp16"
    number = auto if config.precision == AUTO else config.precision
    check_dropout(config, number)
    return number


def check_dropout(config: TrainingConfig, number: str) -> None:
    """Whether dropout goes with the precision.

    Raises:
        UsageError: it does not.
    """
    if config.dropout and number == "fp16":
        raise UsageError("dropout needs a range that float16 does not have", "dropout: 0, or precision: bf16 or fp32")


def check_rank(config: TrainingConfig, model: Model) -> None:
    """Whether a rank makes sense: an update of more than a matrix' smaller side is of no other rank than one of that.

    Raises:
        UsageError: no matrix that learns can have an update of this rank.
    """
    shapes = [model.shapes[name] for name in config.targets]
    if config.vision == "trained" and model.tower:
        shapes += [(own.rows, own.columns) for own in model.tower.adapted(config.targets)]
    most = max(map(min, shapes))
    if config.rank > most:
        why = f"no matrix that learns in {printable(model.name)} has one above {most:,}"
        raise UsageError(f"rank is {config.rank:,}, and {why}", f"rank: {most}, or less")


def attention(model: Model, number: str, card: Card) -> str:
    """How attention is computed; see `models.trinity.attention.way_of`."""
    if number == "fp32" or model.size not in (64, 128, 256) or float(card.capability) < 8:
        return "blocks"
    return "flash" if card.flash else "kernel"


def settings(config: TrainingConfig, model: Model, card: Card) -> Iterator[Setting]:
    """All that the configuration leaves open, the fastest first.

    Raises:
        UsageError: the settings do not go together, or not with the model or the card.
    """
    check_rank(config, model)
    number = precision(config, card)
    base = Setting(
        sequence=config.sequence,
        rank=config.rank,
        targets=config.targets,
        dora=config.dora,
        precision=number,
        attention=attention(model, number, card),
        vision=config.vision == "trained" and model.tower is not None,
        optimizer=config.optimizer,
    )
    names = tuple(_WAYS)
    found = []
    for chosen in product(*(_open(name, getattr(config, name), base, model) for name in names)):
        cost = sum(share for _, share in chosen)
        found.append((cost, replace(base, **{name: value for name, (value, _) in zip(names, chosen, strict=True)})))
    yield from (setting for _, setting in sorted(found, key=lambda pair: pair[0]))


def _open(name: str, said: Any, base: Setting, model: Model) -> Sequence[tuple[Any, float]]:
    if said != AUTO:
        return ((said, 0.0),)
    if name == "tower" and (model.tower is None or base.vision):
        return (("card", 0.0),)
    if name == "tile":  # over two tiles the matrices are held that one lets go: nothing is won
        return [way for way in _WAYS[name] if way[0] is None or 2 * way[0] < base.sequence]
    return _WAYS[name]


def choose(config: TrainingConfig, model: Model, card: Card) -> Plan:
    """The plan of the fastest way that fits; where none does, of the one that takes least of the card."""
    least: Plan | None = None
    there = lies(model.name)
    for setting in settings(config, model, card):
        made = plan(model, setting, card, config.keep_checkpoints, there)
        if made.fits:
            return made
        if least is None or (made.fits_host, -made.needed) > (least.fits_host, -least.needed):
            least = made
    assert least is not None
    return least
