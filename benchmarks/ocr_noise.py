"""What our recognition makes of the factory's screens, against what a person reads on them; fits the noise model.

Screens are drawn by the factory without noise, their lines taken from the browser (the truth) and from
`pages.lines` (recognition), and both laid over each other. Two boxes belong together where half of the
narrower and of the lower one is shared. From the screens of one part of the data (domains, looks, fonts) the
parameters are fitted; on the screens of another part, which share none of these, the rates of real recognition
and of the fitted model are printed side by side:

    exact      lines read without a fault, of those read as one line
    letters    letters read otherwise, of all
    missed     lines not found
    joined     neighbouring lines read as one, of all neighbours
    split      spaces at which a line was parted
    invented   lines that stand nowhere, a screen

    python benchmarks/ocr_noise.py                                       # 110 screens to fit, 40 to compare
    python benchmarks/ocr_noise.py --write -o benchmarks/ocr_noise.md    # and put the model into the package
"""

from __future__ import annotations

import argparse
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from itertools import islice, pairwise
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, TypeAlias

import numpy as np
import yaml
from PIL import Image
from record import Record, parser

from ghost_architect.pages.lines import read_lines
from ghost_architect.schema.objects import Box
from ghost_architect.synthetic.camera.browser import Browser
from ghost_architect.synthetic.camera.noise import FAINT, KINDS, NEAR, Noise, kind_of, neighbours, noise_of, noisy
from ghost_architect.synthetic.camera.sight import Said, Sighting
from ghost_architect.synthetic.domains.catalogue import catalogue
from ghost_architect.synthetic.draw import Painter
from ghost_architect.synthetic.groups import group_of
from ghost_architect.synthetic.looks import sheets
from ghost_architect.synthetic.looks.setup import default_folder
from ghost_architect.synthetic.plan import GROUP, plan

Read: TypeAlias = tuple[Box, str]
GAPS = (0.8, 1.0, 1.3, 1.8, NEAR)
SIZES = (11, 13, 16, 1000)
SYSTEMATIC = 0.5
FARTHEST = 4
FEW = 10
TIMES = 20
NOISE = Path(__file__).parents[1] / "src" / "ghost_architect" / "synthetic" / "camera" / "noise.yaml"


@dataclass(frozen=True, slots=True)
class Reading:
    """One screen: the lines a person reads, and those that were recognised."""

    width: int
    height: int
    seen: tuple[Sighting, ...]
    read: tuple[Read, ...]


# --- screens ---


def readings(count: int, split: str, seed: int, folder: Path) -> Iterator[Reading]:
    """Screens of a part of the data as recognition reads them."""
    known, fonts, domains = sheets.available(folder), sheets.families(folder), catalogue()
    with Browser() as browser:
        yield from islice(_screens(browser, folder, (known, fonts, domains), split, seed), count)


def _screens(browser: Browser, folder: Path, parts: tuple[Any, Any, Any], split: str, seed: int) -> Iterator[Reading]:
    known, fonts, domains = parts
    kept: list[tuple[Sighting, ...]] = []

    def keep(seen: Sequence[Sighting], *_: object) -> Sequence[Sighting]:
        kept.append(tuple(seen))
        return seen

    painter = Painter(browser, folder, reading=keep)
    number = 0
    while True:
        asked = plan(seed, number, split)
        number += GROUP
        kept.clear()
        made = painter.paint(asked, group_of(domains, seed, asked.group, asked.split, known, fonts), str(number))
        if made is None:
            continue
        for image, seen in zip(made.images[:2], kept[-len(made.images) :], strict=False):
            with Image.open(io.BytesIO(image)) as file:
                pixels = np.asarray(file.convert("RGB"))
            read = tuple((line.box, line.text) for line in read_lines(pixels))
            yield Reading(pixels.shape[1], pixels.shape[0], seen, read)


def modelled(reading: Reading, noise: Noise, rng: Random) -> Reading:
    """The same screen as the model reads it."""
    lines = noisy(reading.seen, rng, reading.width, reading.height, noise)
    return Reading(reading.width, reading.height, reading.seen, tuple((line.box, line.text) for line in lines))


# --- what belongs together ---


def groups(reading: Reading) -> list[tuple[list[int], list[int]]]:
    """Lines seen and lines read that belong together, as their places."""
    count = len(reading.seen)
    parent = list(range(count + len(reading.read)))

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    for i, line in enumerate(reading.seen):
        for j, (box, _) in enumerate(reading.read):
            if _belong(line.box, box):
                parent[root(i)] = root(count + j)
    found: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for i in range(len(parent)):
        own = found[root(i)]
        (own[0] if i < count else own[1]).append(i if i < count else i - count)
    return list(found.values())


def _belong(one: Box, other: Box) -> bool:
    (x, y, w, h), (u, v, t, k) = one, other
    return min(x + w, u + t) - max(x, u) >= 0.5 * min(w, t) and min(y + h, v + k) - max(y, v) >= 0.5 * min(h, k)


def alone(reading: Reading) -> Iterator[tuple[Sighting, Read]]:
    """Lines that were read as one line each."""
    for seen, read in groups(reading):
        if len(seen) == len(read) == 1:
            yield reading.seen[seen[0]], reading.read[read[0]]


def changes(truth: str, read: str) -> Iterator[tuple[str, str]]:
    """Letter by letter what was read; spaces are left out."""
    a, b = truth.replace(" ", ""), read.replace(" ", "")
    for how, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if how == "equal":
            yield from ((c, c) for c in a[i:j])
        elif i == j:
            if i:
                yield a[i - 1], a[i - 1] + b[k:m]
        else:
            short = min(j - i, m - k) - 1
            yield from zip(a[i : i + max(short, 0)], b[k : k + max(short, 0)], strict=True)
            last = i + max(short, 0)
            yield a[last], b[k + max(short, 0) : m]
            yield from ((c, "") for c in a[last + 1 : j])


def spaces(truth: str, read: str) -> Iterator[tuple[bool, bool]]:
    """For neighbours that were read right: whether there is a space between them, and whether one was read."""
    (a, own), (b, theirs) = _spaced(truth), _spaced(read)
    for block in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks():
        yield from ((block.a + i in own, block.b + i in theirs) for i in range(1, block.size))


def _spaced(text: str) -> tuple[str, set[int]]:
    words = text.split(" ")
    ends, at = set(), 0
    for word in words[:-1]:
        at += len(word)
        ends.add(at)
    return "".join(words), ends


def icon(line: Sighting, read: Read) -> str:
    """What was read of an icon before the line; empty where there was none."""
    (x, *_), text = read
    before, _, rest = text.partition(" ")
    return before if rest == line.text and line.box[0] - x > 0.5 * line.size else ""


# --- rates ---


@dataclass(frozen=True, slots=True)
class Rates:
    """How often what goes wrong; the module's docstring says of what."""

    exact: float
    letters: float
    missed: float
    joined: float
    split: float
    invented: float
    lines: int


def rates(of: Sequence[Reading]) -> Rates:
    """The rates over some screens."""
    count: Counter[str] = Counter()
    for reading in of:
        count["neighbours"] += len(neighbours(reading.seen))
        for seen, read in groups(reading):
            count["lines"] += len(seen)
            count["missed"] += len(seen) if not read else 0
            count["invented"] += len(read) if not seen else 0
            count["joined"] += len(seen) - 1 if read and len(seen) > 1 else 0
            if len(seen) == 1 and read:
                count["spaces"] += reading.seen[seen[0]].text.count(" ")
                count["split"] += len(read) - 1
        for line, (_, text) in alone(reading):
            count["alone"] += 1
            count["exact"] += line.text == text
            for one, other in changes(line.text, text):
                count["letters"] += 1
                count["wrong"] += one != other

    def share(of: str, all_: str) -> float:
        return count[of] / max(count[all_], 1)

    return Rates(
        share("exact", "alone"), share("wrong", "letters"), share("missed", "lines"), share("joined", "neighbours"),
        share("split", "spaces"), count["invented"] / max(len(of), 1), count["lines"],
    )  # fmt: skip


# --- the model ---


def fit(of: Sequence[Reading]) -> dict[str, Any]:
    """The parameters of the noise model, as its file holds them."""
    found = [(line, read) for reading in of for line, read in alone(reading)]
    plain = [(line, read) for line, read in found if not icon(line, read)]
    before = Counter(icon(line, read) for line, read in found)
    del before[""]
    letters, factors = _letters(plain)
    lost, made = _spaces(plain)
    invented = Counter(reading.read[r[0]][1] for reading in of for s, r in groups(reading) if not s)
    return {
        "missed": _missed(of),
        "joined": _joins(of),
        "split": _round(rates(of).split),
        "letters": letters,
        "lost": lost,
        "made": made,
        "small": factors,
        "before": _common(before, len(found)),
        "invented": _common(invented, len(of)),
        "edges": _edges([(line.box, box) for line, (box, text) in plain if line.text == text]),
    }


def _missed(of: Sequence[Reading]) -> dict[str, float]:
    """Kinds with few lines lean on what is missed of that kind in any contrast."""
    all_: Counter[str] = Counter(kind_of(line) for reading in of for line in reading.seen)
    gone = Counter(kind_of(reading.seen[i]) for reading in of for s, r in groups(reading) if not r for i in s)
    out = {}
    for kind in KINDS:
        same = [k for k in KINDS if k.split()[-1] == kind.split()[-1]]
        usual = sum(gone[k] for k in same) / max(sum(all_[k] for k in same), 1)
        out[kind] = _round((gone[kind] + FEW * usual) / (all_[kind] + FEW))
    return out


def _joins(of: Sequence[Reading]) -> dict[float, float]:
    all_: Counter[float] = Counter()
    joined: Counter[float] = Counter()
    for reading in of:
        place = {i: n for n, (seen, read) in enumerate(groups(reading)) if read for i in seen}
        for left, right, away in neighbours(reading.seen):
            upto = next(g for g in GAPS if away < g)
            all_[upto] += 1
            joined[upto] += place.get(left, -1) == place.get(right, -2)
    return {upto: _round(joined[upto] / max(all_[upto], 1)) for upto in GAPS}


def _letters(found: Sequence[tuple[Sighting, Read]]) -> tuple[dict[str, dict[str, float]], dict[float, float]]:
    all_: Counter[str] = Counter()
    others: dict[str, Counter[str]] = defaultdict(Counter)
    sized: Counter[tuple[int, bool]] = Counter()
    for line, (_, text) in found:
        for one, other in changes(line.text, text):
            all_[one] += 1
            if one != other:
                others[one][other] += 1
    steady = {one for one, own in others.items() if own.total() > SYSTEMATIC * all_[one]}
    for line, (_, text) in found:
        upto = next(s for s in SIZES if line.size <= s)
        for one, other in changes(line.text, text):
            if one not in steady:
                sized[upto, one != other] += 1
    mean = sum(n for (_, wrong), n in sized.items() if wrong) / max(sized.total(), 1)
    factors = {
        upto: _round((sized[upto, True] + 2) / (mean * (sized[upto, True] + sized[upto, False]) + 2)) for upto in SIZES
    }
    shares = {
        one: {other: _round(n / (all_[one] + FEW)) for other, n in own.most_common(6)}
        for one, own in sorted(others.items())
    }
    return shares, factors


def _spaces(found: Sequence[tuple[Sighting, Read]]) -> tuple[float, float]:
    judged = Counter(pair for line, (_, text) in found for pair in spaces(line.text, text))
    real, none = judged[True, True] + judged[True, False], judged[False, True] + judged[False, False]
    return _round(judged[True, False] / max(real, 1)), _round(judged[False, True] / max(none, 1))


def _common(counted: Counter[str], of: int) -> dict[str, float]:
    """The commonest dozen with their shares, which together are that of all."""
    top = counted.most_common(12)
    scale = counted.total() / max(sum(n for _, n in top), 1)
    return {text: _round(min(0.9, scale * n / max(of, 1))) for text, n in top}


def _edges(boxes: Iterable[tuple[Box, Box]]) -> list[dict[int, float]]:
    off = [Counter[int]() for _ in range(4)]
    total = 0
    for (x, y, w, h), (u, v, t, k) in boxes:
        moved = u - x, v - y, u + t - x - w, v + k - y - h
        if max(map(abs, moved)) <= FARTHEST:
            total += 1
            for counter, by in zip(off, moved, strict=True):
                counter[by] += 1
    return [{by: _round(n / total) for by, n in sorted(counter.items())} for counter in off]


def _round(value: float) -> float:
    return float(f"{value:.3g}")


# --- the script ---


def _load(path: Path) -> list[Reading]:
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [
        Reading(r["width"], r["height"], tuple(map(_line, r["seen"])), tuple((tuple(b), t) for b, t in r["read"]))
        for r in rows
    ]


def _line(raw: Mapping[str, Any]) -> Sighting:
    said = tuple(Said(tuple(s["facts"]), s["part"]) for s in raw["said"])
    return Sighting(**{**raw, "box": tuple(raw["box"]), "said": said})


def _taken(path: Path | None, count: int, split: str, asked: argparse.Namespace) -> list[Reading]:
    """The readings: of a file that an earlier run kept, or made now and kept."""
    if path is not None and path.is_file():
        return _load(path)
    found = list(readings(count, split, asked.seed, asked.looks))
    if path is not None:
        path.write_text(json.dumps([asdict(r) for r in found], ensure_ascii=False), encoding="utf-8")
    return found


def _sizes(of: Sequence[Reading]) -> list[tuple[str, ...]]:
    """Lines found and read exactly, by size of the font and contrast."""
    count: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for reading in of:
        for seen, read in groups(reading):
            for i in seen:
                line = reading.seen[i]
                bins = [
                    f"{low} to {high} px"
                    for low, high in pairwise((0, 9, 11, 13, 16, 24, 99))
                    if low < line.size <= high
                ]
                names = [
                    (*bins, "over 99 px")[0],
                    "contrast under 3" if line.contrast < FAINT else "contrast 3 and more",
                ]
                for name in names:
                    own = count["", name]
                    own["lines"] += 1
                    own["missed"] += not read
                    own["alone"] += len(seen) == len(read) == 1
                    own["exact"] += len(seen) == len(read) == 1 and reading.read[read[0]][1] == line.text
    return [
        (name, str(c["lines"]), f"{c['missed'] / c['lines']:.2%}", f"{c['exact'] / max(c['alone'], 1):.2%}")
        for (_, name), c in sorted(count.items())
    ]


def main() -> None:
    """Draw, read, fit, compare, print."""
    options = parser(__doc__)
    options.add_argument("--screens", type=int, default=110, help="to fit on")
    options.add_argument("--held-out", type=int, default=40, help="to compare on")
    options.add_argument("--seed", type=int, default=11)
    options.add_argument("--looks", type=Path, default=default_folder(), help="what `synth setup` filled")
    options.add_argument("--keep", type=Path, help="folder for what was read, to fit again without reading")
    options.add_argument("--write", action="store_true", help=f"write {NOISE.name}")
    asked = options.parse_args()
    record = Record(
        "Noise of recognition",
        "What does our recognition make of the factory's screens, and does the model do the same?",
    )
    with Browser() as browser:
        record.facts["Chromium"] = browser.version
    kept = (asked.keep / "fit.json", asked.keep / "held_out.json") if asked.keep else (None, None)
    fitted = _taken(kept[0], asked.screens, "train", asked)
    held_out = _taken(kept[1], asked.held_out, "test", asked)
    raw = fit(fitted)
    noise = noise_of(raw)
    rows = []
    for title, of in (("fitted", fitted), ("held out", held_out)):
        real = rates(of)
        many = [rates([modelled(r, noise, Random(f"{title}/{n}/{i}")) for i, r in enumerate(of)]) for n in range(TIMES)]
        rows.append((f"{title}, recognition", *_shown(real)))
        rows.append(
            (f"{title}, model", *_shown(Rates(*(median(getattr(m, f) for m in many) for f in Rates.__slots__))))
        )
    record.add(
        "Rates",
        ("screens", *Rates.__slots__),
        rows,
        f"{len(fitted)} and {len(held_out)} screens; of the model the median of {TIMES} runs.",
    )
    record.add("By size and contrast", ("lines", "number", "missed", "exact"), _sizes([*fitted, *held_out]))
    if asked.write:
        facts = {
            "date": record.facts["Date"],
            "machine": record.facts["Processor"],
            "packages": f"{record.facts['Packages']}, {record.facts['Chromium']}",
        }
        measured = {**facts, "screens": len(fitted), "lines": rates(fitted).lines}
        head = "# Written by benchmarks/ocr_noise.py; noise.py says what the parameters mean.\n"
        how = {"allow_unicode": True, "sort_keys": False, "width": 120, "default_flow_style": None}
        NOISE.write_text(head + yaml.safe_dump({"measured": measured, "noise": raw}, **how), encoding="utf-8")
    record.deliver(asked.output)


def _shown(found: Rates) -> tuple[str, ...]:
    shares = (f"{getattr(found, name):.2%}" for name in ("exact", "letters", "missed", "joined", "split"))
    return (*shares, f"{found.invented:.2f}", f"{found.lines:.0f}")


if __name__ == "__main__":
    main()
