"""The unit of work: a range of pairs as one WebDataset shard.

    seed, range -> shard-000012.tar (KEY.json, KEY.0.jpg, ...) + shard-000012.json (manifest)

A shard follows from the seed, its range and the version alone: one worker or seven, today or after a `kill -9`, here
or handed out by a cluster, the truth in it is the same bytes. It appears whole or not at all; one that
is there with its manifest is not made again.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ghost_architect import __version__
from ghost_architect.errors import InputError, printable
from ghost_architect.pages.pair import FILE, Pair, from_json, to_json, write_pairs

from .draw import Painted

SIZE = 96
"""Pairs of a shard: a multiple of `plan.GROUP`, so that no application is drawn in two."""


class Left(NamedTuple):
    """The numbers of a shard that gave no pair.

    Attributes:
        skipped: all of them: what repeated another pair, or showed too little.
        faults: what the factory failed with, by the number.
    """

    skipped: list[int]
    faults: dict[int, str]


@dataclass(frozen=True, slots=True)
class Shard:
    """One shard of a run.

    Attributes:
        folder: where it lies.
        number: which one.
        numbers: of its pairs.
        seed, split, form: of the run.
        setting: a checksum over the looks and fonts that are installed: with others, other screens are drawn.
    """

    folder: Path
    number: int
    numbers: range
    seed: int
    split: str
    form: str = "jpeg"
    setting: str = ""

    @property
    def data(self) -> Path:
        """The archive."""
        return self.folder / f"shard-{self.number:06d}.tar"

    @property
    def manifest(self) -> Path:
        """What is in it, written last."""
        return self.folder / f"shard-{self.number:06d}.json"

    def is_done(self) -> bool:
        """Whether it is there, made by this version from the same seed and range, and of the size that was written."""
        try:
            said = json.loads(self.manifest.read_text(encoding="utf-8"))
            size = self.data.stat().st_size
        except (OSError, ValueError):
            return False
        return bool(said.get("of") == self._of() and said.get("bytes") == size)

    def count(self) -> int:
        """How many pairs are in it, by its manifest."""
        return len(json.loads(self.manifest.read_text(encoding="utf-8"))["pairs"])

    def _of(self) -> dict[str, Any]:
        return {
            "version": __version__,
            "seed": self.seed,
            "split": self.split,
            "first": self.numbers[0],
            "last": self.numbers[-1],
            "form": self.form,
            "setting": self.setting,
        }

    def write(self, made: Iterable[Painted], left: Left) -> int:
        """Write the pairs; how many there were. What is left out is known when all are made."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.glob(f"{self.data.name}.*.partial"):  # of a process that was killed
            old.unlink(missing_ok=True)
        partial = self.data.with_name(f"{self.data.name}.{os.getpid()}.partial")
        rows: list[Mapping[str, Any]] = []
        digest = _Digest()
        try:
            with partial.open("wb") as file:
                with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as archive:
                    for painted in made:
                        digest.take(painted)
                        rows.append(_row(painted))
                        _add(archive, f"{painted.pair.id}.json", _bytes(painted.pair))
                        for name, image in zip(painted.pair.images, painted.images, strict=True):
                            _add(archive, name, image)
                file.flush()
                os.fsync(file.fileno())
            size = partial.stat().st_size
            partial.replace(self.data)
        finally:
            partial.unlink(missing_ok=True)
        said = {
            "of": self._of(),
            "bytes": size,
            "truth_sha256": digest.text(),
            "skipped": left.skipped,
            "faults": left.faults,
            "pairs": rows,
        }
        _write(self.manifest, json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        return len(rows)


class _Digest:
    """Over the truth of all pairs: what must be equal wherever the shard is made."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def take(self, painted: Painted) -> None:
        self._hash.update(_bytes(painted.pair))

    def text(self) -> str:
        return self._hash.hexdigest()


def _row(painted: Painted) -> Mapping[str, Any]:
    pair = painted.pair
    return {
        "id": pair.id, "app": painted.app, "domain": painted.domain, "look": painted.look, "font": painted.font,
        "split": pair.split, "device": pair.device, "theme": pair.theme, "screen_kinds": list(pair.screen_kinds),
    }  # fmt: skip


def _bytes(pair: Pair) -> bytes:
    return json.dumps(to_json(pair), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o644
    archive.addfile(entry, io.BytesIO(data))


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def read_folder(folder: Path) -> Iterator[tuple[Pair, dict[str, bytes]]]:
    """The pairs of a folder of shards in order, each with its pictures' bytes by name.

    Raises:
        InputError: there is no shard, or one is not what it should be.
    """
    found = sorted(folder.glob("shard-*.tar"))
    if not found:
        raise InputError(f"{printable(str(folder))}: holds no shard", hint="ghost-architect synth --count 96 -o DIR")
    for path in found:
        yield from _read(path)


def _read(path: Path) -> Iterator[tuple[Pair, dict[str, bytes]]]:
    pair: Pair | None = None
    images: dict[str, bytes] = {}
    try:
        with tarfile.open(path, "r:") as archive:
            for entry in archive:
                file = archive.extractfile(entry)
                data = file.read() if file else b""
                if entry.name.endswith(".json"):
                    if pair is not None:
                        yield pair, images
                    pair, images = from_json(json.loads(data)), {}
                else:
                    images[entry.name] = data
    except (OSError, tarfile.TarError, ValueError) as error:
        raise InputError(
            f"{printable(str(path))}: is no shard ({error})", hint="remove it and make it again"
        ) from error
    if pair is not None:
        yield pair, images


def unpack(folder: Path, target: Path) -> int:
    """Write the pairs of a folder of shards as `pairs.jsonl` with its pictures beside it; how many there were."""
    target.mkdir(parents=True, exist_ok=True)

    def written() -> Iterator[Pair]:
        for pair, images in read_folder(folder):
            for name, data in images.items():
                _write(target / name, data)
            yield pair

    return write_pairs(target / FILE, written())
