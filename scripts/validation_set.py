"""Make the frozen validation set anew: pairs of the split `validation`, with checksums.

    python scripts/validation_set.py [-o data/validation_set]

It is frozen: history keeps every version, so it is made again only when pairs mean something else than before. It needs
`ghost-architect synth setup` and a Chromium; the README that it writes says with which versions it was made.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from ghost_architect import __version__
from ghost_architect.pages.pair import FILE, Pair, read_pairs
from ghost_architect.synthetic.camera.chromium import find
from ghost_architect.synthetic.shards import unpack
from ghost_architect.synthetic_generator import Run, engines_here, generate

ROOT = Path(__file__).parents[1]
SEED, COUNT = 2026, 216
MOST_BYTES, LEAST_PAIRS = 15_000_000, 200
ROOM = 50_000
"""Bytes that checksums and README take."""


def main() -> None:
    """Draw, unpack, describe; the old set goes when the new one is whole."""
    parser = argparse.ArgumentParser(description="Make the frozen validation set anew.")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "data" / "validation_set")
    target: Path = parser.parse_args().output
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        run = Run(Path(scratch) / "shards", COUNT, SEED, "validation", form="webp", engines=engines_here(), size=COUNT)
        list(generate(run, workers=1))
        new = Path(scratch) / "set"
        count = unpack(run.folder, new)
        dropped = thin(new, MOST_BYTES - ROOM)
        count -= dropped
        size = sum(f.stat().st_size for f in new.iterdir())
        if count < LEAST_PAIRS or size > MOST_BYTES:
            sys.exit(
                f"error: {count} pairs in {size / 1e6:.1f} MB: wanted {LEAST_PAIRS} or more in {MOST_BYTES / 1e6:g} MB"
            )
        sums = [f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.name}\n" for f in sorted(new.iterdir())]
        (new / "SHA256SUMS").write_text("".join(sums), encoding="ascii")
        (new / "README.md").write_text(about(list(read_pairs(new / FILE)), size, dropped), encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        new.replace(target)
    print(f"wrote {count} pairs, {size / 1e6:.1f} MB, to {target}")


def thin(folder: Path, most: int) -> int:
    """Leave out the pairs that take most bytes until the rest fits, and say how many went."""
    lines = {json.loads(line)["id"]: line for line in (folder / FILE).read_text("utf-8").splitlines()}
    pictures = {p.id: [folder / name for name in p.images] for p in read_pairs(folder / FILE)}
    sizes = {n: len(lines[n].encode()) + 1 + sum(f.stat().st_size for f in pictures[n]) for n in lines}
    total, gone = sum(sizes.values()), []
    for name in sorted(sizes, key=lambda n: (-sizes[n], n)):
        if total <= most:
            break
        total -= sizes[name]
        gone.append(name)
        for picture in pictures[name]:
            picture.unlink()
    (folder / FILE).write_text("".join(f"{line}\n" for n, line in lines.items() if n not in gone), encoding="utf-8")
    return len(gone)


def about(pairs: list[Pair], size: int, dropped: int) -> str:
    """The README of the set."""
    kinds = Counter(kind for p in pairs for kind in p.screen_kinds)
    listed = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items(), key=lambda k: (-k[1], k[0])))
    browser = subprocess.run([find().path, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    screens = sum(kinds.values())
    empty = sum(not p.schema.tables for p in pairs)
    return f"""\
# The frozen validation set

{len(pairs)} pairs of the split `validation`: {screens} screens, {size / 1e6:.1f} MB of WebP, made once and kept.
Its domains, looks, fonts and a slice of its words are in no training data
([docs/reference/factory.md](../../docs/reference/factory.md)). {empty} pairs show nothing that is stored.
Of {len(pairs) + dropped} pairs the {dropped} that take most room were left out.

- Made by `python scripts/validation_set.py`, version {__version__}, seed {SEED}, {browser}.
- `pairs.jsonl` has the truth ([formats](../../docs/reference/formats.md)); `SHA256SUMS` the checksum of each file:
  `sha256sum -c SHA256SUMS`.
- Measure on it: `ghost-architect eval data/validation_set --backend rules`.

Screens: {listed}.
"""


if __name__ == "__main__":
    main()
