"""Curves are written as TensorBoard itself writes them, byte for byte."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ghost_architect.training.events import Events

THEIRS = bytes.fromhex(
    "1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c"
    "100000000000000095fbfe1809000000000000f83f10c9013a0208016c578f46"
    "3c00000000000000c8b7a35209000000000000f83f10ac022a2e0a110a0a747261696e2f6c6f7373150000803e"
    "0a190a1276616c69646174696f6e2f6772c3b6c39f6515000000c0ffd096a7"
)
"""What tensorboard 2.21.0 writes with its `RecordWriter` and protobuf for the events below, all of them at 1.5 s."""


def test_the_bytes_are_those_of_tensorboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its reader takes our files too: of a run that went on behind step 200, it shows each step once."""
    monkeypatch.setattr(time, "time", lambda: 1.5)
    events = Events(tmp_path, 200)
    events.add(300, {"train/loss": 0.25, "validation/größe": -2.0})
    events.close()
    (path,) = tmp_path.iterdir()
    assert path.read_bytes() == THEIRS
    assert path.name.startswith("events.out.tfevents.")
