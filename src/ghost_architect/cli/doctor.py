"""`doctor`: what is installed here, what works, and what to type for what is missing. Writes no file."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import typer

from ghost_architect import __version__
from ghost_architect.errors import GhostError

from . import console
from .options import ConfigOption, DebugOption, start

HELP = """Say what works here, and what to type for what does not.

Ends with 0 if screens can be read and with 1 if they cannot."""

CORE = ("numpy", "onnxruntime", "pillow", "rapidocr", "sqlglot")
"""The packages whose versions matter when something goes wrong."""

_INSTALL = {
    "postgres": "make install EXTRAS=postgres",
    "mysql": "make install EXTRAS=mysql, and apt install mariadb-server-core (or verify --engine mysql://USER@HOST)",
}
"""What to type for an engine that is not here."""

_MARKS = {True: ("ok", "green"), False: ("missing", "red"), None: ("-", "dim")}


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was looked at.

    Args:
        good: whether it is there; None for something that this machine does without.
        needed: whether `design` cannot do without it.
    """

    name: str
    good: bool | None
    text: str
    hint: str = ""
    needed: bool = False


def doctor(config: ConfigOption = None, debug: DebugOption = False) -> None:
    """The verb; what it does stands in `HELP`."""
    console.show_tracebacks(debug)
    rows = [*_machine(), *_packages(), *_text_models(), *_backends(), *_engines(), *_settings(config)]
    for row in rows:
        console.report(*_MARKS[row.good], row.name, row.text, row.hint)
    if any(row.needed and row.good is False for row in rows):
        raise typer.Exit(GhostError.exit_code)


def _machine() -> Iterator[Row]:
    yield Row("ghost-architect", True, f"{__version__} in {Path(__file__).parents[1]}")
    yield Row("python", True, f"{platform.python_version()} on {platform.system()} {platform.machine()}", needed=True)
    yield Row("processors", True, f"{_cores()}{_memory()}")
    yield _gpu()


def _cores() -> int:
    """Processors that this process may use, which in a container are fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _memory() -> str:
    """Memory as ` with 7.8 GB of memory`, where the system says (Windows does not, this way)."""
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return ""
    return f" with {size / 1e9:.1f} GB of memory"


def _gpu() -> Row:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return Row("gpu", None, "none, and none is needed to read screens")
    command = [tool, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        out = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError) as problem:
        return Row("gpu", None, f"nvidia-smi does not answer: {problem}")
    return Row("gpu", True, "; ".join(out.strip().splitlines()))


def _packages() -> Iterator[Row]:
    for name in CORE:
        try:
            yield Row(name, True, metadata.version(name), needed=True)
        except metadata.PackageNotFoundError:
            yield Row(name, False, "not installed", "make install", needed=True)


def _text_models() -> Iterator[Row]:
    """The models that read text lie in the wheel of RapidOCR."""
    spec = find_spec("rapidocr")
    folder = Path(spec.origin).parent / "models" if spec and spec.origin else None
    models = sorted(folder.glob("*.onnx")) if folder else []
    if models:
        size = sum(m.stat().st_size for m in models) / 1e6
        yield Row("text models", True, f"{len(models)} in the wheel of rapidocr, {size:.0f} MB", needed=True)
    else:
        yield Row("text models", False, "not in the wheel", "uv pip install --reinstall rapidocr", needed=True)


def _backends() -> Iterator[Row]:
    from ghost_architect.backends import available_backends

    for name, reason in available_backends().items():
        yield Row(f"backend {name}", None if reason else True, reason or "can read")


def _engines() -> Iterator[Row]:
    from ghost_architect.schema.execute import available

    for name, version in available().items():
        hint = "" if version else _INSTALL.get(name, "")
        yield Row(f"engine {name}", True if version else None, version or "not installed", hint)


def _settings(config: Path | None) -> Iterator[Row]:
    try:
        settings = start(config, debug=False)
    except GhostError as error:
        yield Row("settings", False, error.message, error.hint, needed=True)
        return
    yield Row("settings", True, ", ".join(map(str, settings.files)) or "built-in")
