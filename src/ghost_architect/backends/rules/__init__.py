"""The floor: reads a screen by layout and by what labels, values and widgets say. No model, no network.

    lines + pixels -> grids | forms | detail pages | cards -> blocks -> headings -> tables -> SQL with citations

It is what every model has to beat, and what runs when nothing else is installed. A page in which it
finds no block of fields is a page without data: it never guesses.
"""

from .backend import RulesBackend

__all__ = ["RulesBackend"]
