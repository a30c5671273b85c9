"""The two networks that read text: where it stands (detection), and what it says (recognition).

Both are RapidOCR's PP-OCRv6 "small" models, taken as files from the wheel of `rapidocr` and run
directly on ONNX Runtime: that package itself is never imported, so nothing is downloaded, logged
or written, and its own imports and image copies are saved. What goes in and what comes out of
the networks follows their makers:

    detection (DB, arXiv:1911.08947)   BGR / 127.5 - 1, sides multiples of 32 -> probability of text per pixel,
                                       of regions shrunk towards the middle of a line
    recognition (SVTR + CTC)           a line 48 pixels high, same scaling   -> per 8 columns: blank, or a character
"""

from __future__ import annotations

import importlib.util
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from ghost_architect.errors import GhostError

from .page import Pixels

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_REINSTALL = "pip install --force-reinstall rapidocr"

DETECTION, RECOGNITION = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"

SPACE = 0.1
"""A space is read where its probability reaches this between two characters, even if the blank is likelier.

The network is shy of spaces, above all between digits and in narrow type: over 16 texts in 12 fonts and 6 sizes it
missed 130 of 917 spaces; with this rule 29, at the price of one that is not there (of 6,851 places).
"""

_HEIGHT = 48
_MIN_WIDTH, _MAX_WIDTH = 48, 3200
_BATCH_COLUMNS = 4800
_BATCH_LINES = 24
_BLANK = 0


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a strip says, and the mean probability of its characters, 0..1."""

    text: str
    confidence: float


class Networks:
    """Both networks, each loaded when it is first needed. One instance serves all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._detection: InferenceSession | None = None
        self._recognition: InferenceSession | None = None
        self._characters: list[str] = []

    def load(self) -> tuple[InferenceSession, InferenceSession]:
        """Both networks, loaded if they are not yet, so that the first picture does not wait for it."""
        with self._lock:
            if self._detection is None or self._recognition is None:
                self._detection, self._recognition = _session(DETECTION), _session(RECOGNITION)
                # an answer is the blank, a character listed in the model's file, or a space
                listed = self._recognition.get_modelmeta().custom_metadata_map["character"]
                self._characters = ["", *listed.splitlines(), " "]
            return self._detection, self._recognition

    def text_map(self, pixels: Pixels) -> NDArray[np.float32]:
        """The probability that a pixel is in the middle of a text line, in the size of the picture.

        The picture's sides are padded to multiples of 32 by repeating its last pixels.
        """
        height, width = pixels.shape[:2]
        padded = np.pad(pixels, ((0, -height % 32), (0, -width % 32), (0, 0)), mode="edge")
        batch = _scaled(padded)[None]
        session, _ = self.load()
        (found,) = session.run(None, {session.get_inputs()[0].name: batch})
        return np.asarray(found)[0, 0, :height, :width]

    def read(self, strips: Sequence[Pixels]) -> list[Recognised]:
        """What each strip (one line of text) says. Strips of like width share a batch."""
        shaped = [_to_height(s) for s in strips]
        order = sorted(range(len(strips)), key=lambda i: shaped[i].shape[1])
        answers: list[Recognised] = [Recognised("", 0.0)] * len(strips)
        while order:
            batch = _take_batch(order, [s.shape[1] for s in shaped])
            for i, answer in zip(batch, self._read_batch([shaped[i] for i in batch]), strict=True):
                answers[i] = answer
        return answers

    def _read_batch(self, shaped: Sequence[Pixels]) -> list[Recognised]:
        width = -(-max(s.shape[1] for s in shaped) // 8) * 8
        batch = np.zeros((len(shaped), 3, _HEIGHT, width), np.float32)
        for row, strip in zip(batch, shaped, strict=True):
            row[:, :, : strip.shape[1]] = _scaled(strip)
        _, session = self.load()
        (found,) = session.run(None, {session.get_inputs()[0].name: batch})
        return [self._spelled(np.asarray(columns)) for columns in found]

    def _spelled(self, columns: NDArray[np.float32]) -> Recognised:
        """CTC: equal neighbours are one character, blanks are none."""
        best = columns.argmax(axis=1)
        at = np.flatnonzero(np.append(True, best[1:] != best[:-1]) & (best != _BLANK))
        if not len(at):
            return Recognised("", 0.0)
        sure = columns[at, best[at]]
        chars = [self._characters[int(i)] for i in best[at]]
        shy = [
            i
            for i, (left, right) in enumerate(pairwise(at))
            if columns[left : right + 1, -1].max() >= SPACE and " " not in chars[i : i + 2]
        ]
        if 3 * len(shy) < len(chars):  # more of them, and it is one word in spaced letters
            for i in reversed(shy):
                chars.insert(i + 1, " ")
        return Recognised("".join(chars), float(sure.mean()))


NETWORKS = Networks()


def warm() -> threading.Thread:
    """Load the networks in the background; the thread is for those who want to wait.

    It is no daemon: one that is still inside ONNX Runtime when the interpreter ends (a refused
    picture) takes the process down with SIGABRT.
    """
    thread = threading.Thread(target=_load_quietly, name="load-ocr")
    thread.start()
    return thread


def _load_quietly() -> None:
    """A failure here is met again, and told, by the first reader."""
    try:
        import cv2  # noqa: F401

        NETWORKS.load()
    except Exception:
        return


def model_folder() -> Path:
    """Where the models lie: in the installed `rapidocr`, which is found without being imported.

    Raises:
        GhostError: it is not installed.
    """
    spec = importlib.util.find_spec("rapidocr")
    if spec is None or not spec.submodule_search_locations:
        raise GhostError("the text recognition models are missing", "pip install rapidocr")
    return Path(next(iter(spec.submodule_search_locations))) / "models"


def runtime() -> ModuleType:
    """ONNX Runtime, with its telemetry off: since 1.29 its wheels report every session to their maker.

    The variable is looked at once, when the library is loaded; it also keeps it from writing an
    identifier and a queue into the home folder. Whoever needs ONNX Runtime takes it from here.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()  # Windows knows no such variable
    return cast(ModuleType, onnxruntime)


def _session(file: str) -> InferenceSession:
    onnxruntime = runtime()
    path = model_folder() / file
    if not path.is_file():
        raise GhostError(f"the text recognition model {file} is not in {path.parent}", _REINSTALL)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    options.enable_cpu_mem_arena = False
    session: InferenceSession = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session


def _scaled(pixels: Pixels) -> NDArray[np.float32]:
    """RGB bytes, height x width x 3 -> BGR from -1 to 1, 3 x height x width."""
    return pixels[:, :, ::-1].transpose(2, 0, 1).astype(np.float32) / np.float32(127.5) - np.float32(1)


def _to_height(strip: Pixels) -> Pixels:
    import cv2

    height, width = strip.shape[:2]
    wanted = min(max(round(width * _HEIGHT / height), 8), _MAX_WIDTH)
    how = cv2.INTER_AREA if height > _HEIGHT else cv2.INTER_CUBIC
    resized = cv2.resize(strip, (wanted, _HEIGHT), interpolation=how)
    if wanted < _MIN_WIDTH:
        resized = np.pad(resized, ((0, 0), (0, _MIN_WIDTH - wanted), (0, 0)), mode="edge")
    return np.asarray(resized, np.uint8)


def _take_batch(order: list[int], widths: Sequence[int]) -> list[int]:
    """Take lines off the front while they fit: their number and their common width are bounded."""
    count = 1
    while count < min(len(order), _BATCH_LINES) and (count + 1) * widths[order[count]] <= _BATCH_COLUMNS:
        count += 1
    batch, order[:count] = order[:count], []
    return batch
