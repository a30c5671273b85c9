"""What recognition makes of lines that a person reads: what it misses, splits, joins, misspells and invents.

    lines of a screen -> joined -> missed -> split -> misspelt -> boxes moved -> lines that are not there

Its parameters are measured, not guessed: `benchmarks/ocr_noise.py` reads pictures of this factory with
`pages.lines`, compares, and writes `noise.yaml`. A line that is left keeps what it said; so do both parts of a
split line, and joined lines say what each of them said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import islice
from random import Random
from typing import Any

import yaml

from ghost_architect.schema.objects import Box

from .sight import Sighting

NEAR = 2.5
"""Two lines on one height that stand no further apart than this (font sizes) are neighbours, and may be joined."""


FAINT = 3.0
"""Contrast below which a line stands out badly (WCAG 2.2, 1.4.11)."""

KINDS = tuple(f"{how}{kind}" for how in ("", "faint ") for kind in ("letter", "digit", "pair", "more"))


_TRIES = 8


@dataclass(frozen=True, slots=True)
class Noise:
    """What goes wrong, and how often. Shares are of 1.

    Attributes:
        missed: kind of line (`kind_of`) -> share of the lines that are not found.
        joined: for neighbours whose gap is up to so many font sizes, the share that is read as one line.
        split: share of the spaces within lines where a line is parted.
        letters: letter -> what is read instead ("" for nothing) -> share.
        lost, made: share of spaces that are not read; of neighbours within words between which one is.
        small: font size in pixels up to which -> how many times as often letters go wrong.
        before: what is read before a line that has an icon there -> share of the lines.
        invented: text that stands nowhere -> how many lines of it on a screen.
        edges: for left, top, right and bottom: pixels that the edge is off -> weight.
    """

    missed: Mapping[str, float]
    joined: Mapping[float, float]
    split: float
    letters: Mapping[str, Mapping[str, float]]
    lost: float
    made: float
    small: Mapping[float, float]
    before: Mapping[str, float]
    invented: Mapping[str, float]
    edges: tuple[Mapping[int, float], ...]


def noise_of(raw: Mapping[str, Any]) -> Noise:
    """The model that a file holds."""
    return Noise(**{**raw, "edges": tuple(raw["edges"])})


@cache
def measured() -> Noise:
    """The model that was measured."""
    raw = yaml.safe_load(files(__package__).joinpath("noise.yaml").read_text(encoding="utf-8"))
    return noise_of(raw["noise"])


def noisy(
    lines: Sequence[Sighting], rng: Random, width: int, height: int, noise: Noise | None = None
) -> list[Sighting]:
    """The lines as recognition would return them.

    Args:
        lines: of one screen, as a person reads them.
        rng: decides; the same seed makes the same faults.
        width, height: of the picture, which no box leaves.
        noise: the model; None is the one that was measured.
    """
    model = noise or measured()
    found: list[Sighting] = []
    for line in _joined(lines, rng, model):
        if rng.random() < model.missed[kind_of(line)]:
            continue
        for part in _parts(line, rng, model):
            text = _misspelt(part.text, rng, model, _factor(part.size, model))
            if any(map(str.isalnum, text)):
                found.append(replace(part, text=text, box=_moved(part.box, rng, model, width, height)))
    found += _invented(found, rng, model)
    return found


def kind_of(line: Sighting) -> str:
    """What decides whether a line is found: how much there is to see of it, and how well it stands out."""
    text = line.text
    kind = ("digit" if text.isdigit() else "letter") if len(text) == 1 else "pair" if len(text) == 2 else "more"
    return f"faint {kind}" if line.contrast < FAINT else kind


def gap(one: Sighting, other: Sighting) -> float | None:
    """How far `other` stands to the right of `one` on the same height, in font sizes; None where it does not."""
    (x, y, w, h), (u, v, _, k) = one.box, other.box
    size = max(one.size, other.size)
    shared = min(y + h, v + k) - max(y, v)
    away = (u - x - w) / size
    return away if shared >= 0.5 * min(h, k) and 0.6 < one.size / other.size < 1.6 and -0.1 <= away < NEAR else None


def neighbours(lines: Sequence[Sighting]) -> list[tuple[int, int, float]]:
    """For each line that has one, the nearest line to its left on the same height: places of both, and the gap."""
    down = sorted(range(len(lines)), key=lambda i: lines[i].box[1])
    nearest: dict[int, tuple[float, int]] = {}
    for at, i in enumerate(down):
        _, top, _, high = lines[i].box
        for j in islice(down, at + 1, None):
            if lines[j].box[1] >= top + high:
                break
            left, right = (i, j) if lines[i].box[0] <= lines[j].box[0] else (j, i)
            away = gap(lines[left], lines[right])
            if away is not None and away < nearest.get(right, (NEAR, 0))[0]:
                nearest[right] = away, left
    across = sorted(nearest, key=lambda i: lines[i].box[0])
    return [(nearest[i][1], i, nearest[i][0]) for i in across]


def _joined(lines: Sequence[Sighting], rng: Random, model: Noise) -> list[Sighting]:
    grown: dict[int, Sighting] = dict(enumerate(lines))
    taken: dict[int, int] = {}
    for left, right, away in neighbours(lines):
        share = next((s for upto, s in model.joined.items() if away < upto), 0.0)
        if rng.random() < share:
            head = left
            while head in taken:
                head = taken[head]
            grown[head] = _one(grown[head], grown.pop(right))
            taken[right] = head
    return list(grown.values())


def _one(left: Sighting, right: Sighting) -> Sighting:
    (x, y, w, h), (u, v, t, k) = left.box, right.box
    top, bottom = min(y, v), max(y + h, v + k)
    said = (*left.said, *(s for s in right.said if s not in left.said))
    box = (x, top, max(x + w, u + t) - x, bottom - top)
    return replace(left, box=box, text=f"{left.text} {right.text}", said=said, cut=left.cut or right.cut)


def _parts(line: Sighting, rng: Random, model: Noise) -> list[Sighting]:
    """The line, or its two parts where it is split at a space; boxes by the share of letters."""
    spaces = [i for i, c in enumerate(line.text) if c == " "]
    cuts = [i for i in spaces if rng.random() < model.split]
    if not cuts:
        return [line]
    at, (x, y, w, h) = rng.choice(cuts), line.box
    first, second = line.text[:at], line.text[at + 1 :]
    letter = w / len(line.text)
    end, start = max(1, round(len(first) * letter)), min(w - 1, round((at + 1) * letter))
    return [replace(line, text=first, box=(x, y, end, h)), replace(line, text=second, box=(x + start, y, w - start, h))]


def _factor(size: float, model: Noise) -> float:
    return next((f for upto, f in model.small.items() if size <= upto), 1.0)


def _misspelt(text: str, rng: Random, model: Noise, factor: float) -> str:
    out: list[str] = []
    for i, letter in enumerate(text):
        if letter == " ":
            out.append("" if rng.random() < model.lost * factor else " ")
            continue
        out.append(_read(letter, rng, model, factor))
        if text[i + 1 : i + 2].strip() and rng.random() < model.made * factor:
            out.append(" ")
    before = _drawn(model.before, rng)
    return " ".join("".join([*([before, " "] if before else []), *out]).split())


def _read(letter: str, rng: Random, model: Noise, factor: float) -> str:
    others = model.letters.get(letter)
    if not others:
        return letter
    steady = sum(others.values()) > 0.5  # a dash that is always read as a hyphen is so in any size
    at = rng.random() / (1.0 if steady else factor)
    for other, share in others.items():
        if at < share:
            return other
        at -= share
    return letter


def _drawn(shares: Mapping[str, float], rng: Random) -> str:
    """One of these with its share, mostly none."""
    at = rng.random()
    for name, share in shares.items():
        if at < share:
            return name
        at -= share
    return ""


def _moved(box: Box, rng: Random, model: Noise, width: int, height: int) -> Box:
    x, y, w, h = box
    left, top, right, bottom = (rng.choices(list(e), list(e.values()))[0] for e in model.edges)
    x1, y1 = min(max(0, x + left), width - 1), min(max(0, y + top), height - 1)
    x2, y2 = min(max(x1 + 1, x + w + right), width), min(max(y1 + 1, y + h + bottom), height)
    return x1, y1, x2 - x1, y2 - y1


def _invented(found: Sequence[Sighting], rng: Random, model: Noise) -> list[Sighting]:
    """Icons that are read as letters: as high as a line, somewhere left of it where nothing else is."""
    out: list[Sighting] = []
    for text, share in model.invented.items():
        if not found or rng.random() >= share:
            continue
        for near in rng.choices(found, k=_TRIES):
            x, y, _, h = near.box
            wide = max(3, round(0.6 * h * len(text)))
            box = (x - wide - round(rng.uniform(0.8, 3) * near.size), y, wide, h)
            if box[0] >= 0 and not any(_meet(box, other.box) for other in (*found, *out)):
                out.append(Sighting(box, text, (), near.contrast, near.size))
                break
    return out


def _meet(one: Box, other: Box) -> bool:
    (x, y, w, h), (u, v, t, k) = one, other
    return x < u + t and u < x + w and y < v + k and v < y + h
