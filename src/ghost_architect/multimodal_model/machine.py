"""What this machine offers: device, number format, free memory; and libraries that keep silent."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ghost_architect.errors import BackendError, UsageError

PACKAGES = ("torch", "transformers", "peft", "llguidance")
"""What is imported. PEFT brings accelerate, which puts weights straight onto a device."""

PACKED_PACKAGES = (*PACKAGES, "bitsandbytes")
"""The same for weights in NF4."""

INSTALL = "uv pip install 'ghost-architect[train]'"

BYTES = {"float32": 4, "bfloat16": 2}
"""The number formats, and what a number takes. float16 is none of them: the sums inside Gemma 3 exceed its
65,504, and the answer becomes noise (https://unsloth.ai/blog/gemma3)."""

ALLOWANCE = 1.15
"""What is needed besides the weights, as a factor: the cache of a prompt, and what layers pass on. An estimate."""

_SLOW = "float32 does not fit into the memory of {}: the model runs in bfloat16, which is slow there"

_CHATTY = ("transformers", "peft", "huggingface_hub", "accelerate", "torch", "bitsandbytes")
"""Loggers of the libraries."""

_CGROUP = Path("/sys/fs/cgroup")

# Read when the packages are imported: nobody is asked for anything, and nothing is reported.
_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",  # else it warns when an engine is started afterwards
}


def missing(packages: Sequence[str] = PACKAGES) -> str:
    """Those of these packages that are not installed, as a sentence, or nothing."""
    absent = [name for name in packages if find_spec(name) is None]
    if not absent:
        return ""
    named = ", ".join(map(repr, absent))
    return (
        f"the Python packages {named} are not installed"
        if absent[1:]
        else f"the Python package {named} is not installed"
    )


@contextmanager
def quiet() -> Iterator[None]:
    """No network, no progress bars, no warnings and no log lines of the libraries; what was set before comes back."""
    os.environ.update(_ENVIRONMENT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from transformers.utils import logging as chatter

        loggers = [logging.getLogger(name) for name in _CHATTY]
        levels = [logger.level for logger in loggers]
        bars = chatter.is_progress_bar_enabled()
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        chatter.disable_progress_bar()
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
            if bars:
                chatter.enable_progress_bar()


def choose_device(wanted: str | None) -> Any:
    """The torch device: as wanted, else the GPU, else the CPU.

    Raises:
        UsageError: it is neither `cpu` nor `cuda` nor `cuda:N`.
        BackendError: torch finds no such GPU.
    """
    import torch

    if wanted is None:
        return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    kind, _, number = wanted.partition(":")
    if kind not in ("cpu", "cuda") or (number and not (kind == "cuda" and number.isdecimal())):
        raise UsageError(f"there is no device {wanted!r}", "cpu, cuda or cuda:N")
    if kind == "cpu":
        return torch.device("cpu")
    found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if int(number or 0) >= found:
        raise BackendError(
            f"torch finds {found or 'no'} CUDA device{'s' if found > 1 else ''} here, and not {wanted!r}"
        )
    return torch.device("cuda", int(number or 0))


@dataclass(frozen=True, slots=True)
class Format:
    """A number format by its name, and what the user should know about it, or nothing."""

    name: str
    notes: tuple[str, ...] = ()


def choose_format(name: str, parameters: int, device: Any, wanted: str | None, packed: int = 0) -> Format:
    """The number format in which a model of so many parameters fits into the memory that is free.

    Args:
        name: of the model.
        parameters: how many numbers take their room in the number format.
        device: a torch device.
        wanted: a number format; None for the best that fits.
        packed: bytes of weights that are quantised, which take the same room in all.

    float32 on a CPU, and on GPUs that do not calculate in bfloat16 (before compute capability 8.0);
    bfloat16 on the others, and wherever float32 does not fit.

    Raises:
        UsageError: there is no such format.
        BackendError: it fits in none.
    """
    if wanted is not None and wanted not in BYTES:
        why = ": Gemma 3 overflows in it" if wanted == "float16" else ""
        raise UsageError(f"{wanted!r} is no number format to run in{why}", f"one of {', '.join(BYTES)}")
    formats = [wanted] if wanted else [*([] if _calculates_bfloat16(device) else ["float32"]), "bfloat16"]
    free = free_bytes(device)
    for format_ in formats:
        if free is None or (parameters * BYTES[format_] + packed) * ALLOWANCE <= free:
            return Format(format_, () if format_ == formats[0] else (_SLOW.format(device),))
    needed = (parameters * BYTES[formats[-1]] + packed) * ALLOWANCE
    raise BackendError(
        f"{name} needs about {needed / 1e9:.1f} GB in {formats[-1]}, and {device} has {(free or 0) / 1e9:.1f} GB free",
        "CUDA_VISIBLE_DEVICES= before the command uses the CPU" if device.type == "cuda" else "take a smaller Gemma 3",
    )


def _calculates_bfloat16(device: Any) -> bool:
    import torch

    return bool(device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 0))


def free_bytes(device: Any) -> int | None:
    """Memory that is free on the device, in bytes; None where the system does not say."""
    import torch

    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    known = [free for free in (_free_of_machine(), _free_of_container()) if free is not None]
    return min(known, default=None)


def _free_of_machine() -> int | None:
    try:
        rows = Path("/proc/meminfo").read_text().splitlines()
        return next(int(row.split()[1]) * 1024 for row in rows if row.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return None


def _free_of_container() -> int | None:
    """What a container's limit leaves; file pages that can be dropped do not count as used."""
    try:
        limit = int((_CGROUP / "memory.max").read_text())  # "max" where there is none
        used = int((_CGROUP / "memory.current").read_text())
        rows = dict(row.split() for row in (_CGROUP / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return None
    return max(0, limit - used + int(rows.get("inactive_file", 0)))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether this is an error of torch, or of Python, that says that memory did not suffice."""
    import torch

    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error)
