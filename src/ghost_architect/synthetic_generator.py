"""The data factory: pairs of screens and the schema they were drawn from, by the million.

    seed, count -> shards -> workers (one Chromium each) -> shard-NNNNNN.tar + manifest

Resumable: a shard that is there is not made again, one that is not whole was never there. Each truth has
passed `verify` and run on SQLite (and on PostgreSQL where it is installed) before anything is drawn from it.
"""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from .errors import EngineError, GhostError, InputError
from .schema.engines import open_engine
from .schema.execute import prover
from .schema.objects import Schema
from .schema.verify import verify
from .synthetic import plan as planning
from .synthetic.apps.mock import app_of
from .synthetic.camera.browser import Browser
from .synthetic.camera.window import Window
from .synthetic.domains.catalogue import catalogue
from .synthetic.draw import Painted, Painter
from .synthetic.groups import Group, group_of
from .synthetic.looks.setup import default_folder
from .synthetic.looks.sheets import available, families, font_for
from .synthetic.plan import GROUP, plan
from .synthetic.rows.keys import NoRoomError
from .synthetic.rows.rows import Rows
from .synthetic.shards import SIZE, Left, Shard

FAULTS = 4
"""Of a shard; with one more it fails: that is no rare case."""


@dataclass(frozen=True, slots=True)
class Run:
    """What to make.

    Attributes:
        folder: where the shards go.
        count: of pairs.
        seed: everything random follows from it.
        split: train, validation, test or a slice; empty mixes the first three.
        looks: the folder of design systems; None uses the default one.
        form: of the pictures: jpeg or webp.
        engines: on which each truth has to run.
        size: pairs of a shard, a multiple of `plan.GROUP`.
    """

    folder: Path
    count: int
    seed: int = 0
    split: str = ""
    looks: Path | None = None
    form: str = "jpeg"
    engines: tuple[str, ...] = ("sqlite",)
    size: int = SIZE


@dataclass(frozen=True, slots=True)
class Made:
    """What one shard took.

    Attributes:
        number: of the shard.
        pairs: that are in it.
        screens: of these pairs.
        pixels: of these screens.
        skipped: numbers that gave no pair.
        there: whether it was there already.
        faults: those of them at which the factory itself failed, one line each.
    """

    number: int
    pairs: int
    screens: int
    pixels: int
    skipped: int
    there: bool = False
    faults: tuple[str, ...] = ()


def engines_here() -> tuple[str, ...]:
    """SQLite, and PostgreSQL where it is installed."""
    return ("sqlite", "postgres") if open_engine("postgres").version() else ("sqlite",)


def shards(run: Run) -> list[Shard]:
    """The shards of a run, whether or not they are there."""
    ranges, setting = planning.spread(run.count, run.size), _setting(run)
    return [Shard(run.folder, i, numbers, run.seed, run.split, run.form, setting) for i, numbers in enumerate(ranges)]


def _setting(run: Run) -> str:
    """A checksum over what is installed to draw with."""
    folder = run.looks or default_folder()
    names = [*sorted(available(folder)), *sorted(families(folder))]
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]


def generate(run: Run, workers: int | None = None) -> Generator[Made, None, None]:
    """Make what is missing of a run, shard after shard as they are done.

    Args:
        run: what to make.
        workers: processes, each with a Chromium of its own; None takes one for each core.

    Raises:
        EngineError: there is no Chromium or no such engine, or one of them fails twice in one shard.
        GhostError: a worker was killed.
    """
    missing: list[Shard] = []
    for shard in shards(run):
        if shard.is_done():
            yield Made(shard.number, shard.count(), 0, 0, 0, there=True)
        else:
            missing.append(shard)
    if not missing:
        return
    count = min(workers or os.cpu_count() or 1, len(missing))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context) as pool:
        waiting: Sequence[Future[Made]] = [pool.submit(make, run, shard) for shard in missing]
        try:
            for done in as_completed(waiting):
                yield done.result()
        except BrokenProcessPool as error:
            raise GhostError(
                "a worker of the data factory was killed (out of memory?)",
                hint="--workers 1, and the same command again: what is whole stays",
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def make(run: Run, shard: Shard) -> Made:
    """Make one shard, in this process. Once more, where Chromium or the server of an engine fails."""
    try:
        return _make(run, shard)
    except EngineError:
        return _make(run, shard)


def _make(run: Run, shard: Shard) -> Made:
    left = Left([], {})
    counts = [0, 0, 0]
    with Browser() as browser, truths(run.engines) as holds:
        painter = Painter(browser, run.looks or default_folder(), run.form)

        def counted() -> Iterator[Painted]:
            for painted in _painted(run, shard.numbers, painter, holds, left):
                counts[0] += 1
                counts[1] += len(painted.images)
                counts[2] += painted.pixels
                yield painted

        shard.write(counted(), left)
    faults = tuple(f"pair {number} of seed {run.seed}: {said}" for number, said in left.faults.items())
    return Made(shard.number, counts[0], counts[1], counts[2], len(left.skipped), faults=faults)


def _painted(
    run: Run, numbers: Sequence[int], painter: Painter, holds: Callable[[Schema], bool], left: Left
) -> Iterator[Painted]:
    group: Group | None = None
    current, runs = -1, False
    known = catalogue()
    known_looks, fonts = available(painter.folder), families(painter.folder)
    for number in numbers:
        if number // GROUP != current:
            current = number // GROUP
            split = run.split or planning.split_of(run.seed, current)
            group = group_of(known, run.seed, current, split, known_looks, fonts)
            runs = holds(group.app.schema)
        assert group is not None
        painted = _one(run, number, painter, group, left) if runs else None
        if painted is None:
            left.skipped.append(number)
        else:
            yield painted


def _one(run: Run, number: int, painter: Painter, group: Group, left: Left) -> Painted | None:
    """A pair; None, always for the same numbers, where there is none.

    One pair in tens of thousands may meet a fault of ours. It is left out and told, so that a run of a million
    comes to its end.
    """
    try:
        return painter.paint(plan(run.seed, number, run.split), group, f"{run.seed:04x}-{number:08d}")
    except NoRoomError:
        return None
    except GhostError:
        raise
    except Exception as fault:
        left.faults[number] = f"{type(fault).__name__}: {fault}"
        if len(left.faults) > FAULTS:
            raise
        return None


@contextmanager
def truths(engines: Sequence[str]) -> Iterator[Callable[[Schema], bool]]:
    """Whether a schema passes `verify` without a finding and does on each of these engines what it says.

    Raises:
        EngineError: an engine is not installed or does not start; also when called, where it has died meanwhile.
    """
    with contextlib.ExitStack() as open_:
        provers = [open_.enter_context(prover(name)) for name in engines]
        yield lambda schema: not verify(schema) and all(proved(schema).ok for proved in provers)


def draw_schema(
    schema: Schema, title: str, look: str, window: Window, dark: bool, count: int, seed: int
) -> Iterator[tuple[str, bytes]]:
    """Screens of any schema (`mock`): a file stem and a PNG each.

    Args:
        schema: whose tables are shown.
        title: what the application is called.
        look: a name of an available look.
        window: how large.
        dark: whether it is drawn dark, where the look can.
        count: at most so many.
        seed: other rows, other screens.

    Raises:
        BrowserError: there is no Chromium, or it fails.
    """
    folder = default_folder()
    app = app_of(schema, title, seed=seed)
    font = font_for(available(folder)[look], families(folder), Random(f"mock/{seed}"))
    group = Group(app, Rows(app), look, font, f"mock/{seed}")
    with Browser() as browser:
        try:
            yield from Painter(browser, folder, "png", sober=True).screens_of(group, window, dark, count)
        except NoRoomError as error:
            raise InputError(str(error), hint="--seed 1 draws other values") from error
