"""`synth`: pairs of screens and schema, made; and `report`, `sheet`, `setup` about them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ghost_architect.errors import InputError, UsageError, printable

from . import console
from .options import DebugOption, checked

if TYPE_CHECKING:
    from ghost_architect.pages.pair import Pair
    from ghost_architect.synthetic_generator import Made, Run

HELP = """Draw schemas as screens and photograph them: pairs to learn from.

Writes WebDataset shards (shard-NNNNNN.tar: KEY.json and its pictures) with a manifest each. The same seed and
version give the same truth, however many workers there are. Interrupted? The same command goes on."""

EXAMPLES = "ghost-architect synth --count 1000 -o data/synthetic_pairs"

FOLDER = Path("data/synthetic_pairs")

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None, add_completion=False)


@app.callback(help=HELP, epilog=EXAMPLES)
def synth(
    context: typer.Context,
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many pairs.")] = 96,
    seed: Annotated[int, typer.Option("--seed", "-s", min=0, help="Everything random follows from it.")] = 0,
    workers: Annotated[
        int | None, typer.Option("--workers", "-w", min=1, help="Processes, each with a Chromium (else one a core).")
    ] = None,
    split: Annotated[
        str, typer.Option("--split", metavar="NAME", help="train, validation, test or a slice such as test-look.")
    ] = "",
    form: Annotated[str, typer.Option("--image", metavar="NAME", help="jpeg or webp.")] = "jpeg",
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Where the shards go.")] = FOLDER,
    debug: DebugOption = False,
) -> None:
    """The verb without a second word; what it does stands in `HELP`."""
    console.show_tracebacks(debug)
    if context.invoked_subcommand:
        return
    from ghost_architect.synthetic.apps.splits import SLICES, SPLITS
    from ghost_architect.synthetic.looks.setup import default_folder
    from ghost_architect.synthetic.looks.sheets import available
    from ghost_architect.synthetic_generator import Run, engines_here

    if split:
        checked("--split", split, (*SPLITS, *SLICES))
    checked("--image", form, ("jpeg", "webp"))
    _folder(output)
    looks = available(default_folder())
    if not any(look.package for look in looks.values()):
        console.say("only our own looks: no design system is set up here (ghost-architect synth setup)")
    engines = engines_here()
    if "postgres" not in engines:
        console.say("truths run on SQLite only: no PostgreSQL here (make install EXTRAS=postgres)")
    _make(Run(output, count, seed, split, None, form, engines), workers)


def _folder(path: Path) -> None:
    if path.exists() and not path.is_dir():
        raise UsageError(f"{printable(str(path))} is a file, and not a folder", hint="-o DIR")


def _make(run: Run, workers: int | None) -> None:
    from ghost_architect.synthetic_generator import generate, shards

    begun = time.monotonic()
    done: list[Made] = []
    with console.bar(len(shards(run))) as step:
        for made in generate(run, workers):
            done.append(made)
            drawn = sum(m.pairs for m in done if not m.there)
            step(f"shards, {drawn / (time.monotonic() - begun):.1f} pairs/s")
    seconds = time.monotonic() - begun
    new = [m for m in done if not m.there]
    pairs, screens = sum(m.pairs for m in new), sum(m.screens for m in new)
    there = sum(m.pairs for m in done if m.there)
    skipped = sum(m.skipped for m in new)
    pixels = sum(m.pixels for m in new) / max(1, screens) / 1e6
    if not new:
        console.say(f"{run.folder}: all {there} pairs are there already")
        return
    known = f", {there} were there" if there else ""
    left = f", {skipped} left out (they repeated another, or showed too little)" if skipped else ""
    for fault in (fault for made in new for fault in made.faults):
        console.say(f"left out by a fault of the factory, please report it: {printable(fault)}", "yellow")
    console.say(
        f"{run.folder}: {pairs} pairs, {screens} screens of {pixels:.2f} megapixels in {seconds:.0f} s "
        f"({pairs / seconds:.1f} pairs/s){known}{left}"
    )


@app.command("setup", help="Fetch the design systems and fonts that screens are drawn with, by their hashes.")
def setup_(
    folder: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Where they go (else the user's cache).")
    ] = None,
    debug: DebugOption = False,
) -> None:
    """Fetch what `packages.yaml` names."""
    console.show_tracebacks(debug)
    from ghost_architect.synthetic.looks.setup import default_folder, setup

    target = folder or default_folder()
    fetched = setup(target, say=console.say)
    console.say(f"{len(fetched)} packages fetched; design systems and fonts are in {target}")


@app.command("report", help="Print what the sampled schemas look like beside real ones.")
def report_(
    apps: Annotated[int, typer.Option("--apps", min=10, help="How many applications to sample.")] = 500,
    seed: Annotated[int, typer.Option("--seed", "-s", min=0, help="Where to begin.")] = 0,
    debug: DebugOption = False,
) -> None:
    """A table of figures, ours and those of real schemas."""
    console.show_tracebacks(debug)
    from ghost_architect.synthetic.apps.report import compare, sampled, vocabulary
    from ghost_architect.synthetic.domains.catalogue import catalogue

    known = catalogue()
    figures = compare(list(sampled(known, apps, seed)))
    rows = [(f.name.replace("_", " "), f"{f.real:.3g}", f"{f.ours:.3g}") for f in figures]
    rows += [(name, "", str(value)) for name, value in vocabulary(known).items()]
    console.data("".join(f"{name:<26}{real:>9}{ours:>9}\n" for name, real, ours in [("figure", "real", "ours"), *rows]))


@app.command(
    "unpack", help="Write a folder of shards as pairs.jsonl with its pictures beside it, as `eval` reads them."
)
def unpack_(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of shards.")] = FOLDER,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Where they go.")] = Path("data/pairs"),
    debug: DebugOption = False,
) -> None:
    """Loose files from shards."""
    console.show_tracebacks(debug)
    from ghost_architect.synthetic.shards import unpack

    _folder(output)
    console.say(f"wrote {unpack(folder, output)} pairs to {output}")


@app.command("sheet", help="Tile samples of a folder of shards with their truth, as one picture.")
def sheet_(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of shards.")] = FOLDER,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=200, help="How many pairs.")] = 12,
    start: Annotated[int, typer.Option("--start", min=0, help="The first one.")] = 0,
    step: Annotated[int, typer.Option("--step", min=1, help="Every so manieth pair.")] = 1,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The PNG.")] = Path("sheet.png"),
    debug: DebugOption = False,
) -> None:
    """A contact sheet."""
    console.show_tracebacks(debug)
    from itertools import islice

    from ghost_architect.synthetic.shards import read_folder
    from ghost_architect.synthetic.sheet import sheet

    chosen = list(islice(read_folder(folder), start, start + count * step, step))
    if not chosen:
        raise InputError(
            f"{printable(str(folder))}: holds no pair from number {start} on", hint="ghost-architect synth --count 96"
        )
    pairs: list[tuple[Pair, dict[str, bytes]]] = [(pair, dict(images)) for pair, images in chosen]
    console.write_whole(output, sheet(pairs))
    console.say(f"wrote {output}")
