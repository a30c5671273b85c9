"""Settings that come with the program, by name: `configs/profiles/NAME.yaml`."""

from __future__ import annotations

from pathlib import Path

from ..config import DEFAULT_FOLDER, TrainingConfig, load_training
from ..errors import UsageError, nearest, printable

_PLACES = (DEFAULT_FOLDER, Path(__file__).parents[3] / DEFAULT_FOLDER, Path(__file__).parents[1] / DEFAULT_FOLDER)
"""The working directory, the checkout that this package runs from, and the package, where a wheel has them."""


def profiles() -> dict[str, Path]:
    """The profiles that are known, by name."""
    found: dict[str, Path] = {}
    for place in reversed(_PLACES):
        found |= {path.stem: path for path in sorted((place / "profiles").glob("*.yaml"))}
    return found


def profile(name: str) -> TrainingConfig:
    """The settings of a profile.

    Raises:
        UsageError: there is none of this name.
    """
    known = profiles()
    if name not in known:
        raise UsageError(f"--profile: {printable(name)!r} is not known", nearest(name, known))
    return load_training(known[name])
