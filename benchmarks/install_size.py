"""How large is a core install?

    python benchmarks/install_size.py -o install_size.md

A fresh environment gets what `requirements.txt` locks, and then this package; `du -sm` of its
site-packages is what counts, pip left out (the environment is made without it). pip compiles every
module when it installs and uv when it first runs, so the size with byte code is shown too.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import machine
import record
import targets

LARGEST = 10


def run(*command: str | Path) -> str:
    """The output of a command.

    Raises:
        SystemExit: it failed; the message is what it said.
    """
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def install(folder: Path) -> Path:
    """Make the environment and return its site-packages."""
    uv = machine.ROOT / "scripts" / "uv.sh"
    run(uv, "venv", "--quiet", "--python", sys.executable, folder)
    target = ("--quiet", "--python", folder)
    run(uv, "pip", "install", *target, "--require-hashes", "-r", machine.ROOT / "requirements.txt")
    run(uv, "pip", "install", *target, "--no-deps", machine.ROOT)
    python = next(p for p in (folder / "bin" / "python", folder / "Scripts" / "python.exe") if p.exists())
    return Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())


def megabytes(path: Path) -> int:
    """What `du -sm` says."""
    return int(run("du", "-sm", path).split()[0])


def largest(site: Path) -> list[tuple[str, int]]:
    """The largest entries of a folder and their kilobytes, the largest first."""
    sizes = [(path.name, int(run("du", "-sk", path).split()[0])) for path in site.iterdir()]
    return sorted(sizes, key=lambda named: (-named[1], named[0]))[:LARGEST]


def main() -> None:
    """Measure, print, and write where `-o` says."""
    chosen = record.parser(__doc__).parse_args()
    out = record.Record("Size of a core install", "How large is what `requirements.txt` and this package install?")
    with tempfile.TemporaryDirectory() as folder:
        site = install(Path(folder) / "venv")
        installed, entries = megabytes(site), largest(site)
        # Some packages ship files that are no Python of this version; those stay without byte code.
        compiled = subprocess.run([sys.executable, "-m", "compileall", "-q", "-q", str(site)], check=False)
        after = megabytes(site)
    packages = sum(1 for name in (machine.ROOT / "requirements.txt").read_text().splitlines() if "==" in name)
    goal = targets.INSTALL_SIZE
    rows = [goal.row(installed), (f"{goal.name}, with byte code", *goal.row(after)[1:])]
    failed = "; some files could not be compiled" if compiled.returncode else ""
    out.add("Against the target", targets.HEADER, rows, f"{packages} locked packages and this one{failed}.")
    out.add("The largest", ("Entry", "MB"), [(name, f"{size / 1024:.1f}") for name, size in entries])
    out.deliver(chosen.output)


if __name__ == "__main__":
    main()
