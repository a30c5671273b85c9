"""The memory plan: what a run will take, term by term, before anything is loaded. It needs no torch.

What is there all the time (`static`) is counted tensor by tensor; what comes and goes is played through (`rehearsal`).
The total is the most there is in any moment of a step, so a term counts with what it has in that moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from math import ceil
from typing import Any

from . import static
from .disk import files
from .formulas import FORMULAS, many
from .hardware import GIB, Card
from .meter import Meter
from .rehearsal.decoder import rehearse
from .rehearsal.setting import BYTES, WIDE, Setting, sent
from .shapes import Model, Tower

CONTEXT: Mapping[bool, float] = {False: 0.45, True: 0.75}
"""GiB that CUDA's context, its libraries and the kernels take, before sm_90 and from then on; `nvidia-smi` counts it,
torch does not. The second was measured on an H200 (benchmarks/plan.py); the first is a guess."""

FRAGMENTS = 0.3
"""What the allocator reserves beyond what is asked for, as a share of what comes and goes: 0.96 GiB beside 3.2 GiB
over a row of 24,576 tokens on an H200, with expandable segments."""

MARGIN = 0.01
"""The share of a card that a plan leaves free."""

PROGRAM = 3.0
"""GiB of the host that Python, torch, CUDA's libraries and the data take."""

PICTURES = 4
"""Of one row: with so many a plan counts."""

WORKSPACE: Mapping[bool, int] = {False: 8519680, True: 33554432}
"""Bytes that cuBLAS takes for itself, before sm_90 and from then on."""

_RECENT = 9
"""The compute capability from which on both are larger: sm_90."""


@dataclass(frozen=True, slots=True)
class Term:
    """One part of the plan.

    Attributes:
        name: of it.
        where: card, host or disk.
        bytes: what counts towards the total: of the card, what it has when the step is at its peak.
        own: what it has at its own most.
        formula: how it is counted.
    """

    name: str
    where: str
    bytes: int
    own: int
    formula: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will take.

    Attributes:
        model: that learns.
        setting: how.
        card: that it was made for.
        terms: all of them; those of the card add up to `total`.
        moments: the bytes on the card in each moment of a step.
    """

    model: Model
    setting: Setting
    card: Card
    terms: tuple[Term, ...]
    moments: Mapping[str, int]

    def of(self, where: str) -> int:
        """Bytes of the card, the host or the disk."""
        return sum(term.bytes for term in self.terms if term.where == where)

    @property
    def total(self) -> int:
        """The most that tensors take of the card (`torch.cuda.max_memory_allocated`)."""
        return self.of("card")

    @property
    def moment(self) -> str:
        """When that is."""
        return max(self.moments, key=lambda name: self.moments[name])

    @property
    def beyond(self) -> tuple[Term, ...]:
        """What the card has to have besides tensors: the allocator's share, CUDA's and a margin."""
        moving = sum(term.bytes for term in self.terms if term.where == "card" and term.name in _MOVING.values())
        recent = float(self.card.capability) >= _RECENT
        said = f"its context, libraries and kernels; {'as measured on an H200' if recent else 'estimated'}"
        parts = (
            ("allocator", FRAGMENTS * moving, f"reserved and not used: {FRAGMENTS:g} x what comes and goes; estimated"),
            ("CUDA", CONTEXT[recent] * GIB, said),
            ("margin", MARGIN * self.card.memory * GIB, f"{100 * MARGIN:g}% of the card stays free"),
        )
        return tuple(Term(name, "card", ceil(size), ceil(size), formula) for name, size, formula in parts)

    @property
    def reserved(self) -> int:
        """What the allocator reserves for it (`torch.cuda.max_memory_reserved`), estimated."""
        return self.total + self.beyond[0].bytes

    @property
    def needed(self) -> int:
        """Bytes that the card has to have."""
        return self.total + sum(term.bytes for term in self.beyond)

    @property
    def left(self) -> Mapping[str, int]:
        """Bytes of the card and of the host that are left over; less than 0 where they do not suffice."""
        has = {"card": self.card.memory, "host": self.card.host}
        takes = {"card": self.needed, "host": self.of("host")}
        return {where: int(has[where] * GIB) - takes[where] for where in takes}

    @property
    def fits_card(self) -> bool:
        """Whether the card has that."""
        return self.left["card"] >= 0

    @property
    def fits_host(self) -> bool:
        """Whether the host has what it has to."""
        return self.left["host"] >= 0

    @property
    def fits(self) -> bool:
        """Whether the run fits."""
        return self.fits_card and self.fits_host

    @property
    def largest(self) -> Sequence[Term]:
        """The terms on the card, the one that dominates first."""
        return sorted((term for term in self.terms if term.where == "card"), key=lambda term: -term.bytes)

    def json(self) -> dict[str, Any]:
        """What `--format json` prints; bytes throughout."""
        return {
            "version": 1,
            "model": self.model.name,
            "setting": asdict(self.setting),
            "card": {"name": self.card.name, "bytes": int(self.card.memory * GIB), "status": self.card.said},
            "terms": [asdict(term) for term in self.terms],
            "beyond": [asdict(term) for term in self.beyond],
            "moments": dict(self.moments),
            "total": self.total,
            "reserved": self.reserved,
            "needed": self.needed,
            "host": self.of("host"),
            "disk": self.of("disk"),
            "left": dict(self.left),
            "fits": self.fits,
            "dominates": self.largest[0].name,
        }


_MOVING = {
    "row": "embedded row",
    "checkpoints": "activation checkpoints",
    "work": "one layer's work",
    "dora": "DoRA factors",
    "loss": "loss",
    "pictures": "encoding pictures",
    "building": "building adapters",
    "update": "optimizer step",
}
"""The meter's kinds -> terms."""


@lru_cache(maxsize=256)
def _rehearsed(model: Model, setting: Setting) -> Meter:
    return rehearse(model, setting)


def plan(model: Model, setting: Setting, card: Card, checkpoints: int = 2, there: bool = False) -> Plan:
    """The plan of a run.

    Args:
        model: that learns.
        setting: how, nothing of it `auto`.
        card: on what.
        checkpoints: how many are kept on the disk.
        there: whether the model's files lie on the disk already, and so take none of what is free.
    """
    always = tuple(_always(model, setting, card))
    base = sum(term.bytes for term in always)
    # Where the tower stays, and how the optimizer remembers, changes nothing about a step of the decoder.
    meter = _rehearsed(model, replace(setting, tower="", optimizer=""))
    beside = _beside(model, setting)
    held = {name: {**peak.kinds, "pictures": 0} for name, peak in meter.moments.items()}
    held |= {kind: {kind: size} for kind, size in beside.items() if size > 0}
    moments = {name: base + sum(kinds.values()) for name, kinds in held.items()}
    worst = held[max(moments, key=lambda name: moments[name])]
    most = {**meter.most, **beside}
    moving = [
        Term(name, "card", worst.get(kind, 0), most[kind], FORMULAS[kind](model, setting))
        for kind, name in _MOVING.items()
        if most.get(kind, 0) > 0
    ]
    rest = (*_host(model, setting), *_disk(model, setting, checkpoints, there))
    return Plan(model, setting, card, (*always, *moving, *rest), moments)


def _beside(model: Model, setting: Setting) -> dict[str, int]:
    """Bytes of the moments in which no layer works."""
    adapters = static.adapters(model, setting)
    return {
        # each adapter is there twice while all become one tensor, and the optimizer has nothing yet
        "building": adapters - static.optimizer(model, setting),
        "pictures": _pictures(model, setting),
        "update": adapters if setting.optimizer == "adamw" else 0,
    }


def _always(model: Model, setting: Setting, card: Card) -> Iterator[Term]:
    """What is on the card all through the run."""
    quantised, plain = static.weights(model, setting)
    count = sum(own.weights for own in static.linears(model) if not own.plain)
    learns, b = many(static.parameters(model, setting)), BYTES[setting.precision]
    eight = "(2 B + 8 B for 256)" if setting.optimizer == "adamw_8bit" else "8 B"
    terms = (
        ("weights in NF4", quantised, f"{many(count)} x (1/2 + 1/64 + 4/(64 x 256)) B"),
        ("other weights", plain, f"{len(model.plain)} linear layers that the checkpoint has not quantised, x {b} B"),
        ("embedding", static.words(model, setting), f"{model.words:,} words x {model.width:,} x {b} B" + _tied(model)),
        ("norms", static.norms(model, setting), f"{many(model.norms)} x {b} B"),
        ("vision tower", _tower(model, setting, "card"), f"with its projector, x {b} B"),
        ("adapters", static.adapters(model, setting), f"rank {setting.rank}: {learns} x 4 B"),
        ("gradients", static.adapters(model, setting), f"{learns} x 4 B"),
        ("optimizer", static.optimizer(model, setting), f"{setting.optimizer}: {learns} x {eight}"),
        ("DoRA norms", static.caches(model, setting), "||W||^2 and what the factor gives of each row, 4 x 4 B"),
        ("cuBLAS workspace", WORKSPACE[float(card.capability) >= _RECENT], "what matrix products take for themselves"),
    )
    for name, size, formula in terms:
        if size:
            yield Term(name, "card", size, size, formula)


def _tied(model: Model) -> str:
    return ", the output's as well" if model.tied else ", and as much for the output"


def _tower(model: Model, setting: Setting, where: str) -> int:
    stays = "card" if setting.vision else setting.tower
    return static.tower(model, setting) if stays == where else 0


def _pictures(model: Model, setting: Setting) -> int:
    """Bytes while a picture is encoded, or, where the tower learns, is on its way back."""
    if model.tower is None:
        return 0
    own, b = model.tower, BYTES[setting.precision]
    work = own.patches * (6 * own.width + 2 * own.inner) * b + 3 * own.image**2 * b
    features = own.tokens * model.width * b * PICTURES
    if setting.vision:
        return work + features + _learning_pictures(model, own, setting)
    return work + features + _tower(model, setting, "host")


def _learning_pictures(model: Model, own: Tower, setting: Setting) -> int:
    """Bytes behind a row: what waits for a picture's way back, the gradient of the row, and new gradients."""
    learns = sum(setting.rank * (layer.rows + layer.columns) for layer in own.adapted(setting.targets))
    return kept_of_a_picture(own, setting) + (setting.sequence * model.width + learns) * WIDE


def kept_of_a_picture(own: Tower, setting: Setting) -> int:
    """Bytes that wait for one picture's way back.

    Of each layer: what goes into its norms and comes out of the first, q, k, v and what attention makes of them; in the
    middle what goes into GELU; and what goes into linear layers that learn, where nothing else keeps it.
    """
    wide = 7 + sum(name in setting.targets for name in ("o_proj", "up_proj"))
    inner = 1 + ("down_proj" in setting.targets)
    return own.layers * own.patches * (wide * own.width + inner * own.inner) * BYTES[setting.precision]


def _host(model: Model, setting: Setting) -> Iterator[Term]:
    waits = sent(model, setting) * (model.layers - 1) if setting.offload else 0
    more = ", attention's output and sums, o's and down's outputs" if setting.keep else ""
    input_ = f"the input, {setting.sequence:,} x {model.width:,} x 2 B"
    terms = (
        (_MOVING["checkpoints"], waits, f"of {model.layers - 1} layers, pinned: {input_}{more}"),
        ("vision tower", _tower(model, setting, "host"), "goes to the card while it encodes"),
        ("program", int(PROGRAM * GIB), "Python, torch, CUDA's libraries and the data; estimated"),
    )
    for name, size, formula in terms:
        if size:
            yield Term(name, "host", size, size, formula)


def _disk(model: Model, setting: Setting, checkpoints: int, there: bool) -> Iterator[Term]:
    size, how = files(model)
    yield Term("model", "disk", 0 if there else size, size, how + ("; lies there already" if there else ""))
    adapter = static.adapters(model, setting)
    one = adapter + static.optimizer(model, setting)
    both = f"({checkpoints} kept + 1 that is written) x (adapters + optimizer)"
    yield Term("saved checkpoints", "disk", (checkpoints + 1) * one, (checkpoints + 1) * one, both)
    yield Term("adapter", "disk", adapter, adapter, "the result, float32")
