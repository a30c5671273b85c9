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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
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

_HEIGHT, _STEP = 48, 8
"""What the recogniser takes, and how many of its columns make one step of its answer."""

_SQUEEZE = 0.85
"""How much narrower a line is made than its shape asks for; `_to_height` has the figures."""
_WIDTHS, _MAX_WIDTH = 32, 3200
"""Widths are rounded up to multiples of the first, so that lines can share a batch; a longer line is squeezed."""
_BATCH_COLUMNS = 2400
_BATCH_LINES = 24
"""Both bound the memory of a batch."""
_BLANK = 0
"""The place of the blank among the recogniser's answers."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a strip says.

    Attributes:
        characters: what was read, without the spaces.
        places: where each character stands, in pixels from the left edge of the strip.
        spaces: for all neighbours, how probable a space between them is, 0..1.
        confidence: the mean probability of the characters, 0..1.
    """

    characters: str
    places: tuple[float, ...]
    spaces: tuple[float, ...]
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
        """What each strip (one line of text) says.

        Only strips of nearly the same width share a batch, so that an answer does not depend on the company.
        """
        shaped = [_to_height(s) for s in strips]
        widths = [-(-s.shape[1] // _WIDTHS) * _WIDTHS for s in shaped]
        answers: list[Recognised] = [Recognised("", (), (), 0.0)] * len(strips)
        for batch in _batches(widths):
            found = self._read_batch([shaped[i] for i in batch], widths[batch[0]])
            for i, columns in zip(batch, found, strict=True):
                answers[i] = self._spelled(columns, strips[i].shape[1] / shaped[i].shape[1])
        return answers

    def _read_batch(self, shaped: Sequence[Pixels], width: int) -> NDArray[np.float32]:
        batch = np.zeros((len(shaped), 3, _HEIGHT, width), np.float32)
        for row, strip in zip(batch, shaped, strict=True):
            row[:, :, : strip.shape[1]] = _scaled(strip)
        _, session = self.load()
        (found,) = session.run(None, {session.get_inputs()[0].name: batch})
        return np.asarray(found)

    def _spelled(self, columns: NDArray[np.float32], scale: float) -> Recognised:
        """CTC: equal neighbours are one character, blanks are none. `scale` is strip pixels per column."""
        best = columns.argmax(axis=1)
        at = np.flatnonzero(np.append(True, best[1:] != best[:-1]) & (best != _BLANK))
        if not len(at):
            return Recognised("", (), (), 0.0)
        sure = float(columns[at, best[at]].mean())
        at = at[[not self._characters[int(i)].isspace() for i in best[at]]]
        return Recognised(
            "".join(self._characters[int(i)] for i in best[at]),
            tuple(((at + 0.5) * (_STEP * scale)).tolist()),
            tuple(float(columns[left : right + 1, -1].max()) for left, right in pairwise(at)),
            sure,
        )


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
    """The strip in the height that the recogniser takes, a little narrower than its shape asks for.

    How it is enlarged decides over spaces. Read exactly, and spaces lost where the recogniser alone decides, over
    3,456 texts of 10 to 16 px made by `benchmarks/ocr_text.py`, and the columns to compute:

        cubic     94.5%   2.0%   100%        linear          97.0%   0.3%   100%
        cubic, squeezed to 0.85              linear, squeezed to 0.85
                  95.1%   1.4%    85%                        97.0%   0.2%    85%

    Squeezed to 0.7 it begins to lose letters. Above 18 px all four read the same.
    """
    import cv2

    height, width = strip.shape[:2]
    wanted = min(max(round(width * _HEIGHT / height * _SQUEEZE), _STEP), _MAX_WIDTH)
    how = cv2.INTER_AREA if height > _HEIGHT else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(strip, (wanted, _HEIGHT), interpolation=how), np.uint8)


def _batches(widths: Sequence[int]) -> Iterator[list[int]]:
    """Lines of equal width together; the number of lines and of columns in a batch is bounded."""
    for width, group in groupby(sorted(range(len(widths)), key=widths.__getitem__), key=widths.__getitem__):
        lines, size = list(group), max(1, min(_BATCH_LINES, _BATCH_COLUMNS // width))
        yield from (lines[i : i + size] for i in range(0, len(lines), size))
