"""Rows of a data set in three parts that share none: to learn from, to choose by, and to report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

from ..config import TrainingConfig
from ..data_processing import Index
from ..data_processing.examples import is_pair, read
from ..errors import UsageError
from .checkpoints import damage, place

_PARTS = ("train.json", "validation.json", "test.json")


def divided(config: TrainingConfig, home: Path, share: float) -> TrainingConfig:
    """The same settings with three sets that share no row: to learn from, to choose a rate by, to report.

    Two sets that `validation` names are taken as they are. Else instructions are drawn, the same whatever the seed
    of a run, and written to `home`; a row that stands there twice is taken once.

    Args:
        config: names the data.
        home: the folder that the parts go to.
        share: of all rows, those that are not learned from; half of them choose, half are reported.

    Raises:
        UsageError: `validation` names one set or three, there are too few rows, or rows are screens.
        InputError: a file is damaged.
        CheckpointError: the parts cannot be written.
    """
    if config.validation:
        if len(set(config.validation)) != 2:
            wanted = "validation: [rows that choose the learning rate, rows that are reported]"
            raise UsageError(f"validation names {len(config.validation)} sets, and an ablation takes two", wanted)
        return config
    index = Index(config.data)
    rows: dict[bytes, None] = {}
    for row in index:
        if is_pair(row, read(row)):
            hint = "validation: [FILE, FILE], so that no application is in two of the sets"
            raise UsageError(f"{row.file}: screens of one application share a schema, so no row is drawn alone", hint)
        rows[row.bytes()] = None
    held = round(share / 2 * len(rows))
    if held < 1 or len(rows) <= 2 * held:
        raise UsageError(f"{len(rows):,} rows cannot be divided, {share:g} of them held out", "more rows")
    numbers = list(range(len(rows)))
    Random(0).shuffle(numbers)
    parts = (numbers[2 * held :], numbers[:held], numbers[held : 2 * held])
    texts = list(rows)
    folder = home / f"parts-{index.fingerprint()[:12]}-{share:g}"

    def write(fresh: Path) -> None:
        for name, own in zip(_PARTS, parts, strict=True):
            (fresh / name).write_bytes(b"[" + b",\n".join(texts[n] for n in sorted(own)) + b"]\n")

    if damage(folder):
        place(folder, write, [sum(map(len, texts))], "the parts of the data")
    train, *both = (str(folder / name) for name in _PARTS)
    return replace(config, data=(train,), validation=tuple(both))
