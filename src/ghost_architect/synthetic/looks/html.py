"""HTML as text that knows it is HTML, and the marks that tie what is drawn to what it means.

    >>> tag("td", "7 < 8", mark=Mark(("orders.total",)))
    '<td data-f="orders.total" data-p="value">7 &lt; 8</td>'

Whatever is not `Html` is escaped: text of a domain, a locale or a user's schema is data.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """What a piece of text says.

    Attributes:
        facts: `table.column`, each that this text shows (a key and the name of the row it points at, say).
        part: "label" or "value".
    """

    facts: tuple[str, ...] = ()
    part: str = "value"

    @property
    def label(self) -> Mark:
        """The same facts, said by their label."""
        return Mark(self.facts[:1], "label")


NOTHING = Mark()
"""What says nothing about the schema."""

_EMPTY = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source"})

Child = str | None


def text(value: Child) -> Html:
    """A text as HTML."""
    return value if isinstance(value, Html) else Html(escape(value or "", quote=False))


def join(*children: Child) -> Html:
    """Pieces one after another."""
    return Html("".join(map(text, children)))


def tag(name: str, *children: Child, mark: Mark = NOTHING, **attributes: str | bool | None) -> Html:
    """An element. Attribute names lose a trailing underscore and get hyphens (`class_`, `aria_label`)."""
    said = dict(attributes)
    if mark.facts:
        said |= {"data-f": " ".join(mark.facts), "data-p": mark.part}
    opened = "".join(_attribute(k, v) for k, v in said.items() if v is not None and v is not False)
    if name in _EMPTY:
        return Html(f"<{name}{opened}>")
    return Html(f"<{name}{opened}>{join(*children)}</{name}>")


def _attribute(name: str, value: str | bool | None) -> str:
    spelled = name.rstrip("_").replace("_", "-")
    return f" {spelled}" if value is True else f' {spelled}="{escape(str(value))}"'
