"""Every Triton kernel against its definition where there is no GPU: numpy does what the kernels say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("triton")

import torch


@pytest.mark.skipif(torch.cuda.is_available(), reason="the kernels themselves run")
def test_kernels_compute_their_definitions_in_tritons_interpreter() -> None:
    """In a process of its own: a kernel is made for the interpreter when its module is imported."""
    file = Path(__file__).with_name("test_kernels_cuda.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "default", str(file)],
        env={**os.environ, "TRITON_INTERPRET": "1"},
        cwd=file.parents[2],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) > 100
