"""Which examples share a row: first fit, the longest first, so that rows are full and no example is cut.

Johnson, "Near-optimal bin packing algorithms", 1973: never more than 11/9 of the fewest rows, and 6/9 of a row.

Rows do not depend on each other: what is left when whole rows were taken away is packed as it was. An example that went
into another row found no room in the rows before that one, and those are filled as they were.
"""

from __future__ import annotations

from collections.abc import Sequence


def pack(lengths: Sequence[int], room: int) -> list[list[int]]:
    """The examples of each row, by their numbers: within a row in order, rows by their first example.

    Args:
        lengths: of the examples, none above `room`.
        room: of a row.
    """
    rows: list[list[int]] = []
    left: list[int] = []
    for number in sorted(range(len(lengths)), key=lambda n: (-lengths[n], n)):
        length = lengths[number]
        if length > room:
            raise ValueError(f"example {number} has {length} tokens, and a row {room}")
        row = next((i for i, free in enumerate(left) if free >= length), len(rows))
        if row == len(rows):
            rows.append([])
            left.append(room)
        rows[row].append(number)
        left[row] -= length
    return sorted(map(sorted, rows))
