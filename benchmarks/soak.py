"""Can random input break what the tests promise? Searches until the time is up, each time with another seed.

    make soak MINUTES=30
    python benchmarks/soak.py --minutes 30 -o soak.md

Every test that Hypothesis feeds is run in its long form (profile `soak` in tests/conftest.py), one
after another and round after round: round trips of random schemas, random schemas on real engines,
merges, damaged answers. A failure ends it: what pytest said is printed, Hypothesis keeps the example
and tries it first the next time, and the seed is in the record.
"""

from __future__ import annotations

import random
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import machine
import record

PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=soak")
_PASSING = re.compile(r"^\s+- (\d+) passing\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Run:
    """One test, once. `output` is empty unless it failed."""

    test: str
    seed: int
    examples: int
    seconds: float
    output: str = ""


def tests(named: Sequence[str]) -> list[str]:
    """The tests that take random input, as pytest names them.

    Raises:
        SystemExit: pytest finds none.
    """
    command = [*PYTEST, "--collect-only", "-m", "hypothesis", *named]
    done = subprocess.run(command, cwd=machine.ROOT, capture_output=True, text=True, check=False)
    found = [line for line in done.stdout.splitlines() if "::" in line]
    if done.returncode or not found:
        sys.exit(f"no tests to run: {done.stdout.strip()} {done.stderr.strip()}")
    return found


def search(test: str) -> Run:
    """Run one test with a seed of its own."""
    seed = secrets.randbelow(2**32)
    command = [*PYTEST, f"--hypothesis-seed={seed}", "--hypothesis-show-statistics", test]
    begun = time.monotonic()
    done = subprocess.run(command, cwd=machine.ROOT, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - begun
    examples = sum(map(int, _PASSING.findall(done.stdout)))
    return Run(test, seed, examples, seconds, done.stdout + done.stderr if done.returncode else "")


def rounds(found: Sequence[str], minutes: float) -> Iterator[Run]:
    """One test after another, round after round, until the time is up or a test failed."""
    end = time.monotonic() + 60 * minutes
    while True:
        # In another order each round, so that the last one, cut short, does not always leave out the same tests.
        for test in random.sample(found, len(found)):
            if time.monotonic() >= end:
                return
            run = search(test)
            print(f"{run.examples:6} examples, {run.seconds:6.1f} s  {test}", file=sys.stderr, flush=True)
            yield run
            if run.output:
                return


def rows(found: Sequence[str], runs: Sequence[Run]) -> Iterator[tuple[str, ...]]:
    """A row a test: how often it ran, on how many examples, and how long that took. The last row is the sum."""
    for test in found:
        yield (f"`{test.removeprefix('tests/')}`", *figures([run for run in runs if run.test == test]))
    yield ("all", *figures(runs))


def figures(runs: Sequence[Run]) -> tuple[str, str, str, str]:
    """Runs, examples that passed, seconds and failures."""
    failed = sum(bool(run.output) for run in runs)
    return str(len(runs)), str(sum(r.examples for r in runs)), f"{sum(r.seconds for r in runs):.0f}", str(failed)


def main() -> None:
    """Search, print, and write where `-o` says. Ends with 1 after a failure."""
    options = record.parser(__doc__)
    options.add_argument("tests", nargs="*", metavar="TEST", help="files or tests (else all that take random input)")
    options.add_argument("--minutes", type=float, default=30, metavar="N", help="how long to search (30)")
    chosen = options.parse_args()

    out = record.Record("Soak", "Can random input break what the tests promise?")
    found = tests(chosen.tests)
    runs = list(rounds(found, chosen.minutes))
    failed = [run for run in runs if run.output]
    whole = f"{len(runs) // len(found)} whole rounds over {len(found)} tests in {chosen.minutes:g} minutes"
    verdict = "".join(f" {run.test} FAILED with --hypothesis-seed={run.seed}." for run in failed) or " No failure."
    out.add(
        "Searched", ("Test", "Runs", "Examples", "Seconds", "Failures"), list(rows(found, runs)), f"{whole}.{verdict}"
    )
    for run in failed:
        print(run.output, file=sys.stderr)
    out.deliver(chosen.output)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
