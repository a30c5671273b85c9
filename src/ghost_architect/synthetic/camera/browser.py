"""Chromium without a window: HTML in, picture and the text that a person sees out.

    Browser (one process) -> Tab (one look's style sheets, loaded once) -> shoot(body) -> Shot

A tab keeps its style sheets and takes a new body for each screen, which is several times faster than loading
a page. Pages can fetch files and nothing else, and their scripts do not run.
"""

from __future__ import annotations

import base64
import json
import os
import select
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .chromium import BrowserError, find, start
from .window import Window

_LOWEST = 360
"""CSS pixels: no window is cut to less."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One photographed screen.

    Attributes:
        image: the file's bytes.
        width, height: in device pixels.
        pieces: runs of text as `capture.js` returns them, in document order.
    """

    image: bytes
    width: int
    height: int
    pieces: tuple[Mapping[str, Any], ...]


class Browser:
    """A running Chromium. Use it as a context manager. One thread at a time.

    Args:
        program: a path of it, or of a folder with it; None looks for one.
        seconds: how long one step may take.

    Raises:
        BrowserError: there is none, or it does not start.
    """

    def __init__(self, program: str | None = None, seconds: float = 30.0) -> None:
        found = find(program)
        self.seconds = seconds
        self.stepped = found.is_shell
        self._process = start(found)
        self._buffer = bytearray()
        self._number = 0
        self._events: list[dict[str, Any]] = []
        self._closed = False
        try:
            self.version: str = self.call("Browser.getVersion")["product"]
        except BrowserError as error:
            self.close()
            raise BrowserError(
                f"{found.path} does not start", hint=f"run {found.path} --dump-dom about:blank"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it and remove what it wrote. A second time does nothing."""
        if not self._closed:
            self._closed = True
            self._process.end()

    def tab(self, folder: Path | None = None, head: str = "") -> Tab:
        """A new tab.

        Args:
            folder: what addresses of style sheets, fonts and pictures are relative to.
            head: the head's content: <link> and <style> elements.
        """
        return Tab(self, folder, head)

    def call(self, method: str, told: Mapping[str, Any] | None = None, session: str | None = None) -> dict[str, Any]:
        """One call of the Chrome DevTools Protocol.

        Raises:
            BrowserError: the browser refused it, did not answer in time, or is gone; the page has crashed.
        """
        self._number += 1
        message = {"id": self._number, "method": method, "params": told or {}}
        if session:
            message["sessionId"] = session
        self._send(json.dumps(message, ensure_ascii=False).encode("utf-8", "replace") + b"\0")
        until = time.monotonic() + self.seconds
        while (answer := self._read(until)).get("id") != self._number:
            if session and _has_crashed(answer, session):
                raise BrowserError("a page of Chromium has crashed")
            self._events = [*self._events[-50:], answer]
        if "error" in answer:
            raise BrowserError(f"Chromium refused {method}: {answer['error'].get('message')}")
        result: dict[str, Any] = answer["result"]
        return result

    def wait(self, method: str, session: str) -> None:
        """Wait until this event has come from this tab.

        Raises:
            BrowserError: it does not come in time, or the browser is gone.
        """
        until = time.monotonic() + self.seconds
        while not any(e.get("method") == method and e.get("sessionId") == session for e in self._events):
            self._events.append(self._read(until))
        self._events.clear()

    def _send(self, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(self._process.out, data) :]
        except OSError as error:
            raise BrowserError("Chromium has ended") from error

    def _read(self, until: float) -> dict[str, Any]:
        searched = 0
        while (end := self._buffer.find(b"\0", searched)) < 0:
            searched = len(self._buffer)
            ready, _, _ = select.select([self._process.back], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                raise BrowserError(f"Chromium did not answer within {self.seconds:.0f} s")
            got = os.read(self._process.back, 1 << 20)
            if not got:
                raise BrowserError("Chromium has ended")
            self._buffer += got
        message = self._buffer[:end]
        del self._buffer[: end + 1]
        answer: dict[str, Any] = json.loads(message)
        return answer


def _has_crashed(answer: Mapping[str, Any], session: str) -> bool:
    return answer.get("method") == "Inspector.targetCrashed" and answer.get("sessionId") == session


_POLICY = "default-src 'none'; style-src file: data: 'unsafe-inline'; font-src file: data:; img-src file: data:"
"""What a page may do: have styles, fonts and pictures from files. No script, no network."""


class Tab:
    """A page whose head stays, and whose body is exchanged. Made by `Browser.tab`."""

    def __init__(self, browser: Browser, folder: Path | None, head: str) -> None:
        self._browser = browser
        self._window: Window | None = None
        self._view = (0, 0)
        stepped = {"enableBeginFrameControl": True} if browser.stepped else {}
        self._target = browser.call("Target.createTarget", {"url": "about:blank", **stepped})["targetId"]
        self._session = browser.call("Target.attachToTarget", {"targetId": self._target, "flatten": True})["sessionId"]
        self._call("Inspector.enable")
        self._call("Page.enable")
        page = self._browser._process.folder / f"{self._target}.html"
        page.write_text(_blank(folder, head), encoding="utf-8")
        self._call("Page.navigate", {"url": page.as_uri()})
        browser.wait("Page.loadEventFired", self._session)
        page.unlink()
        self._evaluate(_capture())

    def shoot(
        self,
        body: str,
        window: Window,
        attributes: Mapping[str, str] | None = None,
        form: str = "jpeg",
        quality: int = 85,
        margin: int | None = None,
    ) -> Shot:
        """Draw a body and photograph it.

        Args:
            body: HTML.
            window: how large.
            attributes: of <html> (theme, variables).
            form: jpeg, webp or png. WebP costs twice the time of a whole screen.
            quality: of jpeg and webp, 0 to 100.
            margin: cut the window off so many CSS pixels below its last text, where that leaves something out.

        Raises:
            BrowserError: Chromium fails; the tab may be of no use after it.
        """
        if window != self._window:
            self._resize(window)
        told = json.dumps([body, dict(attributes or {})], ensure_ascii=False)
        pieces = json.loads(self._evaluate(f"ghost.show(...{told})"))
        shorter = _cut(window, pieces, margin)
        if shorter != window:
            window = shorter
            self._resize(window)
            pieces = json.loads(self._evaluate("ghost.again()"))
        self._fit_view(window)
        picture = base64.b64decode(self._picture(form, quality))
        return Shot(picture, *_pixels(window), tuple(pieces))

    def close(self) -> None:
        """Close it; the browser goes on."""
        self._browser.call("Target.closeTarget", {"targetId": self._target})

    def _picture(self, form: str, quality: int) -> str:
        settings = {"format": form, "optimizeForSpeed": True} if form == "png" else {"format": form, "quality": quality}
        if not self._browser.stepped:
            return str(self._call("Page.captureScreenshot", settings)["data"])
        for _ in range(20):
            answer = self._call("HeadlessExperimental.beginFrame", {"screenshot": settings})
            if "screenshotData" in answer:
                return str(answer["screenshotData"])
        raise BrowserError("Chromium took no picture")

    def _resize(self, window: Window) -> None:
        told = {"width": window.width, "height": window.height, "deviceScaleFactor": window.scale, "mobile": False}
        if self._browser.stepped:
            # pictures of frames on demand do not know the device's scale: they are as large as the view
            told |= {"scale": window.scale, "dontSetVisibleSize": True}
        self._call("Emulation.setDeviceMetricsOverride", told)
        self._window = window

    def _fit_view(self, window: Window) -> None:
        """Make the view as large as the picture. Twice before one frame would cost a frame."""
        size = _pixels(window)
        if self._browser.stepped and size != self._view:
            self._call("Emulation.setVisibleSize", {"width": size[0], "height": size[1]})
            self._view = size

    def _evaluate(self, expression: str) -> str:
        answer = self._call("Runtime.evaluate", {"expression": expression, "returnByValue": True, "awaitPromise": True})
        if "exceptionDetails" in answer:
            what = answer["exceptionDetails"].get("exception", {}).get("description", "no reason given")
            raise BrowserError(f"a screen cannot be drawn: {what}")
        return str(answer["result"].get("value", ""))

    def _call(self, method: str, told: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self._browser.call(method, told, self._session)


def _cut(window: Window, pieces: Sequence[Mapping[str, Any]], margin: int | None) -> Window:
    """The window without the empty part at its bottom. An even height: frames of odd ones differ between programs."""
    if margin is None or not pieces:
        return window
    bottom = max(piece["b"][3] for piece in pieces)
    height = max(_LOWEST, (int(bottom) + margin) // 2 * 2)
    return replace(window, height=height) if height < window.height else window


def _pixels(window: Window) -> tuple[int, int]:
    return round(window.width * window.scale), round(window.height * window.scale)


def _blank(folder: Path | None, head: str) -> str:
    policy = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    relative = f'<base href="{folder.resolve().as_uri()}/">' if folder else ""
    # what lets clicks through would hide from capture.js that it covers text
    ours = "<style>*, *::before, *::after { pointer-events: auto !important }</style>"
    return f'<!doctype html><html><head><meta charset="utf-8">{policy}{relative}{head}{ours}</head><body></body></html>'


@cache
def _capture() -> str:
    return files(__package__).joinpath("capture.js").read_text(encoding="utf-8")
