"""What a figure was measured on: processor, memory, system, versions, commit and the command line.

A figure without these says nothing. Every script here prints them above its tables.
"""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("ghost-architect", "onnxruntime", "rapidocr", "opencv-python-headless", "sqlglot", "pillow")
"""What a time or a score depends on."""
IDLE = 0.5
"""Processes that wait or run, on the mean of the last minute; above it, times are not those of an idle machine."""


def facts() -> dict[str, str]:
    """Everything that the header of a record says, in its order."""
    return {
        "Command": command_line(),
        "Date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "Commit": commit(),
        "Processor": f"{processor()}, {cores()} cores",
        "Memory": memory(),
        "Load": load(),
        "System": system(),
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "Packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    }


def command_line() -> str:
    """What was typed, with paths as a reader of the repository would type them."""
    return shlex.join(["python", *map(_shown, sys.argv)])


def _shown(argument: str) -> str:
    """A path inside the repository from its root on; of one outside the name, since the rest says nothing here."""
    path = Path(argument)
    if not path.exists() and not path.is_absolute():
        return argument
    whole = path.resolve()
    return str(whole.relative_to(ROOT)) if whole.is_relative_to(ROOT) else whole.name


def commit() -> str:
    """The commit that was measured, and whether files differ from it."""
    named = _said(["git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD"])
    changed = _said(["git", "-C", str(ROOT), "status", "--porcelain", "--untracked-files=no"])
    return f"{named or 'unknown'}{' and changes that are not committed' if changed else ''}"


def processor() -> str:
    """The model of the processor, as the kernel names it."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


def cores() -> int:
    """Processors that this process may use, which in a container are fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def use_cores(most: int) -> None:
    """Keep this process, and those that it starts, to this many processors."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:most])


def memory() -> str:
    """The memory of the machine."""
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.1f} GB"
    except (AttributeError, ValueError, OSError):
        return "unknown"


def load() -> str:
    """The load of the last minute, and whether the machine was idle."""
    if not hasattr(os, "getloadavg"):
        return "unknown"
    mean = os.getloadavg()[0]
    return f"{mean:.1f} when it began" + ("" if mean <= IDLE else "; NOT IDLE, so times are too long")


def system() -> str:
    """The distribution and its kernel."""
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        name = platform.system()
    return f"{name}, {platform.system()} {platform.release()} {platform.machine()}"


def version(package: str) -> str:
    """The installed version of a package."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _said(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
