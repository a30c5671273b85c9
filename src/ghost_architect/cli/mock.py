"""`mock`: the screens of a schema, drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ghost_architect.errors import EngineError, InputError, printable

from . import console
from .options import DebugOption, DialectOption, checked, dialects
from .texts import read_text

HELP = """Draw the screens that an application over a schema could have.

One PNG a screen: lists, forms, details and what else suits a table, with rows that respect the keys. Nothing
is fetched; design systems are used where `ghost-architect synth setup` has put them."""

EXAMPLES = "ghost-architect mock shop.sql -o screens/"


def mock(
    file: Annotated[str, typer.Argument(metavar="FILE.sql", show_default=False, help="SQL, or - for standard input.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Where the pictures go.")] = Path(
        "screens"
    ),
    dialect: DialectOption = None,
    screens: Annotated[int, typer.Option("--screens", min=1, max=200, help="At most so many pictures.")] = 12,
    look: Annotated[
        str, typer.Option("--look", metavar="NAME", help="A design system (else bootstrap, or one of ours).")
    ] = "",
    dark: Annotated[bool, typer.Option("--dark", help="Dark instead of light.")] = False,
    width: Annotated[int, typer.Option("--width", min=360, max=1920, help="Of the window, in pixels.")] = 1280,
    height: Annotated[int, typer.Option("--height", min=420, max=1400, help="Of the window, in pixels.")] = 800,
    title: Annotated[str, typer.Option("--title", help="What the application is called.")] = "Demo",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Other rows, other screens.")] = 0,
    debug: DebugOption = False,
) -> None:
    """The verb; what it does stands in `HELP`."""
    console.show_tracebacks(debug)
    from ghost_architect.schema.findings import Severity
    from ghost_architect.schema.parse import MAX_SQL_BYTES, parse
    from ghost_architect.schema.verify import verify
    from ghost_architect.synthetic.camera.window import Window
    from ghost_architect.synthetic.looks.setup import default_folder
    from ghost_architect.synthetic.looks.sheets import available
    from ghost_architect.synthetic_generator import draw_schema

    name = checked("--dialect", dialect or "postgres", dialects())
    parsed = parse(read_text(file, MAX_SQL_BYTES), name)
    if not parsed.schema.tables:
        raise InputError(f"{printable(file)}: holds no table")
    wrong = [f for f in (*parsed.unread, *verify(parsed.schema, name)) if f.severity is Severity.ERROR]
    for finding in wrong:
        console.say(console.finding_line(finding))
    if wrong:
        raise EngineError(
            f"{printable(file)}: no row can live in this schema, so there is nothing to draw",
            hint=f"ghost-architect verify {file}",
        )
    known = list(available(default_folder()))
    chosen = checked("--look", look or ("bootstrap" if "bootstrap" in known else "soft"), known)
    pictures = draw_schema(parsed.schema, title, chosen, Window(width, height), dark, screens, seed)
    output.mkdir(parents=True, exist_ok=True)
    for stem, picture in pictures:
        console.write_whole(output / f"{stem}.png", picture)
        console.say(f"wrote {output / f'{stem}.png'}")
