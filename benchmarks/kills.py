"""Does a training run that is killed 100 times end in the weights of one that is not? Each kill at a random moment.

    python benchmarks/kills.py -o kills.md            100 kills
    python benchmarks/kills.py --kills 10

A run of the miniature on the CPU saves a checkpoint at each step, so that many kills hit it while it saves. After
each kill the same command goes on; what is asked: it finds a whole checkpoint, loses no step that one was saved of,
and its last weights are the same to the bit.
"""

from __future__ import annotations

import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import machine
import record

sys.path.insert(0, str(machine.ROOT))

from tests.training.small import child, run_of, settings, steps, weights

from ghost_architect.config import TrainingConfig

STEPS_A_KILL = 20
"""More than are done between two kills."""
MOST = 0.4
"""Seconds that a run has at most once it has saved a step."""


@dataclass(frozen=True, slots=True)
class Killed:
    """One kill: how many steps were saved before it, and whether it hit a checkpoint that was being written."""

    saved: int
    saving: bool


def killed(config: TrainingConfig, home: Path, dice: random.Random) -> Killed | None:
    """Let it go on and kill it at some moment; None where it was done before."""
    before = saved(home)
    process = child(config)
    while process.is_alive() and saved(home) == before:  # it has to get anywhere
        time.sleep(0.005)
    process.join(dice.uniform(0, MOST))
    if not process.is_alive():
        return None
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    partial = any((home / "output" / "checkpoints").glob("*/.partial-*"))
    if saved(home) <= before:
        sys.exit(f"a saved step was lost: {before} before, {saved(home)} after")
    return Killed(saved(home), partial)


def saved(home: Path) -> int:
    """The newest step that a whole checkpoint is of."""
    found = (home / "output" / "checkpoints").glob("*/step-*/manifest.json")
    return max((int(path.parent.name.removeprefix("step-")) for path in found), default=0)


def main() -> None:
    """Kill, compare, print, and write where `-o` says. Ends with 1 where anything was lost."""
    parser = record.parser(__doc__)
    parser.add_argument("--kills", type=int, default=100, metavar="N", help="how many (100)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the moments")
    options = parser.parse_args()
    out = record.Record("Kills", "Does a training run that is killed end in the weights of one that is not?")
    dice, done = random.Random(options.seed), []
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        config = settings(home, steps=options.kills * STEPS_A_KILL)
        while len(done) < options.kills:
            hit = killed(config, home, dice)
            if hit is None:
                sys.exit(f"the run was done after {len(done)} kills")
            done.append(hit)
        for each in (config, replace(config, output=str(home / "once"))):
            process = child(each)
            process.join()
            if process.exitcode:
                sys.exit("a run that nobody killed did not end well")
        (torn,), (once,) = (list((home / name / "adapters").iterdir()) for name in ("output", "once"))
        same = weights(torn) == weights(once)
        whole = steps(run_of(home)) == list(range(1, config.steps + 1))
    saving = sum(hit.saving for hit in done)
    columns = ("Run", "Kills", "While it saved", "Steps", "Seconds", "Weights", "Lines of steps")
    found = "the same to the bit" if same else "OTHERS", "each once" if whole else "NOT each once"
    row = ("miniature on the CPU", len(done), saving, config.steps, round(time.monotonic() - begun), *found)
    out.add("Killed", columns, [tuple(map(str, row))], "No kill lost a step that a checkpoint was whole of.")
    out.deliver(options.output)
    sys.exit(not (same and whole))


if __name__ == "__main__":
    main()
