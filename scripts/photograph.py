"""Make the pictures in `examples/`: install each app, fill it with sample data, run it, photograph it.

Everything but the pictures goes into a scratch folder: a virtual environment per app with pinned
versions, its database and its log. Needs `uv` and Chromium (Debian: `apt-get install chromium`).

    python scripts/photograph.py                 # all of them, into examples/
    python scripts/photograph.py workshop -o /tmp/pictures --chromium /usr/bin/chromium

The sample projects are in `scripts/screens/`, a package each with `settings`, `urls` and `seed`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
CAMERA = ("playwright==1.65.2", "pillow==13.0.0")
DESKTOP, WIDE, PHONE = (1280, 800), (1440, 900), (390, 844)
_CHROMIUM = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync"
    " --no-first-run --hide-scrollbars --font-render-hinting=none"
).split()


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: its file name without ending, the address behind the host, the window in CSS pixels."""

    name: str
    path: str
    window: tuple[int, int] = DESKTOP


@dataclass(frozen=True, slots=True)
class App:
    """One app: what to install, how its login page is filled, what to photograph."""

    packages: tuple[str, ...]
    login: str
    user: str
    password: str
    shots: tuple[Shot, ...]


APPS = {
    "workshop": App(
        packages=("Django==5.2.19",),
        login="/admin/login/",
        user="admin",
        password="admin",
        shots=(
            Shot("workshop-repairs", "/admin/workshop/repairorder/"),
            Shot("workshop-repair-form", "/admin/workshop/repairorder/3/change/"),
            Shot("workshop-bicycle-phone", "/admin/workshop/bicycle/3/change/", PHONE),
        ),
    ),
    "shop": App(
        packages=("django-oscar[sorl-thumbnail]==4.2.1", "Django==5.2.19"),
        login="/dashboard/login/",
        user="admin@example.com",
        password="admin-admin",
        shots=(
            Shot("shop-orders", "/dashboard/orders/"),
            Shot("shop-order", "/dashboard/orders/100006/"),
            Shot("shop-customers", "/dashboard/users/"),
        ),
    ),
    "museum": App(
        packages=("wagtail==8.0.1", "Django==5.2.19"),
        login="/admin/login/",
        user="admin",
        password="admin",
        shots=(Shot("museum-exhibition-form", "/admin/snippets/museum/exhibition/edit/1/", WIDE),),
    ),
}


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("apps", nargs="*", default=list(APPS), metavar="APP", help=f"any of: {', '.join(APPS)}")
    parser.add_argument("-o", "--output", type=Path, default=HERE.parent / "examples", help="folder for the pictures")
    parser.add_argument("--scratch", type=Path, help="folder for everything else (default: a temporary one)")
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium", help="path of the browser")
    options = parser.parse_args()
    unknown = [name for name in options.apps if name not in APPS]
    if unknown:
        parser.error(f"no app is called {unknown[0]!r}; there are: {', '.join(APPS)}")
    options.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="photograph-") as temporary:
        scratch = (options.scratch or Path(temporary)).resolve()
        for name in options.apps:
            photograph(name, scratch, options.output.resolve(), options.chromium)
    return 0


def photograph(name: str, scratch: Path, output: Path, chromium: str) -> None:
    """Install, fill, run and photograph one app."""
    app, folder = APPS[name], scratch / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    python = environment(scratch / f"venv-{name}", app.packages)
    camera = environment(scratch / "venv-camera", CAMERA)
    settings = {"DJANGO_SETTINGS_MODULE": f"{name}.settings", "PYTHONPATH": str(HERE / "screens")}
    variables = {**os.environ, **settings, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "ignore"}

    def run(*arguments: str) -> None:
        subprocess.run([str(python), "-m", *arguments], cwd=folder, env=variables, check=True)

    run("django", "migrate", "--run-syncdb", "--verbosity", "0")
    run(f"{name}.seed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(python), "-m", "django", "runserver", "--noreload", f"127.0.0.1:{port}"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, env=variables, stdout=log, stderr=log)
        try:
            _wait_for(f"http://127.0.0.1:{port}{app.login}", server)
            taking = [str(camera), str(Path(__file__)), "--take", name, str(port), str(output), chromium]
            subprocess.run(taking, check=True)
        finally:
            server.terminate()
            server.wait()


def environment(folder: Path, packages: tuple[str, ...]) -> Path:
    """The Python of a virtual environment with these packages, made unless it is there."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run(["uv", "venv", "--quiet", str(folder)], check=True)
        install = ["uv", "pip", "install", "--quiet", "--python", str(python), *packages]
        subprocess.run(install, check=True)
    return python


def _wait_for(address: str, server: subprocess.Popen[bytes], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    raise SystemExit(f"no answer from {address}; see the log beside its database")


def take(name: str, port: str, output: str, chromium: str) -> None:
    """Photograph a running app. Runs in the camera's own environment."""
    from playwright.sync_api import sync_playwright

    app, host = APPS[name], f"http://127.0.0.1:{port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_CHROMIUM)
        context = browser.new_context(reduced_motion="reduce", color_scheme="light", locale="en-GB")
        page = context.new_page()
        page.goto(host + app.login)
        page.fill('input[name="username"]', app.user)
        page.fill('input[name="password"]', app.password)
        page.press('input[name="password"]', "Enter")
        page.wait_for_url(lambda url: "login" not in url)
        for shot in app.shots:
            page.set_viewport_size({"width": shot.window[0], "height": shot.window[1]})
            page.goto(host + shot.path, wait_until="networkidle")
            page.evaluate("document.activeElement && document.activeElement.blur()")
            page.wait_for_timeout(300)
            _save(page.screenshot(), Path(output) / f"{shot.name}.png")
        browser.close()


def _save(png: bytes, path: Path) -> None:
    """Write a screenshot as small as it gets without changing a pixel, or with 256 colours where that is no loss."""
    from io import BytesIO

    from PIL import Image

    picture = Image.open(BytesIO(png)).convert("RGB")
    if picture.getcolors(256):
        picture = picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=256)
    picture.save(path, optimize=True)
    print(f"{path}  {picture.width}x{picture.height}  {path.stat().st_size / 1024:.0f} kB", file=sys.stderr)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--take"]:
        take(*sys.argv[2:6])
    else:
        sys.exit(main())
