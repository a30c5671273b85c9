"""What the tests run against besides Python: found here, and missing nowhere where it counts.

`make tools` installs all of it. On a machine without it a test is skipped and says so; where CI is
set, what is missing is a failure, so that no check disappears unseen.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TypeVar

import pytest

NODE_MODULES = Path(__file__).parent / "node" / "node_modules"
TOOLS = Path(__file__).parents[1] / ".tools"
"""Where `make tools` puts what it builds."""

_T = TypeVar("_T")


def need(found: _T | None, what: str) -> _T:
    """What was found; without it the test is skipped, or fails in CI."""
    if found:
        return found
    message = f"{what} is not here (make tools)"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def program(*names: str) -> str:
    """The path of the first of these programs that is installed."""
    places = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", str(TOOLS)])
    return need(next((p for n in names if (p := shutil.which(n, path=places))), None), names[0])


def node_package(name: str) -> Path:
    """The folder of an npm package of `tests/node`."""
    program("node")
    folder = NODE_MODULES / name
    return need(folder if folder.is_dir() else None, f"the npm package {name}")


def python_package(name: str) -> None:
    """Nothing, if this package can be imported."""
    import importlib.util

    need(importlib.util.find_spec(name), f"the Python package {name}")
