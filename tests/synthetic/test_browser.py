"""Chromium as it is started, spoken to and ended."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

from ghost_architect.synthetic.camera.browser import Browser
from ghost_architect.synthetic.camera.chromium import BrowserError, find
from ghost_architect.synthetic.camera.window import Window

from ..outside import need, program
from .tabs import SMALL, Screen, browser, lines, pixels

_BODY = (
    '<h1>Orders</h1><table><tr><td>A-1</td><td style="border:1px solid">9.50</td></tr></table>'
    '<select><option>Open</select><input type="checkbox" checked><p style="font-size:11px">Small print of it</p>'
)
_WINDOWS = (Window(800, 600), Window(390, 700, 2.0), Window(802, 500, 1.5), Window(640, 480, 1.25), Window(800, 600))


@pytest.fixture(scope="module")
def own() -> Iterator[Browser]:
    with browser() as made:
        yield made


def _soon(true: Callable[[], bool]) -> bool:
    until = time.monotonic() + 15
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.05)
    return False


def _of_session(leader: int) -> list[int]:
    """The processes of the session that this one leads."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            session = int(path.read_text().rpartition(")")[2].split()[3])
        except OSError:
            continue
        if session == leader:
            found.append(int(path.parent.name))
    return found


def test_every_window_has_its_size_and_shows_the_same_each_time(own: Browser) -> None:
    screen = Screen(own)
    first = [screen.shoot(_BODY, window) for window in _WINDOWS]
    again = [screen.shoot(_BODY, window) for window in reversed(_WINDOWS)][::-1]
    assert [shot.image for shot in first] == [shot.image for shot in again]
    for shot, window in zip(first, _WINDOWS, strict=True):
        height, width = pixels(shot).shape[:2]
        assert (
            (width, height) == (shot.width, shot.height) == (window.width * window.scale, window.height * window.scale)
        )


def test_headless_shell_and_chromium_draw_the_same(own: Browser) -> None:
    program("chromium-headless-shell")
    with browser("chromium") as other:
        assert own.stepped
        assert not other.stepped
        one, two = Screen(own), Screen(other)
        for window in _WINDOWS[:3]:
            mine, theirs = one.shoot(_BODY, window), two.shoot(_BODY, window)
            assert np.array_equal(pixels(mine), pixels(theirs))
            assert lines(mine, window) == lines(theirs, window)


def test_forms_of_pictures(own: Browser) -> None:
    tab = Screen(own).tab
    starts = {form: tab.shoot(_BODY, SMALL, form=form).image[:4] for form in ("png", "jpeg", "webp")}
    assert starts == {"png": b"\x89PNG", "jpeg": b"\xff\xd8\xff\xe0", "webp": b"RIFF"}
    assert len(tab.shoot(_BODY, SMALL, quality=30).image) < len(tab.shoot(_BODY, SMALL, quality=95).image)


def test_attributes_of_the_root_are_exchanged(own: Browser) -> None:
    screen = Screen(own, "[data-theme=dark] body{background:#000}")
    shades = [
        int(pixels(screen.shoot("", SMALL, root))[400, 400, 0])
        for root in ({"data-theme": "dark"}, {}, {"data-theme": "dark"})
    ]
    assert shades == [0, 255, 0]


def test_style_sheets_fonts_and_pictures_come_from_the_folder(own: Browser, tmp_path: Path) -> None:
    font = need(next(Path("/usr/share/fonts").rglob("DejaVuSansMono-Bold.ttf"), None), "fonts-dejavu")
    (tmp_path / "css").mkdir()
    shutil.copy(font, tmp_path / "own.ttf")
    (tmp_path / "dot.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9" fill="red"/></svg>'
    )
    (tmp_path / "css" / "own.css").write_text(
        "@font-face{font-family:Own;src:url(../own.ttf)} b{font:40px Own} .req::after{content:' *'}"
        " div{width:50px;height:50px;background:url(../dot.svg)}"
    )
    tab = own.tab(tmp_path, '<link rel="stylesheet" href="css/own.css">')
    plain = tab.shoot("<span>iiii</span>", SMALL)
    shot = tab.shoot('<b class="req">iiii</b><img src="dot.svg"><div></div>', SMALL, form="png")
    (seen,) = lines(shot)
    assert seen.text == "iiii *"
    assert seen.box[2] == pytest.approx(6 * 24 - 8, abs=8)  # monospaced: six letters of 0.6 times 40
    assert plain.pieces[0]["t"] == "iiii"
    red = (pixels(shot) == (255, 0, 0)).all(axis=2).sum()
    assert red == 81 + 2500


def test_pages_run_no_script_and_reach_no_server(own: Browser) -> None:
    asked: list[str] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    with HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        body = (
            f'<img src="{address}/a.png" onerror="document.body.textContent=\'pwned\'">'
            f'<link rel="stylesheet" href="{address}/a.css">'
            f'<p style="background:url({address}/b.png)">Quiet</p><script>document.body.textContent="pwned"</script>'
            f'<iframe src="{address}/c"></iframe>'
        )
        screen = Screen(own)
        assert screen.read(body) == ["Quiet"]
        assert screen.read("<p>Again</p>") == ["Again"]
        server.shutdown()
    assert asked == []


def test_a_page_that_crashes_is_told_and_the_browser_goes_on(own: Browser) -> None:
    tab = Screen(own).tab
    with pytest.raises(BrowserError, match="crashed|ended"):
        own.call("Page.crash", {}, tab._session)
    assert Screen(own).read("<p>Still here</p>") == ["Still here"]


def test_a_browser_that_is_killed_is_told() -> None:
    with browser() as made:
        screen = Screen(made)
        screen.read("<p>Here</p>")
        leader = made._process.started.pid
        for process in _of_session(leader):
            os.kill(process, signal.SIGKILL)
        with pytest.raises(BrowserError, match="ended"):
            screen.read("<p>Gone</p>")


def test_a_step_that_takes_too_long_is_told() -> None:
    with Browser(program("chromium-headless-shell", "chromium"), seconds=3) as made:
        tab = Screen(made).tab
        with pytest.raises(BrowserError, match="within 3 s"):
            tab._evaluate("for (;;);")


def test_nothing_is_left_when_it_is_closed() -> None:
    made = browser()
    leader, folder = made._process.started.pid, made._process.folder
    assert len(_of_session(leader)) > 1
    made.close()
    made.close()
    assert _soon(lambda: not _of_session(leader))
    assert not folder.exists()


_SLEEPER = """
import sys, time
from ghost_architect.synthetic.camera.browser import Browser
own = Browser(sys.argv[1])
own.tab()
print(own._process.started.pid, own._process.folder, flush=True)
time.sleep(60)
"""


def test_nothing_is_left_when_we_are_killed() -> None:
    command = [sys.executable, "-c", _SLEEPER, program("chromium-headless-shell", "chromium")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as us:
        assert us.stdout is not None
        leader, folder = us.stdout.readline().split()
        assert _of_session(int(leader))
        us.kill()
    assert _soon(lambda: not _of_session(int(leader)))
    assert _soon(lambda: not Path(folder).exists())


def test_settings_of_the_machine_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    body = '<input type="date" value="2026-03-04"><p>Text</p>'
    with browser() as made:
        usual = Screen(made).shoot(body)
    monkeypatch.delenv("HOME", raising=False)
    for name, value in {"TZ": "Asia/Tokyo", "LANG": "de_DE.UTF-8", "LC_ALL": "de_DE.UTF-8", "DISPLAY": ":7"}.items():
        monkeypatch.setenv(name, value)
    with browser() as made:
        assert Screen(made).shoot(body).image == usual.image


def test_a_folder_that_is_brought_along(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Laid out as Debian's packages are; links stand for the files."""
    program("chromium-headless-shell")
    real = Path("/usr/lib/chromium")
    need((real / "chromium-headless-shell").exists(), "Debian's chromium-headless-shell")
    for place in ("usr/bin", "usr/lib/chromium", "usr/lib/some-machine", "usr/share/fonts"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / "usr/bin/chromium-headless-shell").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "usr/bin/chromium-headless-shell").chmod(0o755)
    for file in real.iterdir():
        if file.is_file():
            (tmp_path / "usr/lib/chromium" / file.name).symlink_to(file)
    (tmp_path / "usr/lib/some-machine/libnothing.so.1").touch()
    (tmp_path / "usr/share/fonts/none.ttf").touch()
    monkeypatch.setenv("GHOST_CHROMIUM", str(tmp_path))
    monkeypatch.setenv("PATH", "/bin:/usr/bin")
    found = find()
    assert found.path == str(tmp_path / "usr/lib/chromium/chromium-headless-shell")
    assert tmp_path / "usr/lib/some-machine" in found.libraries
    assert found.fonts == (tmp_path / "usr/share/fonts",)
    with browser() as usual, Browser() as brought:
        assert Screen(brought).shoot(_BODY).image == Screen(usual).shoot(_BODY).image


def test_where_there_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("GHOST_CHROMIUM", raising=False)
    with pytest.raises(BrowserError, match="there is no Chromium") as error:
        find()
    assert "apt install" in error.value.hint
    with pytest.raises(BrowserError, match="there is no Chromium in"):
        find(str(tmp_path))
    with pytest.raises(BrowserError, match="is no program"):
        find(str(tmp_path / "nothing"))


def test_a_program_that_is_no_chromium() -> None:
    with pytest.raises(BrowserError, match="does not start"):
        Browser("/bin/true")
