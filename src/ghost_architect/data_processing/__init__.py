"""Instructions and pairs become rows that a Gemma 3 is trained on; numpy only, no torch.

files -> index (places of rows, flat in memory) -> examples (question, answer, pictures) -> chat (tokens and labels)
      -> long ones cut, or dropped -> packing (text only) -> Row, in an order that can be taken up again anywhere

chat.py       question and answer -> the tokens of Gemma 3's chat form, and which of them are learned
index.py      where rows lie
examples.py   a row of a file -> an example
packing.py    lengths -> which examples share a row
rows.py       examples -> Row
stream.py     seed, epoch, place -> rows
summary.py    what became of the examples
pictures.py   pictures of a row -> pixel values
"""

from .chat import Chat
from .examples import corpus
from .index import Index
from .pictures import Eye, with_pixels
from .rows import Row
from .stream import Position, Rows, Settings
from .summary import Summary

__all__ = ["Chat", "Eye", "Index", "Position", "Row", "Rows", "Settings", "Summary", "corpus", "with_pixels"]
