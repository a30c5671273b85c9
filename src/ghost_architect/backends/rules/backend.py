"""The `rules` backend: one page in, SQL with citations out."""

from __future__ import annotations

from collections.abc import Sequence

from ghost_architect import __version__
from ghost_architect.backends.base import Answer
from ghost_architect.pages import signals
from ghost_architect.pages.page import Page
from ghost_architect.schema.ddl import Citations, ddl
from ghost_architect.schema.objects import Schema

from .blocks import find_blocks
from .design import Designer
from .layout import evened
from .titles import page_heading


class RulesBackend:
    """Reads pages one at a time; needs nothing but the core installation."""

    name = "rules"
    pages_per_call: int | None = 1
    repairs = False

    def __init__(self, model: str = "") -> None:
        self.model = model or f"rules-{__version__}"

    def generate(self, pages: Sequence[Page], prompt: str, seconds: float | None = None) -> Answer:
        """The schema that the first page shows, as SQL with citations; empty where it shows no data."""
        return Answer(ddl(read_page(pages[0]), "postgres", Citations.LINES))


def read_page(page: Page) -> Schema:
    """The schema that one page shows."""
    known = signals.load()
    lines = [line for line in map(evened, page.lines) if line.text]
    blocks = find_blocks(page, lines, known)
    used = frozenset(n for b in blocks for n in b.lines)
    heading = page_heading(lines, used, known)
    return Designer(page.lines, known).schema(blocks, heading)
