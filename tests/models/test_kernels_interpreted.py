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
        [sys.executable, "-m", "pytest", "-q", "-rp", "-p", "no:cacheprovider", "-W", "default", str(file)],
        env={**os.environ, "TRITON_INTERPRET": "1"},
        cwd=file.parents[2],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    passed = re.findall(r"^PASSED \S+::(\w+)", done.stdout, re.MULTILINE)
    assert len(passed) > 100
    tests = set(re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE))
    assert set(passed) == tests - {"test_plain_takes_the_definition_and_ends"}  # which is about a card
