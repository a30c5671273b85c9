"""The cards that plans are made for: one file each, `configs/hardware/NAME.yaml`.

Where the folder is looked for: the folder of settings that was named, `configs/` in the working directory, the
checkout that this package runs from, then `configs/` in the package itself, where a wheel has it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ghost_architect.config import DEFAULT_FOLDER, ENVIRONMENT_VARIABLE, from_mapping
from ghost_architect.errors import UsageError, nearest, printable
from ghost_architect.files import read_yaml

GIB = 2**30
_FOLDER = "hardware"
_CHECKOUT = Path(__file__).parents[3] / DEFAULT_FOLDER
_PACKAGED = Path(__file__).parents[1] / DEFAULT_FOLDER


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card, and the host that it usually sits in."""

    name: str
    """As its maker calls it."""

    memory: float
    """GiB that frameworks see of it (`torch.cuda.get_device_properties(0).total_memory`)."""

    capability: str
    """Its compute capability, as 7.5."""

    bf16: bool
    """Whether its matrix products take bfloat16."""

    flash: bool
    """Whether it takes flash attention."""

    host: float
    """GiB of memory that the host has, where the card usually is rented or built in."""

    status: str
    """measured: runs were made on it; planned: figures are computed."""

    record: str = ""
    """The record of the runs in benchmarks/; of a planned card, those of another card held to its memory."""

    note: str = ""
    """What the record was measured on, where it is not this card."""

    def __post_init__(self) -> None:
        if not (0 < self.memory < 1e6 and 0 < self.host < 1e6):
            raise ValueError("memory and host have to be more than 0 GiB")
        if self.status not in ("planned", "measured"):
            raise ValueError(f"status is {self.status!r}, and has to be planned or measured")
        if self.status == "measured" and not self.record:
            raise ValueError("a card that is measured has to name its record")

    @property
    def said(self) -> str:
        """The status in words."""
        return f"{self.status} ({self.note})" if self.note else self.status


def cards(named: Path | None = None) -> dict[str, Path]:
    """The cards that are known, by name, and their files.

    Args:
        named: the folder of settings, where one was named.
    """
    for home in _homes(named):
        found = sorted((home / _FOLDER).glob("*.yaml"))
        if found:
            return {path.stem: path for path in found}
    return {}


def _homes(named: Path | None) -> Iterator[Path]:
    if named is not None:
        yield named if named.is_dir() else named.parent
    elif os.environ.get(ENVIRONMENT_VARIABLE):
        yield Path(os.environ[ENVIRONMENT_VARIABLE])
    yield from (DEFAULT_FOLDER, _CHECKOUT, _PACKAGED)


def card(name: str, named: Path | None = None) -> Card:
    """One card.

    Raises:
        UsageError: there is none of this name, or its file says something that it may not.
    """
    known = cards(named)
    if name.lower() not in known:
        hint = f"{nearest(name.lower(), known)}; another card is a file configs/hardware/NAME.yaml"
        raise UsageError(f"--gpu: {printable(name)!r} is not known", hint)
    path = known[name.lower()]
    return from_mapping(Card, read_yaml(path), str(path))


# --- this machine ---

_SEEN = 0.975
"""What frameworks see of the memory that `nvidia-smi` names: 14.6 of 15 GiB on a T4, 23.6 of 24 on an RTX 4090."""


def here(named: Path | None = None) -> Card | None:
    """The card of this machine, with this machine's memory; None where `nvidia-smi` finds none."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return None
    command = [tool, "--query-gpu=name,memory.total,compute_cap", "--format=csv,noheader,nounits"]
    try:
        out = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
        name, memory, capability = (part.strip() for part in out.splitlines()[0].rsplit(",", 2))
        seen = float(memory) / 1024 * _SEEN
        recent = float(capability) >= 8
        host = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    except (OSError, subprocess.SubprocessError, ValueError, IndexError, AttributeError):
        return None
    found = Card(name=name, memory=seen, capability=capability, bf16=recent, flash=recent, host=host, status="planned")
    for path in cards(named).values():
        known = from_mapping(Card, read_yaml(path), str(path))
        if known.name.removeprefix("NVIDIA ") in name and 0.95 < known.memory / seen < 1.05:
            return replace(known, host=host)
    return found
