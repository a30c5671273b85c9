"""The only road from pictures to a schema that runs; the command line, the API and the web page all take it.

pages -> backend -> answer text -> Schema (+ evidence) -> merge -> verify -> run on real engines -> Reading
           └─ errors? one more prompt that names them; the better answer is kept ─┘

road.py       read_pages: the steps in their order
question.py   one group of pages, its answer, and the second answer
engines.py    which engines run a script, and for how long
clock.py      the time that all of it may take
reading.py    Reading: what comes out
"""

from __future__ import annotations

from .reading import Reading, Screen
from .road import read_pages

__all__ = ["Reading", "Screen", "read_pages"]
